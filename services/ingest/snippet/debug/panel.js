/** The developer's panel, in a shadow root. It stays for this tab until it is closed, and ends with a consent that is withdrawn. */
const KEY = '_beckon_debug';
const STYLE =
  ':host{all:initial}section{position:fixed;z-index:2147483001;left:1rem;bottom:1rem;width:26rem;max-width:calc(100vw - 2rem);' +
  'max-height:calc(50vh - 2rem);overflow:auto;box-sizing:border-box;padding:1rem;border-radius:.5rem;font:.9rem/1.4 system-ui;' +
  'background:#fff;color:#222;box-shadow:0 0 2rem #0008;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:0}h3{font-size:1rem;margin:.75rem 0 0}' +
  'ul{margin:0;padding:0 0 0 1.2rem}button{font:inherit;min-height:2.25rem;margin-top:.75rem;color:#222;background:#eee;border:1px solid #666;' +
  'border-radius:.3rem;cursor:pointer}button:focus-visible,section:focus-visible{outline:3px solid #06c;outline-offset:2px}';

const host = document.createElement('beckon-debug');
const parts = document.createElement('div');
let timer;
let drawn;

const made = (name, content) => Object.assign(document.createElement(name), {textContent: content || ''});

const listOf = (texts) => {
  const list = made('ul');
  list.append(...texts.map((text) => made('li', text)));
  return list;
};

/** Each heading and what stands below it. */
const contents = () => {
  const cart = core.currentCart();
  const sent = entriesNow().map((entry) => entry.events.join(' + ') + ' → ' + entry.answer);
  return [
    ['Cart', [(cart.items || []).length ? cartOf(cart) : 'none']],
    ['Contacts', [contactsOf(core.said) || 'none on this page']],
    ['Readers that ran', [Object.keys(core.spent).join(', ') || 'none']],
    ['Sent', sent.concat(sentBefore())],
    ["Forbidden by the page's policy", [...forbidden]],
    ['Commands that do nothing', Object.values(core.faults)],
  ];
};

const draw = () => {
  if (!core.mayStore()) return close();
  const now = contents();
  if (JSON.stringify(now) === drawn) return;
  drawn = JSON.stringify(now);
  parts.replaceChildren(...now.flatMap(([title, texts]) => [made('h3', title), listOf(texts.length ? texts : ['none'])]));
};

const close = () => {
  clearInterval(timer);
  window.fetch = original;
  host.remove();
  sessionStorage.removeItem(KEY);
  const rest = location.hash.replace(/([#&])beckon_debug\b/, '$1').replace(/[#&]$/, '');
  if (rest !== location.hash) history.replaceState(history.state, '', location.pathname + location.search + rest);
};

const open = () => {
  const root = host.attachShadow({mode: 'open'});
  const sheet = new CSSStyleSheet(); // a page's policy may forbid style elements
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const box = made('section');
  box.tabIndex = 0; // scrolls by keys
  box.setAttribute('aria-label', 'Beckon on this page');
  const button = Object.assign(made('button', 'Close'), {type: 'button', onclick: safely(close)});
  box.append(made('h2', 'Beckon on this page'), parts, button);
  root.append(box);
  document.body.append(host);
  draw();
  timer = setInterval(safely(draw), 300);
};

_beckon.push((commands) => {
  core = commands;
  if (!core.faults || !core.mayStore()) return;
  sessionStorage.setItem(KEY, '1');
  watch();
  if (document.readyState === 'loading') listen('DOMContentLoaded', open);
  else open();
});
