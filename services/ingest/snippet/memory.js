/** Remembers between pages, and within this one where storage is denied or consent has not been given. */
const memory = {};
let mayStore = !config.c;

// Private modes and full disks: this page's memory has to do.
export function recall(name) {
  return (mayStore && safely(() => JSON.parse(localStorage.getItem(prefix + name)))()) || memory[name];
}

export function keep(name, value) {
  memory[name] = value;
  if (mayStore) safely(() => localStorage.setItem(prefix + name, JSON.stringify(value)))();
}

/** Before a grant nothing is stored or sent; with it, what this page remembers is. */
export function allowStorage(granted) {
  mayStore = granted;
  if (granted) Object.keys(memory).forEach((name) => keep(name, memory[name]));
  else ['outbox', 'cart', 'who', 'box'].forEach((name) => localStorage.removeItem(prefix + name));
}
