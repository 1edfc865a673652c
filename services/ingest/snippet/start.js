/** Takes over the queue, once per page. */
const queue = window._beckon || [];
if (!queue.v) {
  window._beckon = {v: 1, push: (...given) => given.forEach(run)};
  Array.from(queue).forEach(run); // first, for it may deny consent
  run(() => pageSeen(tag && tag.parentNode === document.head));
  if (!inBackOffice) [watchFields, watchPages, restore].forEach(run);
  listen(window, 'online', () => sendSoon(0));
  listen(window, 'pagehide', () => {
    reportCart(true);
    sendLast();
  });
  listen(document, 'visibilitychange', () => {
    if (document.visibilityState === 'hidden') sendLast();
  });
  sendSoon(0);
}
