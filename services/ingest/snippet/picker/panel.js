/** The merchant's panel, in a shadow root: what can be pointed at, what each choice reads on this page, and the cart as it is read. */
const TITLES = {
  title: 'Title', price: 'Price of one', quantity: 'Quantity', line: 'Whole line', total: 'Total of the cart',
  email: 'E-mail field', phone: 'Phone field', opt_in: 'Box for text messages',
};
const STYLE =
  ':host{all:initial}section{position:fixed;z-index:2147483001;right:1rem;bottom:1rem;width:22rem;max-width:calc(100vw - 2rem);' +
  'max-height:calc(100vh - 2rem);overflow:auto;box-sizing:border-box;padding:1rem;border-radius:.5rem;font:1rem/1.4 system-ui;' +
  'background:#fff;color:#222;box-shadow:0 0 2rem #0008}section.left{right:auto;left:1rem}section.busy ul,section.busy div{display:none}' +
  'h2{font-size:1.1rem;margin:0 0 .5rem}ul{list-style:none;margin:0;padding:0}li{display:flex;gap:.5rem;align-items:center;' +
  'padding:.2rem 0;border-top:1px solid #ddd}li span{flex:1;overflow-wrap:anywhere}b,q{display:block}q{color:#444;quotes:none}' +
  'button{font:inherit;min-height:2.25rem;cursor:pointer;color:#222;background:#eee;border:1px solid #666;border-radius:.3rem}' +
  'button.main{background:#0b5;background:#075c35;color:#fff}button:focus-visible{outline:3px solid #06c;outline-offset:2px}' +
  'p{margin:.5rem 0}p:focus{outline:none}aside{position:fixed;z-index:2147483000;pointer-events:none;border:3px solid #d0006f;' +
  'box-sizing:border-box}[hidden]{display:none}';

const made = (name, content, more) => Object.assign(document.createElement(name), {textContent: content || ''}, more);

const host = made('beckon-picker');
const frame = made('aside', '', {hidden: true});
const box = made('section');
const status = made('p', '', {tabIndex: -1});
const list = made('ul');
const cart = made('p');
const actions = made('div');

const say = (text) => (status.textContent = text);

const button = (label, behaviour, more) => made('button', label, {type: 'button', onclick: safely(behaviour), ...more});

const toRow = (part) => {
  const row = made('li');
  const about = made('span');
  const reading = readingOf(part);
  const isChosen = (session.choices[part] || []).length;
  const reads = reading === undefined ? (isChosen ? 'Not on this page' : 'Not chosen yet') : reading;
  about.append(made('b', TITLES[part]), made('q', reads, {id: 'reads-' + part}));
  const label = (isChosen ? 'Change ' : 'Point at ') + TITLES[part].toLowerCase();
  row.append(about, button(isChosen ? 'Change' : 'Point', () => begin(part), {id: part, ariaLabel: label}));
  row.lastChild.setAttribute('aria-label', label);
  return row;
};

/** The cart as shoppers' browsers would report it from this page. */
const cartInWords = () => {
  const {items, total} = cartNow();
  if (!items.length) return '';
  const lines = items.map((item) => (item.quantity || '1') + ' × ' + item.productName + (item.productPrice ? ' at ' + item.productPrice : ''));
  return 'Read here: ' + lines.join('; ') + (total ? '; total ' + total : '') + '.';
};

const draw = () => {
  list.replaceChildren(...PARTS.map(toRow));
  cart.textContent = cartInWords();
};

const begin = (part) => {
  box.classList.add('busy');
  say(
    'Click on: ' + TITLES[part] + (CART_PARTS.includes(part) ? ' – all of one and the same line' : '') +
      '. Or move by arrow keys, choose by Enter, end by Escape.'
  );
  status.focus();
  point((element) => finish(part, element));
};

const finish = (part, element) => {
  box.classList.remove('busy');
  const isChosen = element && safely(choose)(part, element);
  if (isChosen) {
    PARTS.forEach((each) => {
      const reading = readingOf(each);
      if (reading !== undefined) session.readings[each] = reading;
    });
    keepSession();
  }
  draw();
  if (!element) say('Nothing was chosen.');
  else say(isChosen ? TITLES[part] + ' reads: ' + (readingOf(part) || 'nothing yet') : 'That cannot be: ' + TITLES[part] + '. Point at another place.');
  root.getElementById(part).focus();
};

const folder = document.currentScript.src.replace(/picker\.js.*$/, '');

/** This browser keeps the files that read for minutes; the merchant wants to see at once that they read. */
const freshen = () => {
  const get = (name) => fetch(folder + name, {cache: 'reload', mode: 'no-cors', credentials: 'include'}).catch(() => {});
  // The server receives it in a moment.
  [1e3, 4e3].forEach((delay) => setTimeout(() => ['readers.js', 'pointing.js'].forEach(get), delay));
};

const save = async () => {
  const answer = await ask('save', toFields());
  if (!answer) return say(UNREACHABLE);
  if (!answer.ok) return say(answer.remedy || answer.faults.map((fault) => fault.remedy).join(' '));
  endSession();
  freshen();
  list.remove();
  actions.replaceChildren(button('Close', close, {className: 'main'}));
  say('Saved as version ' + answer.number + '. From the next page on carts are read like this; you can undo it in the console.');
  actions.firstChild.focus();
};

const close = () => {
  endSession();
  host.remove();
};

const UNREACHABLE =
  'The console at ' + config.c + ' cannot be reached from this page. If your shop has a content security policy, it has to allow ' +
  'that address under connect-src.';

const root = host.attachShadow({mode: 'open'});

const open = () => {
  const sheet = new CSSStyleSheet(); // a page's policy may forbid style elements
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  status.setAttribute('role', 'status');
  box.setAttribute('aria-labelledby', 'heading');
  actions.append(
    button('Save', save, {className: 'main'}), ' ',
    button('Move aside', () => box.classList.toggle('left')), ' ',
    button('End without saving', close)
  );
  box.append(made('h2', 'Point out your cart', {id: 'heading'}), status, list, cart, actions);
  root.append(frame, box);
  document.body.append(host);
};
