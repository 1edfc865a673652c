/**
 * Shows what was pushed, newest step last: push services deliver what they had stored in any order. Every push shows something,
 * or browsers take the permission away; a repeat or an older step shows the newest again, in its place.
 */
let last = Promise.resolve();

self.addEventListener('push', (event) => {
  const said = event.data.json();
  last = last.then(() => show(said), () => show(said));
  event.waitUntil(last);
});

function newestOf(said) {
  const place = '/beckon/' + said.beckon.cart;
  return caches.open('beckon').then((cache) =>
    cache.match(place).then((kept) => kept && kept.json()).then((known) => {
      if (known && (known.beckon.id === said.beckon.id || known.beckon.step > said.beckon.step)) return known;
      return cache.put(place, new Response(JSON.stringify(said))).then(() => said);
    })
  ).catch(() => said);
}

function show(said) {
  return newestOf(said).then((newest) => {
    const {title, body, tag} = newest.notification;
    return self.registration
      .showNotification(title, {body: body, tag: tag, data: newest})
      .then(() => newest === said && report('push.shown', said));
  });
}

self.addEventListener('notificationclick', (event) => {
  const said = event.notification.data;
  event.notification.close();
  event.waitUntil(Promise.all([report('push.clicked', said), self.clients.openWindow(said.notification.navigate)]).catch(() => {}));
});

self.addEventListener('notificationclose', (event) => {
  event.waitUntil(report('push.dismissed', event.notification.data));
});

/** What is reported here is sent once and may be lost: reminders do not depend on it. */
function report(type, said) {
  const to = said.beckon;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const id = btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
  const event = {i: id, t: type, a: Date.now(), p: '/', d: {attempt: to.attempt}};
  return fetch(to.i + '/v1/beacons', {
    method: 'POST', credentials: 'omit', headers: {'Content-Type': 'text/plain'},
    body: JSON.stringify({v: 1, k: to.k, u: to.u, z: Date.now(), e: [event]}),
  }).catch(() => {});
}

// The page subscribes; the worker takes over at once so that a first push finds it.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
