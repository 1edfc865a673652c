/** On each page: keep what was agreed, tell what was taken back, and ask where it is time. */
function safely(behaviour) {
  return async (...given) => {
    try {
      await behaviour(...given);
    } catch (trouble) {
      // The shop's page must not notice us.
    }
  };
}

let report;

_beckon.push((commands) => {
  report = commands.report;
  commands.askPush = safely(ask);
  commands.stopPush = safely(unsubscribe);
  if (!report || !window.Notification || !window.PushManager || !navigator.serviceWorker) return;
  save({pages: (state.pages || 0) + 1});
  if (state.yes && Notification.permission === 'granted') safely(keepUp)();
  else if (state.endpoint) gone();
  setInterval(safely(consider), 1e3);
});

/** Somebody, or the browser itself, may have ended the subscription: what is over is not begun again unasked. */
async function keepUp() {
  if ((await found())[1]) await subscribe();
  else gone();
}
