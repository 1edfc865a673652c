/** Takes over the queue `_cartstack` and the functions that CartStack's pages call. A page may fill it before or after this file. */
window._beckon = window._beckon || []; // a page that is rendered in advance has no core yet
const queue = [].concat(window._cartstack || []);
let taken = 0;
let ready;

const takeQueue = safely((later) => {
  const fresh = queue.slice(taken);
  taken = queue.length;
  if (!fresh.length) return;
  fresh.forEach(runCartStack);
  pushToBeckon(later);
});

/** Once the page is complete: with the lines and the total that its settings point to, and what its own function adds. */
const takePage = safely(() => {
  if (ready) return;
  ready = true;
  if (window.cartstack_cartItems && !queue.some((command) => command[0] === 'setCartItem')) queue.push(...linesAsCommands());
  const total = read(window.cartstack_cartTotal);
  if (total) queue.push(['setCartTotal', total]);
  (window.cartstack_dataItems || []).forEach(([name, text]) => queue.push(['setDataItem', {[name]: read(text)}]));
  safely(() => window.cartstack_getTracking && window.cartstack_getTracking())();
  if (!queue.length) queue.push(['setSiteID']); // the page's settings alone may say that it is a confirmation
  takeQueue();
});

const linesAsCommands = () => linesInPage().map((line) => ['setCartItem', line]);

const isConfirmation = (command) => String(command) === 'setAPI,confirmation';

/**
 * What is pushed later is taken at once, for the page may go on to the next. A purchase waits for the other commands of its script
 * and not for the page, which may be left before it is complete.
 */
const noticePush = () => {
  const last = queue.slice(taken);
  if (last.some(isConfirmation)) setTimeout(ready ? takeQueue : takePage);
  else if (ready) takeQueue(true);
};

const takeOver = () => {
  queue.push = (...commands) => {
    const length = [].push.apply(queue, commands);
    noticePush();
    return length;
  };
  window._cartstack = queue;
  Object.assign(window, {
    cartstack_regex: /^[^@\s]+@[^@\s.]+\.[^@\s]{2,}$/,
    cartstack_getCartItems_RealTime: linesAsCommands,
    cartstack_getElement: (_kind, text, all) => (all ? findAll(text, document) : findAll(text, document)[0] || ''),
    // A fresh queue of the whole cart: a page that calls this shows one, whatever its address.
    cartstack_updatecart: safely((commands) => {
      Object.assign(page, {items: [], total: undefined, mode: 'tracking'});
      commands.forEach(runCartStack);
      pushToBeckon();
    }),
    cartstack_livecallback: (event, tag, attribute, value, behaviour) =>
      listen(event, (happened) => {
        const element = happened.target.closest(tag);
        if (element && element.getAttribute(attribute) === value) behaviour.call(element, happened);
      }),
  });
  if (document.readyState === 'loading') listen('DOMContentLoaded', takePage);
  else takePage();
  noticePush();
};

if (!window.cartstack_updatecart) takeOver();
