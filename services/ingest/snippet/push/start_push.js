/** On each page: keep what was agreed, report what was withdrawn, and ask where it is time. */
const safely = (behaviour) => async () => {
  try {
    await behaviour();
  } catch (error) {
    // The shop's page must not notice us.
  }
};

/** Somebody, or the browser itself, may have ended the subscription: what is over is not begun again unasked. */
const keepUp = async () => {
  if ((await found())[1]) await subscribe();
  else gone();
};

_beckon.push((commands) => {
  core = commands;
  core.askPush = safely(ask);
  core.stopPush = safely(unsubscribe);
  if (!core.report || !window.Notification || !window.PushManager || !navigator.serviceWorker) return;
  state = core.recall('push') || {};
  setInterval(safely(consider), 1e3);
  if (!core.mayStore()) return;
  save({pages: (state.pages || 0) + 1});
  if (state.yes && Notification.permission === 'granted') safely(keepUp)();
  else if (state.endpoint) gone();
});
