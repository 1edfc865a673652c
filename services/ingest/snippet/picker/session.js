/** The link's token and what was chosen so far: from page to page of this tab, and no longer. */
const KEY = '_beckon_pick';
const CART_PARTS = ['title', 'price', 'quantity', 'line', 'total'];
const FIELD_PARTS = ['email', 'phone', 'opt_in'];
const PARTS = CART_PARTS.concat(FIELD_PARTS);

const readSession = () => {
  const [, token] = /[#&]beckon_pick=([\w-]{43})/.exec(location.hash) || [];
  const kept = JSON.parse(sessionStorage.getItem(KEY) || 'null') || {};
  if (!token) return kept;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token === kept.token ? kept : {token: token};
};

const session = readSession();

const keepSession = () => sessionStorage.setItem(KEY, JSON.stringify(session));
const endSession = () => sessionStorage.removeItem(KEY);

/** Asks the console, as a form without cookies: the token is all that it goes by. Null where it cannot be reached. */
const ask = async (action, fields) => {
  const body = new URLSearchParams({token: session.token, ...fields});
  try {
    const answer = await fetch(config.c + '/api/picker/' + action, {method: 'POST', body: body, credentials: 'omit'});
    return {...(await answer.json()), ok: answer.ok};
  } catch (error) {
    return null;
  }
};

const NAMES_PAGE = /^\w{1,32}=[A-Za-z][A-Za-z/_.-]{0,63}$/;
const CART_NAMES = 'cart|basket|bag|warenkorb|korb|panier|carrito|cesta|carrello|carrinho|winkelwagen|koszyk|varukorg|kurv';
const NAMES_CART = RegExp('^(?!fragment=)|\\b(' + CART_NAMES + ')\\b', 'i'); // elsewhere the cart is in a drawer, open anywhere
const NAMES_NONE = /^(utm_\w+|ref|src|source|from|lang|language|locale|currency)=|=(true|false|yes|no|ok|success|added)$/i;

/** The parts of the address that name this page: others may name a visit, a person, a language or what was just done. */
const pageNow = () => ({
  path: location.pathname,
  parameters: parametersNow().filter((each) => NAMES_PAGE.test(each) && NAMES_CART.test(each) && !NAMES_NONE.test(each)).slice(0, 3),
});

/** What is chosen, as it is saved; with each what it read where it was chosen. */
const toFields = () => {
  const {choices, readings} = session;
  const fields = {path: choices.path || '', parameters: (choices.parameters || []).join('&')};
  PARTS.forEach((part) => {
    fields[part] = (choices[part] || []).join('\n');
    fields[part + '_reads'] = readings[part] || '';
  });
  return fields;
};
