/**
 * Reports the whole cart, each time, once it has rested for 250 ms. A cart that was emptied or bought is followed by one with
 * a new number.
 */
const ITEM = ['productID', 'productName', 'quantity', 'productPrice', 'productURL', 'productImageURL'];
let wanted;
let bought;
let resting;

/** Only what we know: the rest of a shop's data is none of our business. */
function pick(from, names) {
  const picked = {};
  names.forEach((name) => {
    if (from[name] != null) picked[name] = from[name];
  });
  return picked;
}

/** The cart that the shop's commands build up, starting from the last one reported. */
export function changeCart(change) {
  wanted = wanted || (recall('cart') || {}).c || {items: []};
  wanted = change(wanted) || wanted;
  clearTimeout(resting);
  resting = setTimeout(safely(() => reportCart()), 250);
}

export function setCartItem(item) {
  changeCart((cart) => {
    const others = (cart.items || []).filter((other) => String(other.productID) !== String(item.productID));
    return {...cart, items: +item.quantity === 0 ? others : others.concat(item)};
  });
}

export function reportCart(leaving) {
  if (!wanted) return;
  const cart = pick(wanted, ['total', 'currency', 'returnURL', 'cartID']);
  cart.items = (wanted.items || []).slice(0, 100).map((item) => pick(item, ITEM));
  const full = cart.items.length > 0;
  if (!full && !leaving && document.readyState !== 'complete') {
    // A confirmation page shows an empty cart before it tells of the order: the order has the first word.
    whenComplete(() => reportCart(true));
    return;
  }
  const last = recall('cart') || {v: 0};
  const text = JSON.stringify(cart);
  wanted = undefined;
  if (text === last.t || text === bought || !(full || last.o)) return;
  const who = whoAmI();
  // Minutes, so that a browser that forgot its last number does not take it again.
  if (!last.o || !who.s) who.s = Math.max(who.s + 1, (Date.now() / 6e4) | 0);
  remember(who);
  const version = Math.max(last.v + 1, Date.now());
  keep('cart', {v: version, t: text, o: full, c: full && cart});
  report('cart.updated', {seq: who.s, version: version, ...cart});
}

/** The cart is bought: it is forgotten, also when this page goes on to show it. */
export function forgetCart() {
  const last = recall('cart') || {v: 0};
  bought = last.t;
  wanted = undefined;
  clearTimeout(resting);
  keep('cart', {v: last.v});
}
