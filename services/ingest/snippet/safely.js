/** Makes a function that never throws: the shop's page must not notice us. */
export const safely = (behaviour) => (...given) => {
  try {
    return behaviour(...given);
  } catch (error) {
    // We lose an event; the shop loses nothing.
  }
};

/** Listens in the capture phase of the window, before a page's own handlers can stop the event. */
export const listen = (name, behaviour) => addEventListener(name, safely(behaviour), true);
