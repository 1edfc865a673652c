/** Warns once in the browser's console of each command that does not exist, and of each whose argument cannot be read. */
const TEXT = [/^["\d-]/, 'a text'];
const NOTHING = [/^/];

/** By command: how its argument looks as JSON, and what a developer reads of it. */
const TAKES = {
  setCart: [/^{.*"items":\[/, '{items: […]}'],
  setCartItem: [/"product(ID|Name)":/, '{productID}'],
  removeCartItem: TEXT,
  clearCart: NOTHING,
  setCartTotal: TEXT,
  setDataItem: [/^{/, 'an object'],
  addedToCart: NOTHING,
  setOrder: [/"orderID":/, '{orderID}'],
  setEmail: TEXT,
  setPhone: TEXT,
  identify: [/"(customerID|email)":/, '{customerID, email}'],
  reset: NOTHING,
  setConsent: [/"storage":"(granted|denied)"/, "{storage: 'granted' | 'denied'}"],
  onRestore: [/^undefined/, 'a function'],
  setEmailAddressInput: [/^("|false)/, 'a selector or false'],
};

/** What was warned of, by command; a panel shows it too. */
const faults = (core.faults = {});

const faultOf = (name, given) => {
  const takes = TAKES[name];
  if (takes) return !takes[0].test(JSON.stringify(given)) && name + ' takes ' + takes[1];
  // These are not for shops: the code's own, and those of our other files.
  return !core[name] && !/SiteKey|Push/.test(name) && 'there is no ' + name + '; there are ' + Object.keys(TAKES).join(', ');
};

const check = safely((command) => {
  const [name, given] = command; // a function is none, and throws here
  const fault = !faults[name] && faultOf(name, given);
  if (fault) console.warn('Beckon: ' + (faults[name] = fault));
});

const checkCommands = () => {
  const push = _beckon.push;
  _beckon.push = (...given) => {
    push(...given);
    _beckon.q.splice(0).forEach(check);
  };
  _beckon.push();
};
