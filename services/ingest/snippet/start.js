let restLoaded;

/** What is not needed at once is in another file, which loads what few pages need; in the back office its own part alone. */
const loadRest = () => {
  if (!restLoaded) loadFile(inBackOffice ? 'office' : 'readers');
  restLoaded = true;
};

/** By an event where it is for good. */
const leave = (forGood) => {
  reportCart(forGood);
  sendLast();
};

/** Takes over the queue, once per page, and when it is shown: a page that was rendered in advance may never be. */
const start = () => {
  const before = window._beckon || [];
  if (before.v) return;
  const queue = Array.from(before);
  // Another file looks through what was pushed, for what this one ignores.
  window._beckon = {
    v: 1, q: queue.slice(),
    push(...given) {
      _beckon.q.push(...given);
      given.forEach(run);
    },
  };
  // The last word on consent comes first: what it denies is not stored for a moment.
  run(queue.filter(isConsent).pop());
  queue.forEach((command) => isConsent(command) || run(command));
  // Which also sends what an earlier page could not.
  // What was CartStack's script stays where it was: nearly always in the body, and in no wrong place.
  run(() => {
    pageSeen(document.head.contains(tag) || /\/cartstack/.test(source));
    reportCart(); // which a tab that is gone may have changed
  });
  run(loadRest);
  listen('storage', noteWithdrawal);
  listen('online', () => sendSoon());
  listen('pagehide', leave);
  // Out of the back/forward cache: nothing is loaded, and the shopper is there.
  listen('pageshow', (event) => {
    if (!event.persisted) return;
    run(noteWithdrawal);
    done(inFlight);
    lastPath = 0;
    run(() => pageSeen());
  });
  listen('visibilitychange', () => document.hidden && leave());
};

if (document.prerendering) listen('prerenderingchange', start);
else start();
