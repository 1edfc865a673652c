/** Remembers between pages, and within this one where storage is denied or consent has not been given. */
const memory = {};
let mayStore = !asksFirst;

const stored = safely((name) => JSON.parse(localStorage.getItem(prefix + name)));

/** As JSON, also where a library of old has taught arrays to write themselves: JSON would hold a text in place of each list. */
export const toJson = (value, fields) => {
  const {toJSON} = Array.prototype;
  delete Array.prototype.toJSON;
  const text = safely(JSON.stringify)(value, fields);
  if (toJSON) Array.prototype.toJSON = toJSON;
  return text;
};

/** A copy of these fields of it, at any depth. */
export const onlyKnown = (value, fields) => JSON.parse(toJson(value, fields));

// Private modes and full disks: this page's memory has to do.
export const recall = (name) => (mayStore && stored(name)) || memory[name];

export const keep = (name, value) => {
  memory[name] = value;
  if (mayStore) safely(() => localStorage.setItem(prefix + name, toJson(value)))();
};

/** Before a grant nothing is stored or sent; with it, what this page remembers is. A withdrawal leaves nothing, of any file. */
export const allowStorage = (granted) => {
  const isNew = granted && !mayStore;
  mayStore = granted;
  if (isNew) {
    Object.keys(memory).forEach((name) => keep(name, memory[name]));
  } else if (!granted) {
    writeCookie('', 0);
    Object.keys(localStorage).forEach((name) => name.indexOf(prefix) || localStorage.removeItem(name));
  }
};

/** Consent may be withdrawn in another tab, or while this page lay in the back/forward cache. */
export const noteWithdrawal = () => {
  if (!localStorage[prefix + 'who'] && !document.cookie.includes(prefix)) mayStore = false;
};
