/** Takes over the queue, once per page, and when it is shown: a page that was rendered in advance may never be. */
const start = () => {
  const queue = Array.from(window._beckon);
  if (window._beckon.v) return;
  window._beckon = {v: 1, push: (...given) => given.forEach(run)};
  // The last word on consent comes first: what it denies is not stored for a moment.
  const isConsent = (command) => /^setConsent/.test(command);
  run(queue.filter(isConsent).pop());
  queue.forEach((command) => isConsent(command) || run(command));
  // Which also sends what an earlier page could not.
  run(() => pageSeen(document.head.contains(tag)));
  if (!inBackOffice) [watchFields, watchPages].forEach(run);
  listen(window, 'storage', noteWithdrawal);
  listen(window, 'online', () => sendSoon());
  listen(window, 'pagehide', () => {
    reportCart(true);
    sendLast();
  });
  // Out of the back/forward cache: nothing is loaded, and the shopper is there.
  listen(window, 'pageshow', (event) => {
    if (!event.persisted) return;
    run(noteWithdrawal);
    done();
    lastPath = 0;
    pageSeen();
  });
  listen(document, 'visibilitychange', () => {
    if (document.hidden) sendLast();
  });
};

window._beckon = window._beckon || [];
if (document.prerendering) listen(document, 'prerenderingchange', start);
else start();
