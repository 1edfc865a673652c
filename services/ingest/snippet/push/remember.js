/** What this browser said to us about push, in the core's own memory, and only while that is allowed. */
let core;
let state;

export const save = (change) => {
  state = {...state, ...change};
  core.keep('push', state);
};
