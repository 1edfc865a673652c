/** What this browser said to us about push, beside the core's own memory, and only while that is allowed. */
const prefix = '_beckon' + config.s;

const read = (name) => {
  try {
    return JSON.parse(localStorage.getItem(prefix + name)) || {};
  } catch (denied) {
    return {};
  }
};

const visitor = () => read('who').v;

/** Where consent is denied, here or in another tab, the core forgets who this browser is: in storage and in the cookie. */
const mayStore = () => visitor() || document.cookie.includes(prefix);

let state = read('push');

export const save = (change) => {
  state = {...state, ...change};
  try {
    if (mayStore()) localStorage.setItem(prefix + 'push', JSON.stringify(state));
  } catch (denied) {
    // Without a memory nobody is asked twice on one page, and that is all.
  }
};
