/**
 * Registers the shop's worker and subscribes, with the shop's own key. A subscription made with another key is given up first:
 * browsers refuse to change it.
 */
const keyBytes = Uint8Array.from(atob(config.v.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const PATIENCE = 15e3; // where no push service answers, browsers never do either

function text(bytes) {
  const binary = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
}

/** The registration returned here, for ``ready`` waits for ever where the worker's scope is not this page's. */
function worker() {
  return navigator.serviceWorker.register(config.w, {updateViaCache: 'none'});
}

/** The worker, and what this browser is subscribed to by it. */
async function found() {
  const registration = await worker();
  return [registration, await registration.pushManager.getSubscription()];
}

export async function subscribe() {
  let [registration, subscription] = await found();
  await active(registration);
  if (!subscription || text(subscription.options.applicationServerKey) !== config.v) {
    if (subscription) await subscription.unsubscribe();
    subscription = await Promise.race([
      registration.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: keyBytes}),
      new Promise((_, no) => setTimeout(no, PATIENCE)),
    ]);
  }
  tell(subscription);
}

function active(registration) {
  const waiting = registration.installing || registration.waiting;
  return registration.active || new Promise((yes) => waiting.addEventListener('statechange', () => registration.active && yes()));
}

/** Each subscription is told once, and again when this browser has become another visitor. */
function tell(subscription) {
  const told = subscription.endpoint + config.v + visitor();
  if (state.told !== told) {
    report('push.subscribed', {
      endpoint: subscription.endpoint,
      p256dh: text(subscription.getKey('p256dh')),
      auth: text(subscription.getKey('auth')),
      vapid: config.v,
    });
  }
  save({yes: 1, told: told, endpoint: subscription.endpoint});
}

export async function unsubscribe() {
  const subscription = (await found())[1];
  if (subscription) await subscription.unsubscribe();
  gone();
}

/** Taken back, here or in the browser's own settings. */
function gone() {
  if (state.endpoint) report('push.unsubscribed', {endpoint: state.endpoint});
  save({yes: 0, told: 0, endpoint: 0});
}
