/**
 * CartStack's commands in ours, one table. A page in mode `capture` names people; `tracking` and `tracking-cart` show the whole
 * cart; `confirmation` is a purchase, which in CartStack's pages bears no number.
 */
const page = {items: []};
const noted = {};

const CARTSTACK = {
  setSiteID() {}, // the key in this file's address says it
  setDomain() {}, // the site's hosts in the console say it
  setAPI: (mode) => (page.mode = mode),
  setEmail: (email) => (page.email = email),
  setCartTotal: (total) => (page.total = plainText(total)),
  setCartItem: (line) => page.items.push(line),
  setDataItem: (data) => (page.returnURL = data.returnURL || data.returnurl || page.returnURL),
  setEmailAddressInput: (id) =>
    _beckon.push(['setEmailAddressInput', id === 'cartstack_noinput' ? false : '#' + CSS.escape(id)]),
};

/** What has no counterpart is named once in the console and changes nothing. */
const runCartStack = safely((command) => {
  const [name, value] = command;
  if (CARTSTACK.hasOwnProperty(name)) return CARTSTACK[name](value);
  if (!noted[name]) console.warn('Beckon: the CartStack command ' + name + ' has no counterpart and is ignored.');
  noted[name] = 1;
});

/** By the command, else by the addresses that the page's settings name. */
const modeOf = () => {
  const isOn = (part) => part && location.href.toLowerCase().includes(part.toLowerCase());
  const checkouts = window.cartstack_checkoutPageURLs || [];
  if (page.mode) return page.mode;
  if (isOn(window.cartstack_successPageURL)) return 'confirmation';
  return isOn(window.cartstack_cartPageURL) || [].concat(checkouts).some(isOn) ? 'tracking' : 'capture';
};

/** Says to Beckon what the commands so far add up to. `later`: after the page has loaded, a line on its own was just added. */
const pushToBeckon = (later) => {
  const {email, total, items} = page;
  const mode = modeOf();
  if (mode === 'confirmation') {
    _beckon.push(['setOrder', {email: email, total: total}]);
    page.items = [];
    page.mode = 'capture'; // reported once; what follows on this page is no second order
    return;
  }
  if (email) _beckon.push(['setEmail', email]);
  if (mode !== 'capture') return pushCart();
  if (later) items.forEach((line) => _beckon.push(['setCartItem', line], ['addedToCart']));
  page.items = [];
};

/**
 * A total alone is that of the lines which this shop's pages pushed before. Lines that a reader found have one of their own; where
 * none are known, one that cannot be read stands for them, as a reader's, so that any other may find them.
 */
const addKnown = (more) => (beckon) => {
  const cart = beckon.currentCart();
  const isKnown = (cart.items || []).length && cart.reader !== 'cartstack';
  if (!isKnown) beckon.readCart({...cart, items: [{}], ...more}, 'cartstack');
  else if (!cart.reader) beckon.setDataItem(more);
};

const pushCart = () => {
  const {items, total, returnURL} = page;
  const more = {...(total && {total: total}), ...(returnURL && {returnURL: returnURL})};
  if (items.length) _beckon.push(['setCart', {items: withUnitPrices(items, total), ...more}]);
  else if (numberIn(total) === 0) _beckon.push(['clearCart']);
  else if (total) _beckon.push(addKnown(more));
};
