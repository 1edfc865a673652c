/**
 * Reads what a shop reports to others: GA4 by ``dataLayer.push`` and ``gtag``, Universal Analytics' enhanced e-commerce, Meta's
 * ``fbq``; also what was pushed before us. An added or removed item changes the last cart; a shown cart is a whole one.
 */
const ADD = 'add';
const REMOVE = 'remove';
const CART = 'cart';
const CHECKOUT = 'checkout'; // shows the whole cart too, and an empty one is never checked out
const PURCHASE = 'purchase';
const KINDS = {
  add_to_cart: ADD, remove_from_cart: REMOVE, view_cart: CART, begin_checkout: CHECKOUT, add_shipping_info: CHECKOUT,
  add_payment_info: CHECKOUT, purchase: PURCHASE, // GA4
  add: ADD, remove: REMOVE, checkout: CHECKOUT, // Universal Analytics
  AddToCart: ADD, InitiateCheckout: CHECKOUT, Purchase: PURCHASE, // Meta
};
const MOST_ENTRIES = 500;
const MOST_ACTS = 40; // since the last whole cart: what is older, or more, was no shopper
const REPEAT = 2e3; // the same act, reported to somebody else as well
const REPEAT_OF_CLICK = 1e4; // the same act, reported again though its shopper did nothing more, be it by the next page
const SOURCES = ['meta', 'universal', 'gtag', 'layer']; // the later knows more
const seen = new WeakSet();
let lastAct = {at: 0};
let changes; // since the last click on something else: how often each was reported
let lastTarget;
let pending; // items that came without an event: some themes push them first, as tag managers merge what is pushed

/** A line as the cart has it; nothing where it cannot be read. */
const toLine = (item) => ({
  productID: anyOf(item, 'item_id', 'id', 'sku', 'item_sku', 'product_id'),
  productName: plain(anyOf(item, 'item_name', 'name')),
  variant: anyOf(item, 'item_variant', 'variant'),
  quantity: numberOf(item.quantity, undefined),
  productPrice: anyOf(item, 'price', 'item_price'),
  productURL: anyOf(item, 'item_url', 'url'),
  productImageURL: anyOf(item, 'item_image', 'image_url', 'image'),
});

/** Google's, and those that take something off: coupons, gift cards. */
const rowsIn = (items) => items.map(safely(toLine)).filter((line) => line && (line.productID || line.productName));
const isOff = (line) => amountOf(line.productPrice) < 0 || line.quantity < 0;
const linesIn = (items) => rowsIn(items).filter((line) => !isOff(line));

/** An act in Google's fields, wherever they stand: within ``ecommerce`` or ``eventModel``, or flat. */
const googleAct = (source, kind, fields, items) => {
  const order = fields.actionField || {};
  const list = (items && anyOf(items, 'item_id', 'item_name') ? [items] : listOf(items)).slice(0, 100);
  const total = anyOf(fields, 'value') || anyOf(order, 'revenue');
  const isEmptied = kind === CART && !list.length && !(amountOf(total) > 0);
  const orderID = anyOf(fields, 'transaction_id', 'transactionId') || anyOf(order, 'id');
  return kind && (kind === PURCHASE ? orderID : isEmptied || list.some((item) => linesIn([item]).length)) && {
    source: source,
    kind: kind === CHECKOUT ? CART : kind,
    isCheckout: kind === CHECKOUT,
    items: list,
    total: total,
    currency: anyOf(fields, 'currency', 'currencyCode') || anyOf(list[0] || {}, 'currency'),
    orderID: orderID,
    email: anyOf(fields.user_data || {}, 'email'),
  };
};

/** What an entry of a data layer reports: ``gtag`` pushes its own arguments, a tag manager objects. */
const layerActs = (entry) => {
  const [source, name, data] = entry[0] === 'event' ? ['gtag', entry[1], entry[2] || {}] : ['layer', entry.event, entry];
  if (!entry.event && entry.ecommerce !== undefined) pending = entry.ecommerce;
  const given = [data.ecommerce, data.eventModel, data].find((each) => each && (each.items || each.transaction_id));
  const fields = given || (source === 'layer' && !data.ecommerce && (pending || 0).items && pending);
  const universal = data.ecommerce || {};
  return [
    fields && googleAct(source, KINDS[name], fields, fields.items),
    ...['add', 'remove', 'checkout', 'purchase'].map(
      (part) =>
        universal[part] && universal[part].products &&
        googleAct('universal', KINDS[part], {...universal, ...universal[part]}, universal[part].products)
    ),
  ];
};

/** What was tracked by Meta's pixel: ``track`` names the act second, ``trackSingle`` third. */
const pixelActs = (given) => {
  const [name, fields] = given[0] === 'track' ? [given[1], given[2]] : given[0] === 'trackSingle' ? [given[2], given[3]] : [];
  if (!KINDS[name] || !fields) return [];
  const ids = [].concat(fields.content_ids || []);
  const lone = ids.length === 1 && {item_name: fields.content_name, price: fields.value};
  const items = fields.contents || ids.map((id) => ({id: id, ...lone}));
  return [googleAct('meta', KINDS[name], {...fields, transaction_id: fields.order_id}, items)];
};

/** Without the fields that nothing is known of. */
const known = (line) => JSON.parse(JSON.stringify(line));

const isSame = (line, other) =>
  (line.productID || other.productID ? line.productID === other.productID : line.productName === other.productName) &&
  (!line.variant || !other.variant || line.variant === other.variant);

/** The lines after one more is in or out of the cart. A line that is taken out without a number goes whole. */
const withChange = (lines, change, kind) => {
  const line = lines.find((each) => isSame(each, change)) || {quantity: 0};
  const others = lines.filter((each) => each !== line);
  const number = numberOf(change.quantity, kind === ADD ? 1 : Infinity);
  const quantity = numberOf(line.quantity, 1) + (kind === ADD ? number : -number);
  return quantity > 0 ? [...others, {...line, ...known(change), quantity: quantity}] : others;
};

/** Some lines of a cart that is worth what all of it was: a checkout may name those alone that it ships, or the first. */
const isPartOf = (act, lines, last) =>
  act.isCheckout && lines.length < (last.items || []).length && amountOf(act.total) === amountOf(last.total) &&
  lines.every((line) => last.items.some((each) => isSame(each, line)));

/** A shown cart is whole; what an earlier report knew of its lines is known still. Others change the last one. */
const cartAfter = (act, last) => {
  const before = last.items || [];
  if (act.kind === CART) {
    const rows = rowsIn(act.items).map((line) => ({
      ...before.find((each) => isSame(each, line)), ...known(line), quantity: numberOf(line.quantity, 1),
    }));
    const lines = rows.filter((line) => !isOff(line));
    if (isPartOf(act, lines, last)) return last;
    const total = amountOf(act.total) > 0 || !lines.length ? act.total : sumOf(rows);
    return {items: lines, total: total, currency: act.currency || last.currency, returnURL: location.pathname + location.search + location.hash};
  }
  const changes = linesIn(act.items).map((line) => (act.kind === ADD ? filled(line, true) : line));
  const items = changes.reduce((lines, change) => withChange(lines, change, act.kind), before);
  return {...last, items: items, total: sumOf(items), currency: act.currency || last.currency};
};

/** What changes, by which two reports of it are the same; of what is whole anyway, nothing. */
const changeOf = ({kind, items}) =>
  (kind === ADD || kind === REMOVE) &&
  kind + JSON.stringify(linesIn(items).map((line) => [line.productName || line.productID, line.variant, numberOf(line.quantity, 1)]));

/** The same act is one: reported to two of them within a moment, or by two scripts after one click. */
const isRepeat = (act) => {
  const rank = SOURCES.indexOf(act.source);
  const isOthers = lastAct.kind === act.kind && lastAct.source !== act.source && Date.now() - lastAct.at < REPEAT;
  if (isOthers) return act.kind !== CART || rank < SOURCES.indexOf(lastAct.source);
  return Date.now() - changes.at < REPEAT_OF_CLICK && changes.times[changeOf(act)] >= changes.clicks;
};

const noteAct = (act) => {
  const change = changeOf(act);
  lastAct = {kind: act.kind, source: act.source, at: Date.now()};
  if (!change) return;
  changes.at = Date.now();
  changes.times[change] = (changes.times[change] || 0) + 1;
  core.keep('changes', changes);
};

/** A second click on the same button may do the same once more. */
const noteClick = ({target}) => {
  const isAnother = target !== lastTarget;
  lastTarget = target;
  if (isAnother) changes = {at: changes.at, clicks: 0, times: {}};
  changes.clicks++;
  if (Date.now() - changes.at < REPEAT_OF_CLICK) core.keep('changes', changes);
};

readers.push({
  name: 'data layer',
  rank: DATA_LAYER,
  start(offer) {
    const isNews = (act, isOld) => {
      if (!act || isRepeat(act)) return false;
      // What such a page reports by itself, however late, it has reported before.
      if ((isOld || !hasActed()) && (isOutOfCache || (shownBy === 'reload' && act.kind !== CART))) return false;
      noteAct(act);
      return true;
    };

    /** Offers the cart that these acts make of the last one, once for all of them. */
    const take = (acts) => {
      const whole = acts.map((act) => act.kind === CART && !act.isCheckout).lastIndexOf(true);
      let cart;
      acts.filter((act, at) => at >= whole || act.kind === PURCHASE).slice(-MOST_ACTS).forEach((act) => {
        if (act.kind !== PURCHASE) return (cart = cartAfter(act, cart || core.currentCart()));
        if (cart) offer(cart);
        cart = 0;
        order({orderID: act.orderID, total: act.total, currency: act.currency, email: act.email});
      });
      if (cart) offer(cart);
    };

    /** Each entry once, whoever else wraps the array's ``push`` as well; one that cannot be read costs itself alone. */
    const read = partOf('data layer', (entries, actsOf, isOld) => {
      const fresh = entries.filter((entry) => typeof entry === 'object' && entry && !seen.has(entry));
      fresh.forEach((entry) => seen.add(entry));
      const acts = fresh.flatMap((entry) => partOf('data layer', actsOf)(entry) || []);
      take(acts.filter((act) => isNews(act, isOld)));
    });

    const watch = (target, name, actsOf) => {
      const original = target[name];
      if (!original || original.byBeckon) return;
      target[name] = function (...given) {
        const result = original.apply(this, given);
        read(name === 'push' ? given : [given], actsOf);
        return result;
      };
      target[name].byBeckon = true;
    };

    const adopt = (list, actsOf) => {
      if (!list || !list.push) return;
      read([].slice.call(list, -MOST_ENTRIES), actsOf, true);
      watch(list, 'push', actsOf);
    };

    /** Also those that come, or are put anew, after us. */
    const adoptAll = partOf('data layer', () => {
      layerNames().forEach((name) => adopt(window[name], layerActs));
      const pixel = window.fbq;
      if (!pixel) return;
      adopt(pixel.queue, pixelActs);
      watch(pixel, 'callMethod', pixelActs);
    });

    changes = core.recall('changes') || {at: 0, clicks: 1, times: {}};
    ['click', 'change'].forEach((name) => listen(name, noteClick));
    adoptAll();
    setInterval(adoptAll, 1e3);
  },
});

/** ``dataLayer``, and what the tag manager's address calls it, which may be one of the shop's own host. */
const layerNames = () =>
  ['dataLayer', ...[...document.scripts].flatMap(({src}) => (/[?&]id=.*&l=([\w$]+)/.exec(src) || []).slice(1))];
