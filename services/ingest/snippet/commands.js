/** What a shop may push into the queue, before or after this file has loaded. */
const anywhere = {setOrder: setOrder};
const addToCart = (more) => changeCart((cart) => ({...cart, ...more}));
const inTheShop = {
  setCart: (cart) => changeCart(() => cart),
  setCartItem: setCartItem,
  removeCartItem: (id) => setCartItem({productID: id, quantity: 0}),
  clearCart: () => addToCart({items: []}),
  setCartTotal: (total) => addToCart({total: total}),
  setDataItem: addToCart,
  setEmail: (email) => identify('email', email),
  setPhone(number, more) {
    identify('phone', number);
    if (more && more.consent && more.consent.text) giveConsent(more.consent.text, 'unknown');
  },
  identify(person) {
    identify('customerID', person.customerID);
    identify('email', person.email);
  },
  reset() {
    said = {};
    keep('cart', {v: 0});
    remember({v: randomId(), s: 0});
  },
  onRestore: onRestore,
  report: report, // for our own push file
  setEmailAddressInput(selector) {
    emailField = selector;
  },
  setConsent(given) {
    if (given.storage) allowStorage(given.storage === 'granted');
    sendSoon(0);
  },
};

/** In the back office there are clerks and no shoppers: it reports its pages and its orders, and nothing else. */
const commands = inBackOffice ? anywhere : {...anywhere, ...inTheShop};

/** An unknown command is ignored, as is setSiteKey: the key came with this file. */
export const run = safely((command) => {
  if (command.call) command(commands);
  else commands[command[0]](...command.slice(1));
});
