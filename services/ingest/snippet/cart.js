/**
 * Reports the whole cart, each time: at once, and what follows within 250 ms once that has come to rest. A cart that was emptied or bought is followed by one with
 * a new number; one that only shows again what was bought is none, until its shopper was seen to fill it.
 */

/** Only what we know, of a cart and its lines: the rest of a shop's data is none of our business. */
const KNOWN = [
  'total', 'currency', 'returnURL', 'cartID', 'reader', 'items',
  'productID', 'variant', 'productName', 'quantity', 'productPrice', 'productURL', 'productImageURL',
];
let resting;

/**
 * What all tabs of this browser know of it: what was reported and holds something (t); what was changed since (c), when (v), and the
 * id under which that is reported (i).
 */
const lastCart = () => recall('cart') || {v: 0};
const lastBought = () => recall('bought') || {a: 0, l: []};

/** Which goods, and how many: prices, names and totals are spelled and rounded in several ways. */
const linesOf = (cart) =>
  ((cart || 0).items || []).map((item) => (item.productID || item.productName) + ' ' + item.quantity);

export const currentCart = () => {
  const last = lastCart();
  return last.c || last.t || {items: []};
};

/**
 * The cart that the shop's commands build up, starting from the last one of any tab, or that a reader of that name read. It has its
 * time and its report's id from here: whichever tab reports it, however late and however often, it is one report and no newer cart.
 */
export const changeCart = (change, reader) => {
  const last = lastCart();
  const cart = currentCart();
  const next = change(cart) || cart;
  const changed = onlyKnown({...next, reader: reader, items: (next.items || []).slice(0, 100)}, KNOWN);
  keep('cart', {...last, v: Math.max(last.v + 1, Date.now()), i: randomId(), c: changed});
  clearTimeout(resting);
  resting = setTimeout(safely(reportCart), 250);
  // What is put in is sent with the end of this script: Chromium gives no notice when a page is left that has not loaded to its
  // end, and Firefox ends what a page does in pagehide after a moment. An emptied cart waits for the order that may follow.
  if (changed.items.length && Date.now() - last.v > 250) Promise.resolve().then(safely(sendCart));
};

const sendCart = () => {
  reportCart();
  sendNow();
};

export const setCartItem = (item) =>
  changeCart((cart) => {
    // Loosely: a text and a number are one id.
    const others = (cart.items || []).filter((other) => other.productID != item.productID);
    return {...cart, items: +item.quantity === 0 ? others : others.concat(item)};
  });

export const reportCart = (leaving) => {
  const last = lastCart();
  const cart = last.c;
  if (!cart) return;
  const full = cart.items.length;
  if (!full && !leaving && document.readyState !== 'complete') {
    // A confirmation page shows an empty cart before it reports the order: the order goes first.
    return listen('load', reportCart);
  }
  if (full ? toJson(cart) !== toJson(last.t) && !isEcho(linesOf(cart)) : last.t) {
    const who = whoAmI();
    if (last.t ? !who.s : who.i !== last.i) {
      // Minutes, so that a browser that forgot its last number does not take it again; the same when it is reported again.
      who.s = Math.max(who.s + 1, (Date.now() / 6e4) | 0);
      who.i = last.i;
    }
    remember(who);
    const act = recall('act');
    report('cart.updated', {seq: who.s, version: last.v, acted: act && Date.now() - act, ...cart}, last.i);
    last.t = full && cart;
  }
  // Last: where the browser has ended this half way, the next occasion reports it, under the same id.
  keep('cart', {v: last.v, t: last.t});
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
  // Also those that were reported, where a page showed the cart emptied before its order.
  const lines = linesOf(last.c).concat(linesOf(last.t), lastBought().l);
  keep('bought', {a: Date.now(), l: lines.slice(0, 300)});
  keep('cart', {v: last.v});
};
