/** What this page sends to ingest, with each answer while the panel is open, newest first. */
const MOST_ENTRIES = 30;
const entries = [];
const watched = new Set(); // events that were seen to leave
const original = window.fetch;
let core;

const addressNow = () => new URL('/v1/beacons', core.folder).href;

const noteRequest = async ([address, {body}], answering) => {
  if (address !== addressNow()) return;
  const {u: visitor, e: events} = JSON.parse(body);
  events.forEach((event) => watched.add(event.i));
  const entry = {visitor: visitor, events: events.map(eventOf), answer: 'not answered yet'};
  entries.unshift(entry);
  entries.splice(MOST_ENTRIES);
  entry.answer = await answering.then(answerOf).catch(() => 'not reached: it is kept and sent again');
};

/** Lines of a content security policy that lack, as the browser reports them: what was asked of the page's own place is 'self'. */
const forbidden = new Set();

const noteForbidden = (directive, address) => {
  const {origin} = new URL(address, location.href);
  forbidden.add(directive.replace('-elem', '') + ' ' + (origin === location.origin ? "'self'" : origin));
};

const watchPolicy = () => {
  listen('securitypolicyviolation', (event) => noteForbidden(event.effectiveDirective, event.blockedURI));
  // What was forbidden before this file was there; not every browser keeps it.
  const note = (reports) => reports.forEach(({body}) => noteForbidden(body.effectiveDirective, body.blockedURL));
  if (window.ReportingObserver) new ReportingObserver(safely(note), {types: ['csp-violation'], buffered: true}).observe();
};

const watch = () => {
  watchPolicy();
  window.fetch = (...given) => {
    const answering = original.apply(window, given);
    noteRequest(given, answering).catch(() => {}); // a request of the shop's own
    return answering;
  };
};

const visitorNow = () => (core.recall('who') || {}).v;

/** Nobody else's: this browser may have been another shopper's until just now. */
const entriesNow = () => entries.filter((entry) => entry.visitor === visitorNow());

/** What left before this file was there: its answer is known by what waits no more. */
const sentBefore = () => {
  const waiting = (core.recall('outbox') || []).map((event) => event.i);
  const answer = (id) => (waiting.includes(id) ? 'not answered yet' : 'sent before this panel was open');
  return core.reported
    .filter((event) => event.u === visitorNow() && event.a < openedAt && !watched.has(event.i))
    .map((event) => eventOf(event) + ' → ' + answer(event.i))
    .reverse();
};
const openedAt = Date.now();
