/**
 * The question before the browser's own, in the shop's name, logo and colour, and in the language of the page, else of the
 * browser, else of the shop. What the server wrote: texts by language (``t``), the shop's language, logo and colours.
 */
const STYLE =
  ':host{--paper:#fff;--ink:#1d2433;--line:#dfe3ea;--accent:' + config.a + '}' +
  '@media(prefers-color-scheme:dark){:host{--paper:#12161f;--ink:#e9edf5;--line:#2b3342;--accent:' + config.d + '}}' +
  '.box{position:fixed;z-index:2147483000;inset:auto 1rem 1rem auto;box-sizing:border-box;width:22rem;max-width:calc(100% - 2rem);' +
  'max-height:calc(100% - 2rem);overflow:auto;padding:1rem;border:1px solid var(--line);border-radius:.75rem;' +
  'font:1rem/1.5 system-ui,sans-serif;text-align:start;overflow-wrap:anywhere;background:var(--paper);color:var(--ink);' +
  'box-shadow:0 .5rem 2rem rgba(0,0,0,.3)}' +
  '.shop{display:flex;gap:.75rem;align-items:center;font-weight:600}' +
  'img{flex:none;border-radius:.5rem;object-fit:contain}' +
  'p{margin:.5rem 0 1rem}' +
  'button{font:inherit;min-height:2.75rem;margin:0 .5rem .5rem 0;padding:.5rem 1rem;border:2px solid var(--accent);' +
  'border-radius:.5rem;background:none;color:var(--accent);cursor:pointer}' +
  '.yes{font-weight:600;background:' + config.f + ';color:' + config.o + '}' +
  ':focus-visible{outline:3px solid var(--accent);outline-offset:2px}';

const language = [document.documentElement.lang, ...navigator.languages, config.l]
  .map((name) => name.slice(0, 2).toLowerCase())
  .find((name) => config.t[name]);
const [label, question, yes, no] = config.t[language];

const made = (name, text, className) => {
  const element = document.createElement(name);
  element.append(text);
  element.className = className || '';
  return element;
};

/** A picture that the page's policy forbids, or that does not load, leaves no gap. */
const logo = () => {
  const picture = document.createElement('img');
  picture.width = picture.height = 40;
  picture.alt = '';
  picture.referrerPolicy = 'no-referrer';
  picture.onerror = () => picture.remove();
  picture.src = config.g;
  return picture;
};

const button = (text, behaviour, className) => {
  const element = made('button', text, className);
  element.onclick = behaviour;
  return element;
};

/** The style in one go: a page's policy may forbid style elements. */
const show = ({shown, ...answer}) => {
  const root = shown.attachShadow({mode: 'open'});
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const box = made('div', '', 'box');
  box.role = 'dialog';
  box.ariaLabel = label;
  box.lang = language;
  const shop = made('div', '', 'shop');
  if (config.g) shop.append(logo());
  shop.append(made('span', config.b));
  box.append(shop, made('p', question), button(yes, answer.yes, 'yes'), button(no, answer.no));
  box.onkeydown = (event) => event.key === 'Escape' && answer.no();
  root.append(box);
  document.body.append(shown);
};

_beckon.push((core) => core.question && core.mayStore() && show(core.question));
