/** On each page: keep what was agreed, report what was withdrawn, and ask where it is time. */
const safely = (behaviour) => async (...given) => {
  try {
    await behaviour(...given);
  } catch (trouble) {
    // The shop's page must not notice us.
  }
};

/** Somebody, or the browser itself, may have ended the subscription: what is over is not begun again unasked. */
const keepUp = async () => {
  if ((await found())[1]) await subscribe();
  else gone();
};

let report;

_beckon.push((commands) => {
  report = commands.report;
  commands.askPush = safely(ask);
  commands.stopPush = safely(unsubscribe);
  if (!report || !window.Notification || !window.PushManager || !navigator.serviceWorker) return;
  setInterval(safely(consider), 1e3);
  if (!mayStore()) return;
  save({pages: (state.pages || 0) + 1});
  if (state.yes && Notification.permission === 'granted') safely(keepUp)();
  else if (state.endpoint) gone();
});
