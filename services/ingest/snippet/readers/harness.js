/** What every reader of a page works with: the core, fetches of the shop's own data, and the news that a cart may have changed. */
let core = {};
_beckon.push((commands) => (core = commands));

const spent = (core.spent = {}); // milliseconds, by reader: the shop's page gives all of them together 50
let running = '';
let failed;

/**
 * A part of a reader: what it throws is reported, once a page, and reaches nobody else. Callbacks that it registers while it
 * runs are its own parts.
 */
const partOf = (name, behaviour) => (...given) => {
  const [began, outer] = [performance.now(), running];
  const fail = (error) => {
    if (!failed) core.report('reader.failed', {reader: name, error: (error || 0).name});
    failed = true;
  };
  running = name;
  try {
    const result = behaviour(...given);
    return result && result.catch ? result.catch(fail) : result;
  } catch (error) {
    fail(error);
  } finally {
    running = outer;
    if (outer !== name) spent[name] = (spent[name] || 0) + performance.now() - began;
  }
};

const MOST_FETCHES = 60; // a page
const LARGEST_ANSWER = 1e6; // bytes
const asked = {}; // what we asked for ourselves, so that it is no act of the shop
let fetches = 0;
let queue = Promise.resolve();

/** Text of the shop's own origin, one request at a time; null on any failure. */
const fetchText = (path, type) => (queue = queue.then(() => requested(new URL(path, location.href), type)).catch(() => null));

/** The same as JSON. */
const fetchJson = (path) => fetchText(path).then(JSON.parse).catch(() => null);

/** Not by fetch, which more pages replace, and not all by one that answers as it should. */
const requested = (address, type) =>
  new Promise((resolve) => {
    if (address.origin !== location.origin || ++fetches > MOST_FETCHES) return resolve(null);
    const request = new XMLHttpRequest();
    const timer = setTimeout(() => request.abort(), 1e4);
    asked[address.href] = (asked[address.href] || 0) + 1;
    request.open('GET', address.href);
    // A whole page is parsed by it, also where Trusted Types forbid to, and whatever the shop calls its kind.
    request.responseType = type || 'text';
    if (type) request.overrideMimeType('text/html');
    request.setRequestHeader('accept', 'application/json, */*;q=0.1');
    request.setRequestHeader('cache-control', 'no-cache'); // also where the page itself came out of the cache
    request.onprogress = ({loaded}) => loaded > LARGEST_ANSWER && request.abort();
    request.onloadend = () => {
      clearTimeout(timer);
      resolve(/^2/.test(request.status) ? request.response : null);
    };
    request.send();
  });

/** Calls back 300 ms after the last request of the page, or form, that went to an address like this: the cart may have changed. */
const onAct = (pattern, callback) => {
  const part = partOf(running, callback);
  let timer;
  const note = safely((address) => {
    if (new URL(address, location.href).origin !== location.origin || !pattern.test(address)) return;
    clearTimeout(timer);
    timer = setTimeout(part, 300);
  });
  noticed.push(note);
  // Out of the back/forward cache: another page may have changed the cart.
  listen('pageshow', (event) => event.persisted && part());
};

const noticed = [];

/** By what the browser itself counts, so that no function of the page has to be replaced. */
const noteRequest = ({name, initiatorType}) => {
  if (!/fetch|xmlhttp|beacon/.test(initiatorType)) return;
  if (asked[name]) asked[name]--;
  else noticed.forEach((note) => note(name));
};

const watchRequests = () => {
  new PerformanceObserver((list) => list.getEntries().forEach(safely(noteRequest))).observe({type: 'resource'});
  listen('submit', (event) => noticed.forEach((note) => note(event.target.action)));
};

/** ``reload``, or ``back_forward``: the page may have come out of the browser's cache, and shows what once was. */
const shownBy = (performance.getEntriesByType('navigation')[0] || {}).type;
const isOutOfCache = shownBy === 'back_forward';

/** Whether the shopper has clicked or typed on this page. */
const hasActed = () => (navigator.userActivation || {hasBeenActive: document.readyState === 'complete'}).hasBeenActive;

/** At once, or when the document is complete enough to be read. */
const whenReady = (behaviour) => {
  const part = partOf(running, behaviour);
  if (document.readyState === 'loading') listen('DOMContentLoaded', () => part());
  else part();
};

/**
 * The lines of a list, or of an object as PHP makes one of a list with gaps. A line that cannot be read costs itself alone. Throws
 * where none can be read, for a cart without lines would be an emptied one.
 */
const linesFrom = (list, toLine) => {
  const all = listOf(list);
  const lines = all.map(safely(toLine)).filter((line) => line && (line.productID || line.productName));
  if (all.length && !lines.length) throw TypeError();
  return lines;
};

/** An amount as people write it: ``decimal(12990, 2)`` is 129.90; undefined where there is none. */
const decimal = (minorUnits, digits) => {
  const amount = parseFloat(minorUnits) / 10 ** digits;
  return isFinite(amount) ? amount.toFixed(digits) : undefined;
};

/** Who is logged in, as far as the platform itself shows it. */
const person = ({email, phone, customerID}) => {
  if (email) core.setEmail(email);
  if (phone) core.setPhone(phone, {consent: {}});
  if (customerID) core.identify({customerID: customerID, email: core.said.email});
};

/** A purchase that the platform itself shows, once a browser: a confirmation that is shown again silences no later cart. */
const order = (bought) => {
  const known = core.recall('orders') || [];
  const id = String(bought.orderID || '');
  if (!id || known.includes(id)) return;
  core.keep('orders', known.concat(id).slice(-20));
  core.setOrder(bought);
};
