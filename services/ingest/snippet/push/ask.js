/**
 * Asks softly: never on the first page, only with something in the cart, and the browser's own question only after a tap on
 * ours. "Not now" sleeps for 30 days, twice at most.
 */
const MONTH = 2592e6;
const STYLE =
  'div{position:fixed;z-index:2147483000;inset:auto 1rem 1rem auto;max-width:20rem;padding:1rem;' +
  'font:1rem system-ui;background:#fff;color:#222;box-shadow:0 0 2rem}' +
  'button{font:inherit;min-height:2.75rem;margin:1rem 1rem 0 0}';
let shown;

export const ask = () => {
  if (shown || !core.mayStore()) return;
  shown = document.createElement('beckon-push');
  const root = shown.attachShadow({mode: 'open'});
  const sheet = new CSSStyleSheet(); // a page's policy may forbid style elements
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const box = document.createElement('div');
  box.role = 'dialog';
  box.ariaLabel = 'Notifications';
  box.append(
    config.b + ' may remind you of your cart by notification: twice at most, and off at any time in your browser.',
    document.createElement('br'),
    button('Yes, remind me', yes),
    button('Not now', notNow)
  );
  box.onkeydown = (event) => event.key === 'Escape' && notNow();
  root.append(box);
  document.body.append(shown);
};

const button = (label, behaviour) => {
  const made = document.createElement('button');
  made.textContent = label;
  made.onclick = safely(behaviour);
  return made;
};

const yes = async () => {
  shown.remove();
  if ((await Notification.requestPermission()) !== 'granted') notNow();
  else if (core.mayStore()) await subscribe();
};

const notNow = () => {
  shown.remove();
  save({no: (state.no || 0) + 1, at: Date.now()});
};

const mayAsk = () =>
  state.pages > 1 && !state.yes && (core.recall('cart') || state).o && Notification.permission !== 'denied' &&
  !(state.no > 1) && Date.now() - (state.at || 0) > MONTH;

/** After each page, and after each change of the cart: which comes into the core's memory. So does what is allowed. */
export const consider = async () => {
  if (!core.mayStore()) return forget();
  if (mayAsk()) ask();
};
