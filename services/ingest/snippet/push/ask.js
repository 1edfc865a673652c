/**
 * Asks softly: never on the first page, only with something in the cart, and the browser's own question only after a tap on
 * ours. "Not now" sleeps for 30 days, twice at most.
 */
const MONTH = 2592e6;
let shown;

/** The question is a file of its own, which few pages show. */
export const ask = () => {
  if (shown || !core.mayStore()) return;
  shown = document.createElement('beckon-push');
  core.question = {shown, yes: safely(yes), no: safely(notNow)};
  core.loadFile('prompt');
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
  state.pages > 1 && !state.yes && (core.recall('cart') || state).t && Notification.permission !== 'denied' &&
  !(state.no > 1) && Date.now() - (state.at || 0) > MONTH;

/** After each page, and after each change of the cart: which comes into the core's memory. So does what is allowed. */
export const consider = async () => {
  if (!core.mayStore()) return forget();
  if (mayAsk()) ask();
};
