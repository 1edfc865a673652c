/** Writes an event down before it is sent, and forgets it only after a final answer. */
const WEEK = 6048e5;
const address = ingest + '/v1/beacons';
let inFlight = [];
let failures = 0;
let timer;

export function report(type, data) {
  const who = whoAmI();
  remember(who);
  const event = {i: randomId(), t: type, a: Date.now(), p: location.pathname, d: data};
  const waiting = outbox();
  waiting.push({u: who.v, e: event});
  if (waiting.length > 50) {
    // An order silences: it is the last thing to be given up.
    const oldest = waiting.findIndex((entry) => entry.e.t !== 'order.reported');
    waiting.splice(Math.max(oldest, 0), 1);
  }
  keep('outbox', waiting);
  sendSoon(0);
}

/** What waits. After a week nothing is worth sending any more. */
function outbox() {
  return (recall('outbox') || []).filter((entry) => Date.now() - entry.e.a < WEEK);
}

export function sendSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(safely(sendNow), delay);
}

/** The next body: events of one visitor that fit. Events of an earlier visitor keep their own id. */
function nextBody() {
  const fresh = outbox().filter((entry) => !inFlight.includes(entry.e.i));
  let room = 2e4; // characters, which may be three bytes each: a body holds 64 KiB
  const events = fresh
    .filter((entry, at) => entry.u === fresh[0].u && ((room -= JSON.stringify(entry.e).length) > 0 || !at))
    .map((entry) => entry.e);
  if (events.length && mayStore) {
    const body = JSON.stringify({v: 1, k: config.k, u: fresh[0].u, z: Date.now(), e: events});
    return {text: body, ids: events.map((event) => event.i)};
  }
}

function sendNow() {
  const body = !inFlight.length && nextBody();
  if (!body) return;
  inFlight = body.ids;
  // A text is sent as text/plain, which avoids a preflight; keepalive lets the request outlive a closing page.
  fetch(address, {method: 'POST', body: body.text, keepalive: true, credentials: 'omit'})
    .then((answer) => done(body.ids, !/408|429|5../.test(answer.status)), () => done());
}

function done(ids, final) {
  inFlight = [];
  if (final) {
    failures = 0;
    keep('outbox', outbox().filter((entry) => !ids.includes(entry.e.i)));
    sendSoon(0);
  } else {
    sendSoon(Math.min(3e4, 500 * 2 ** failures++) * (1 + Math.random()));
  }
}

/** The page may be gone in a moment. What is sent here stays in the outbox, since nobody hears the answer. */
export function sendLast() {
  const body = nextBody();
  if (!body) return;
  navigator.sendBeacon(address, body.text);
  // Not twice while the page is being hidden and then left; again if the shopper stays after all.
  inFlight = inFlight.concat(body.ids);
  setTimeout(done, 5e3);
}
