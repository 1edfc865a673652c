/** Reports pages that a shop shows without loading them. */
const watchPages = () => {
  ['pushState', 'replaceState'].forEach((name) => {
    const original = history[name];
    history[name] = function (...given) {
      const result = original.apply(this, given);
      safely(core.pageSeen)();
      return result;
    };
  });
  listen('popstate', () => core.pageSeen());
};
