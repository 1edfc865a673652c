/**
 * Registers the shop's worker and subscribes, with the shop's own key. A subscription that was not reported with it is given up
 * first: browsers refuse to change the key.
 */
const PATIENCE = 15e3; // where no push service answers, browsers never do either

/**
 * The worker, and what this browser is subscribed to by it. The registration returned here, for ``ready`` waits for ever where
 * the worker's scope is not this page's.
 */
const found = async () => {
  const registration = await navigator.serviceWorker.register(core.trusted(config.w), {updateViaCache: 'none'});
  return [registration, await registration.pushManager.getSubscription()];
};

export const subscribe = async () => {
  let [registration, subscription] = await found();
  await active(registration);
  if (!subscription || !String(state.told).includes(config.v)) {
    if (subscription) await subscription.unsubscribe();
    subscription = await Promise.race([
      registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: config.v}),
      new Promise((_, no) => setTimeout(no, PATIENCE)),
    ]);
  }
  reportOnce(subscription);
};

const active = (registration) => {
  const waiting = registration.installing || registration.waiting;
  return registration.active || new Promise((yes) => (waiting.onstatechange = () => registration.active && yes()));
};

/** Each subscription is reported once (stored as ``told``), and again when this browser has become another visitor. */
const reportOnce = (subscription) => {
  const {endpoint, keys} = subscription.toJSON();
  const key = endpoint + config.v + core.recall('who').v;
  if (state.told !== key && core.mayStore()) core.report('push.subscribed', {endpoint, ...keys, vapid: config.v});
  save({yes: 1, told: key, endpoint});
};

/** Ends what this browser is subscribed to; with ``withdrawn``, the worker too. The shop's own workers are left alone. */
const end = async (withdrawn) => {
  for (const registration of await navigator.serviceWorker.getRegistrations()) {
    const {scriptURL} = registration.installing || registration.waiting || registration.active;
    if (scriptURL === location.origin + config.w) {
      const subscription = await registration.pushManager.getSubscription();
      if (subscription) await subscription.unsubscribe();
      if (withdrawn) await registration.unregister();
    }
  }
};

export const unsubscribe = async () => {
  await end();
  gone();
};

/** Taken back, here or in the browser's own settings. */
const gone = () => {
  if (state.endpoint) core.report('push.unsubscribed', {endpoint: state.endpoint});
  save({yes: 0, told: 0, endpoint: 0});
};

/** Consent was denied or withdrawn: nothing of ours stays in this browser, nor what is only just being made. */
const forget = async () => {
  if (shown) shown.remove();
  state = {};
  save();
  await end(1);
  await caches.delete('beckon'); // the worker's
};
