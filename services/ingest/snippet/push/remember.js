/** What this browser said to us about push, beside the core's own memory. */
const prefix = '_beckon' + config.s;

function read(name) {
  try {
    return JSON.parse(localStorage.getItem(prefix + name)) || {};
  } catch (denied) {
    return {};
  }
}

let state = read('push');

export function save(change) {
  state = {...state, ...change};
  try {
    localStorage.setItem(prefix + 'push', JSON.stringify(state));
  } catch (denied) {
    // Without a memory nobody is asked twice on one page, and that is all.
  }
}

function visitor() {
  return read('who').v;
}
