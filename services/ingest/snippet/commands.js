/** What a shop may push into the queue, before or after this file has loaded. */
const addToCart = (more) => changeCart((cart) => ({...cart, ...more}));

/** In the back office there are clerks and no shoppers: it reports its pages and its orders, and nothing else. */
const commands = {
  setOrder: setOrder,
  ...(inBackOffice || {
    setCart: (cart) => changeCart(() => cart),
    setCartItem: setCartItem,
    removeCartItem: (id) => setCartItem({productID: id, quantity: 0}),
    clearCart: () => addToCart({items: []}),
    setCartTotal: (total) => addToCart({total: total}),
    setDataItem: addToCart,
    addedToCart: () => keep('act', Date.now()),
    setEmail: (email) => identify('email', email),
    setPhone(number, more) {
      identify('phone', number);
      if (more.consent.text) giveConsent(more.consent.text, 'unknown');
    },
    identify(person) {
      identify('customerID', person.customerID);
      identify('email', person.email);
    },
    reset() {
      commands.said = {};
      keep('cart', {v: 0});
      remember({v: randomId(), s: 0});
    },
    setConsent(given) {
      if (!given.storage) return sendSoon();
      const wasStored = stored('who');
      allowStorage(given.storage === 'granted');
      if (mayStore) held.splice(0).forEach(run);
      else if (wasStored) loadRest(); // which ends what it had stored by itself
      sendSoon();
    },
    // What our own files need and know: the shop's function that rebuilds a cart, its e-mail field, and what this page named.
    onRestore: (behaviour) => (commands.rebuild = behaviour),
    setEmailAddressInput: (selector) => (commands.emailField = selector),
    said: {},
    readCart: (cart, reader) => changeCart(() => cart, reader),
    mayStore: () => mayStore,
    folder, trusted, loadFile, report, reported, recall, keep, currentCart, pageSeen, giveConsent, sendLast,
  }),
};

/** What waits for a grant: a cart that is built up starts from what is stored, which is not read before. */
const held = [];
const isConsent = (command) => /^setConsent/.test(command);

/** An unknown command is ignored, as is setSiteKey (the key came with this file), and so is what an argument lacks. */
export const run = safely((command) => {
  if (asksFirst && !mayStore && !isConsent(command)) held.push(command);
  else if (command.call) command(commands);
  else commands[command[0]](...command.slice(1));
});
