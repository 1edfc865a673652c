/** Writes an event down before it is sent, and forgets it only after a final answer. */
const WEEK = 6048e5;
const address = ingest + '/v1/beacons';
let inFlight = [];
let failures = 0;
let timer;

/** What this page has reported, for the panel that shows it: it may be opened later. */
const reported = [];

/** An event that is reported again under its id is one. */
export const report = (type, data, id = randomId()) => {
  const who = whoAmI();
  remember(who);
  const waiting = outbox();
  const event = {u: who.v, i: id, t: type, a: Date.now(), p: location.pathname, d: data};
  waiting.push(event);
  if (reported.push(event) > 50) reported.shift();
  // An order silences: it is the last thing to be given up.
  if (waiting.length > 50) waiting.splice(waiting.findIndex((event) => event.t !== 'order.reported'), 1);
  keep('outbox', waiting);
  sendSoon();
};

/** What waits, each with its visitor. After a week nothing is worth sending any more. */
const outbox = () => (recall('outbox') || []).filter((event) => Date.now() - event.a < WEEK);

export const sendSoon = (delay) => {
  clearTimeout(timer);
  timer = setTimeout(safely(sendNow), delay);
};

/** Sends events of one visitor that fit into a body; events of an earlier visitor keep their own id. */
const send = (transport) => {
  const fresh = outbox().filter((event) => !inFlight.includes(event.i));
  let room = 2e4; // characters, which may be three bytes each: a body holds 64 KiB
  const events = fresh.filter((event, at) => event.u === fresh[0].u && ((room -= toJson(event).length) > 0 || !at));
  if (!events.length || !mayStore) return;
  const ids = events.map((event) => event.i);
  const answered = transport(toJson({v: 1, k: config.k, u: fresh[0].u, z: Date.now(), e: events}));
  // Behind it: where the browser has ended this in between, the next occasion sends them.
  inFlight = inFlight.concat(ids);
  answered
    .catch(() => {})
    .then((answer) => done(ids, answer && !/408|429|5../.test(answer.status)));
};

/**
 * A text is sent as text/plain, which avoids a preflight; keepalive lets the request outlive a closing page. Of a beacon, where the
 * page has taken fetch away, no answer is known.
 */
export const sendNow = () =>
  send(async (body) =>
    window.fetch
      ? fetch(address, {method: 'POST', body: body, keepalive: true, credentials: 'omit'})
      : {status: navigator.sendBeacon(address, body) ? 202 : 503}
  );

/**
 * The page may be gone in a moment. What is sent here stays in the outbox, since nobody receives the answer: it is not sent twice
 * while the page is being hidden and then left, and again if the shopper stays after all.
 */
export const sendLast = () =>
  send(async (body) => navigator.sendBeacon(address, body) && new Promise((stayed) => setTimeout(stayed, 5e3)));

const done = (ids, final) => {
  inFlight = inFlight.filter((id) => !ids.includes(id));
  if (final) {
    failures = 0;
    keep('outbox', outbox().filter((event) => !ids.includes(event.i)));
    sendSoon();
  } else {
    sendSoon(Math.min(3e4, 500 * 2 ** failures++) * (1 + Math.random()));
  }
};
