/** Remembers between pages, and within this one where storage is denied or consent has not been given. */
const memory = {};
let mayStore = !config.c;

export function recall(name) {
  if (mayStore) {
    try {
      const kept = localStorage.getItem(prefix + name);
      if (kept) return JSON.parse(kept);
    } catch (denied) {
      // Private modes and full disks: this page's memory has to do.
    }
  }
  return memory[name];
}

export function keep(name, value) {
  memory[name] = value;
  if (!mayStore) return;
  try {
    localStorage.setItem(prefix + name, JSON.stringify(value));
  } catch (denied) {
    // As above.
  }
}

/** Before a grant nothing is stored or sent; with it, what this page remembers is. */
export function allowStorage(granted) {
  mayStore = granted;
  if (granted) Object.keys(memory).forEach((name) => keep(name, memory[name]));
  else ['outbox', 'cart', 'who'].forEach((name) => localStorage.removeItem(prefix + name));
}
