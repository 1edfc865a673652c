/**
 * Reports the whole cart, each time: at once, and what follows within 250 ms once that has come to rest. A cart that was emptied or bought is followed by one with
 * a new number; one that only shows again what was bought is none, until its shopper was seen to fill it.
 */

/** Only what we know, of a cart and its lines: the rest of a shop's data is none of our business. */
const KNOWN = [
  'total', 'currency', 'returnURL', 'cartID', 'reader', 'items',
  'productID', 'variant', 'productName', 'quantity', 'productPrice', 'productURL', 'productImageURL',
];
let wanted;
let resting;

const lastCart = () => recall('cart') || {v: 0};
const lastBought = () => recall('bought') || {a: 0, l: []};

/** Which goods, and how many: prices, names and totals are spelled and rounded in several ways. */
const linesOf = (cart) =>
  ((cart || 0).items || []).map((item) => (item.productID || item.productName) + ' ' + item.quantity);

export const currentCart = () => wanted || lastCart().c || {items: []};

/** The cart that the shop's commands build up, starting from the last one reported, or that a reader of that name read. */
export const changeCart = (change, reader) => {
  const cart = currentCart();
  wanted = {...(change(cart) || cart), reader: reader};
  clearTimeout(resting);
  resting = setTimeout(safely(reportCart), 250);
  // What is put in is sent with the end of this script: Chromium gives no notice when a page is left that has not loaded to its
  // end, and Firefox ends what a page does in pagehide after a moment. An emptied cart waits for the order that may follow.
  if ((wanted.items || []).length && Date.now() - lastCart().v > 250) Promise.resolve().then(safely(sendCart));
};

const sendCart = () => {
  reportCart();
  sendNow();
};

export const setCartItem = (item) =>
  changeCart((cart) => {
    const others = (cart.items || []).filter((other) => other.productID + '' !== item.productID + '');
    return {...cart, items: +item.quantity === 0 ? others : others.concat(item)};
  });

export const reportCart = (leaving) => {
  if (!wanted) return;
  const items = (wanted.items || []).slice(0, 100);
  const full = items.length > 0;
  if (!full && !leaving && document.readyState !== 'complete') {
    // A confirmation page shows an empty cart before it reports the order: the order goes first.
    return listen('load', reportCart);
  }
  const last = lastCart();
  const text = toJson({...wanted, items: items}, KNOWN);
  const cart = JSON.parse(text);
  if (text !== last.t && (full ? !isEcho(linesOf(cart)) : last.o)) {
    const who = whoAmI();
    // Minutes, so that a browser that forgot its last number does not take it again.
    if (!last.o || !who.s) who.s = Math.max(who.s + 1, (Date.now() / 6e4) | 0);
    remember(who);
    const version = Math.max(last.v + 1, Date.now());
    const act = recall('act');
    report('cart.updated', {seq: who.s, version: version, acted: act && Date.now() - act, ...cart});
    keep('cart', {v: version, t: text, o: full, c: full && cart});
  }
  // Last: where the browser has ended this half way, the next occasion reports it.
  wanted = 0;
};

/** A cart of nothing but bought lines, while nobody was seen to put anything in. What goes out has been put in anew. */
const isEcho = (lines) => {
  const bought = lastBought();
  const act = recall('act') || 0;
  if (act <= bought.a && Date.now() - bought.a < WEEK && lines.every((line) => bought.l.includes(line))) return true;
  keep('bought', {a: Math.max(bought.a, act), l: bought.l.filter((line) => !lines.includes(line))});
};

/** The cart is bought: it is forgotten, and known again wherever a cached page goes on to show it. */
export const forgetCart = () => {
  const last = lastCart();
  const lines = linesOf(wanted).concat(linesOf(last.c), lastBought().l);
  keep('bought', {a: Date.now(), l: lines.slice(0, 300)});
  wanted = 0;
  clearTimeout(resting);
  keep('cart', {v: last.v});
};
