/** Magento 2: the section `cart` of its private content, which its own scripts keep in the browser's storage. */
const KEPT = 'mage-cache-storage';
const CUSTOMER_DATA = 'Magento_Customer/js/customer-data';
const CHANGES = /\/customer\/section\/load|\/checkout\/(cart|sidebar)\/|\/rest\/.*carts/;

const storedSections = (name) => {
  try {
    return JSON.parse(localStorage.getItem(name)) || {};
  } catch (error) {
    return {}; // no storage here, or not Magento's
  }
};

/** Where a shop shows its prices with tax, its markup holds that price; the value beside it is without. */
const withTax = (markup) => shown(String(markup || '').split('price-including-tax')[1]);
const shown = (markup) => (/class="price">([^<]+)/.exec(markup) || [])[1];

const magentoLine = (item) => ({
  productID: item.product_sku || item.product_id,
  productName: plain(item.product_name),
  quantity: item.qty,
  productPrice: withTax(item.product_price) || item.product_price_value || shown(item.product_price),
  productURL: item.product_has_url === false ? undefined : item.product_url,
  productImageURL: (item.product_image || {}).src,
});

/** A code, or a sign of one currency alone. */
const CURRENCY = /[A-Z]{3}|[€£₹₩₫₪₺₽]/;

/** No section names the currency: the page may where there are several, else what is shown beside the total. */
const currency = (total) => {
  const chosen = document.querySelector('.switcher-currency strong[class*=language-]');
  const inCheckout = ((window.checkoutConfig || {}).quoteData || {}).quote_currency_code;
  const named = chosen && /language-([A-Z]{3})/.exec(chosen.className);
  return inCheckout || (named ? named[1] : (CURRENCY.exec(shown(total)) || [])[0]);
};

const isShownWithTax = ({items}) => Object.values(items).some((item) => item && withTax(item.product_price));

const magentoCart = (section) => ({
  items: linesFrom(section.items, magentoLine),
  total: isShownWithTax(section) ? shown(section.subtotal_incl_tax) : section.subtotalAmount,
  currency: currency(section.subtotal),
  returnURL: (window.checkout || {}).shoppingCartUrl || '/checkout/cart/',
});

/** The page after an order shows its number and no more. */
const magentoOrder = () => {
  const page = /\/checkout\/onepage\/success/.test(location.pathname) && document.querySelector('.checkout-success');
  const number = page && page.querySelector('.order-number,p>span');
  if (number) order({orderID: number.textContent.trim()});
};

const magentoCustomer = () => {
  const {isCustomerLoggedIn, customerData} = window.checkoutConfig || {};
  if (isCustomerLoggedIn) person({email: customerData.email, customerID: customerData.id});
};

/** The section as it is, once it is loaded, and as it becomes. */
const follow = (section, take) => {
  section.subscribe(take);
  take(section());
};

readers.push({
  name: 'magento',
  rank: PLATFORM,
  start(offer) {
    const take = partOf('magento', (section) => section && section.items && offer(magentoCart(section)));
    const ask = () => fetchJson((window.BASE_URL || '/') + 'customer/section/load/?sections=cart').then((all) => take((all || 0).cart));
    // A section that was invalidated shows the cart as it was; the shop's own script loads it anew.
    const isStale = () => storedSections(KEPT + '-section-invalidation').cart;
    const kept = () => !isStale() && storedSections(KEPT).cart;
    onAct(CHANGES, () => isStale() || (kept() ? take(kept()) : ask()));
    addEventListener('private-content-loaded', (event) => take(((event.detail || {}).data || {}).cart));
    whenReady(() => {
      take(kept());
      magentoCustomer();
      magentoOrder();
      if (window.requirejs) requirejs([CUSTOMER_DATA], partOf('magento', (data) => follow(data.get('cart'), take)), () => {});
    });
  },
});
