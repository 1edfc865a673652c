/** Reports each page that is shown, also where a shop changes pages without loading them. */
let lastPath;

export const pageSeen = (inHead) => {
  if (lastPath === location.pathname) return;
  lastPath = location.pathname;
  report('page.seen', {head: inHead});
};
