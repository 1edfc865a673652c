/** Tells of each page that is shown, also where a shop changes pages without loading them. */
let lastPath;

export const pageSeen = (inHead) => {
  if (lastPath === location.pathname) return;
  lastPath = location.pathname;
  report('page.seen', {head: inHead});
};

export const watchPages = () => {
  ['pushState', 'replaceState'].forEach((name) => {
    const original = history[name];
    history[name] = function (...given) {
      const result = original.apply(this, given);
      safely(pageSeen)();
      return result;
    };
  });
  listen(window, 'popstate', () => pageSeen());
};
