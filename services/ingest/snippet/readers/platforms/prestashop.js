/** PrestaShop: the object `prestashop` of each page, and the events that its core emits when the cart has changed. */
const shop = () => window.prestashop || {};

/** The first that is a number, else the first that is there: a price is both a number and a text for people. */
const amount = (...found) => {
  const present = found.filter((each) => each !== undefined && each !== null && each !== '');
  return present.find((each) => !isNaN(each)) || present[0];
};

/** Whether the shopper sees prices with tax: then the total is the one that includes it. */
const includesTax = ({total, total_including_tax: including, total_excluding_tax: excluding}) =>
  !total || !excluding || !including || total.amount === including.amount;

const pictureOf = (line) => (((line.cover || line.default_image || {}).bySize || {}).home_default || (line.cover || {}).medium || {}).url;

const prestashopLine = (line, withTax) => ({
  productID: line.id_product + (+line.id_product_attribute ? '-' + line.id_product_attribute : ''),
  productName: line.name,
  quantity: amount(line.cart_quantity, line.quantity_wanted, line.quantity),
  productPrice: withTax
    ? amount(line.price_with_reduction, line.price_wt, line.price_amount, line.price)
    : amount(line.price_with_reduction_without_tax, line.price_tax_exc, line.price_amount, line.price),
  productURL: line.url,
  productImageURL: pictureOf(line),
});

const prestashopCart = (cart) => {
  const totals = cart.totals || {};
  const pages = (shop().urls || {}).pages || {};
  const withTax = includesTax(totals);
  return {
    items: linesFrom(cart.products, (line) => prestashopLine(line, withTax)),
    total: (totals.total || {}).amount,
    currency: (shop().currency || {}).iso_code,
    returnURL: pages.cart ? pages.cart + '?action=show' : undefined,
  };
};

/** The page after an order shows its reference, nine capital letters. */
const prestashopOrder = () => {
  const place = (shop().page || {}).page_name === 'order-confirmation' && document.querySelector('#order-details,#content');
  const reference = place && /\b[A-Z]{9}\b/.exec(place.textContent);
  if (reference) order({orderID: reference[0]});
};

readers.push({
  name: 'prestashop',
  rank: PLATFORM,
  start(offer) {
    const take = partOf('prestashop', (cart) => cart && cart.products && offer(prestashopCart(cart)));
    const takeFrom = ({reason, resp} = {}) => take((resp || {}).cart || (reason || {}).cart);
    // A page out of the shop's cache has nobody's cart: it shows an emptied one on the cart's own page alone.
    const isKnown = ({products} = {}) => Object.keys(products || {}).length || (shop().page || {}).page_name === 'cart';
    /** Shops that load their scripts at the first touch have no core until then; by the next look it may have a new cart. */
    const follow = partOf('prestashop', (shown) => {
      if (!shop().on) return setTimeout(follow, 500, shown);
      ['updateCart', 'updatedCart'].forEach((name) => shop().on(name, takeFrom));
      if (shop().cart !== shown) take(shop().cart);
    });
    whenReady(partOf('prestashop', () => {
      if (isKnown(shop().cart) && !isOutOfCache) take(shop().cart);
      person({email: (shop().customer || {}).email});
      prestashopOrder();
      follow(shop().cart);
    }));
  },
});
