/**
 * Three tabs of one browser as frames of one page, with the snippet's core in each: their clock, their chance and their network are
 * ours, their storage is the browser's own. ``runTabs(core, seed, plan)`` returns what a server would receive, and what the shop last showed.
 */
const TABS = 3;
const PAUSES = [3, 30, 120, 200, 260, 400, 1500, 9000]; // milliseconds

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
const numbersFrom = (seed) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};

/** Time that passes as far as it is asked to, from one thing that is due to the next. */
class Time {
  constructor(now) {
    this.now = now;
    this.due = [];
    this.number = 0;
  }

  after(delay, act) {
    const entry = {at: this.now + Math.max(delay || 0, 0), number: ++this.number, act};
    this.due.push(entry);
    return entry.number;
  }

  cancel(number) {
    this.due = this.due.filter((entry) => entry.number !== number);
  }

  /** Until nothing is due within so many milliseconds. */
  async pass(milliseconds) {
    const end = this.now + milliseconds;
    for (;;) {
      const next = this.due.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at || a.number - b.number)[0];
      if (!next) break;
      this.cancel(next.number);
      this.now = Math.max(this.now, next.at);
      next.act();
      await settled();
    }
    this.now = end;
  }
}

/** What promises have to do at once is done. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await null;
};

/** Loses what is sent, or its answer, or answers with an error, or late; all arrives once it is mended. */
class Network {
  constructor(time, random) {
    Object.assign(this, {time, random, arrived: [], mended: false, beaconsFail: false});
  }

  fetch(body) {
    const [fate, out, back] = [this.mended ? 0 : this.random(), 5 + this.random() * 400, 5 + this.random() * 400];
    const delay = fate > 0.9 ? 6000 : out;
    return new Promise((resolve, reject) => {
      if (fate < 0.85 || fate > 0.9) this.time.after(delay, () => this.arrived.push(body));
      const status = fate > 0.55 && fate < 0.7 ? 503 : 204;
      const isLost = fate > 0.7 && fate < 0.9;
      this.time.after(delay + back, () => (isLost ? reject(TypeError('lost')) : resolve({status})));
    });
  }

  beacon(body) {
    if (this.mended || this.random() < 0.8) this.time.after(5 + this.random() * 400, () => this.arrived.push(body));
    return true;
  }
}

/** A frame whose page may be loaded anew, hidden, and ended between any two of its writes. */
class Tab {
  constructor(time, network, random) {
    Object.assign(this, {time, network, random, hidden: false, alive: false, writesLeft: Infinity, page: 0});
    this.frame = document.body.appendChild(document.createElement('iframe'));
    const view = (this.view = this.frame.contentWindow);
    view.Math.random = random;
    view.Date.now = () => Math.floor(time.now);
    const {setItem} = view.Storage.prototype;
    view.Storage.prototype.setItem = (name, value) => this.writes() && setItem.call(view.localStorage, name, value);
    view.clearTimeout = (number) => time.cancel(number);
    view.navigator.sendBeacon = (_, body) => this.alive && network.beacon(body);
  }

  /** Whether a write still takes place; with the last one the page has come to its end. */
  writes() {
    const takesPlace = this.alive;
    if (--this.writesLeft <= 0) this.alive = false;
    return takesPlace;
  }

  loads(core) {
    const {view} = this;
    view.document.open();
    view.document.write('<!doctype html><head></head><body></body>');
    view.document.close();
    view.document.head.append = () => {}; // the core alone
    Object.defineProperty(view.document, 'hidden', {configurable: true, get: () => this.hidden});
    Object.defineProperty(view.document, 'readyState', {configurable: true, get: () => 'complete'});
    const {get, set} = Object.getOwnPropertyDescriptor(view.Document.prototype, 'cookie');
    const setCookie = (value) => this.writes() && set.call(view.document, value);
    Object.defineProperty(view.document, 'cookie', {configurable: true, get: () => get.call(view.document), set: setCookie});
    const page = ++this.page;
    const here = () => this.alive && page === this.page;
    // Browsers let the timers of a hidden page wait.
    view.setTimeout = (act, delay) => this.time.after((delay || 0) + (this.hidden ? this.random() * 1000 : 0), () => here() && act());
    view.fetch = (_, {body}) => (here() ? this.network.fetch(body) : new Promise(() => {})).finally(() => here() || new Promise(() => {}));
    Object.assign(this, {alive: true, writesLeft: Infinity});
    delete view._beckon;
    view.eval(core);
  }

  shows(isShown) {
    if (this.hidden !== isShown) return;
    this.hidden = !isShown;
    if (this.alive) this.view.document.dispatchEvent(new this.view.Event('visibilitychange'));
  }

  /** As a link is followed; ``cut`` is how many writes the browser still grants. */
  leaves(cut) {
    this.writesLeft = cut;
    this.view.dispatchEvent(new this.view.Event('pagehide'));
    this.alive = false;
  }

  push(command) {
    this.view._beckon.push(JSON.parse(JSON.stringify(command)));
  }

  lines() {
    let cart;
    this.view._beckon.push((core) => (cart = core.currentCart()));
    return linesOf(cart.items || []);
  }
}

const linesOf = (items) => items.map((item) => item.productID + ' ' + item.quantity).sort();

/** What a shopper does next, as the shop's page reports it, and what is then in the cart. */
const nextChange = (items, number, random) => {
  const choice = random();
  const item = {productID: 'W-' + Math.floor(random() * 4), quantity: number, productPrice: '64.95'};
  const others = items.filter((other) => other.productID !== item.productID);
  if (choice < 0.55) return [['setCart', {items: others.slice(0, 2).concat(item)}], others.slice(0, 2).concat(item)];
  if (choice < 0.8) return [['setCartItem', item], others.concat(item)];
  if (choice < 0.9) return [['removeCartItem', item.productID], others];
  return [['clearCart'], []];
};

const runTabs = async (core, seed, {start, ends, steps}) => {
  document.querySelectorAll('iframe').forEach((frame) => frame.remove());
  localStorage.clear();
  document.cookie.split(';').forEach((each) => (document.cookie = each.split('=')[0] + '=;path=/;max-age=0'));
  const random = numbersFrom(seed);
  const time = new Time(start);
  const network = new Network(time, random);
  const tabs = [...Array(TABS)].map(() => new Tab(time, network, random));
  const areWindows = random() < 0.5; // side by side, each of them shown
  const emails = [];
  let pages = TABS;
  let items = [];
  tabs.forEach((tab) => tab.loads(core));
  for (let step = 1; step <= steps; step++) {
    await time.pass(PAUSES[Math.floor(random() * PAUSES.length)] * (0.5 + random()));
    const tab = tabs[Math.floor(random() * TABS)];
    if (!areWindows) tabs.forEach((each) => each.shows(each === tab));
    if (random() < 0.15) {
      tab.leaves(ends ? Math.floor(random() * 8) : Infinity);
      tab.loads(core);
      pages++;
    }
    if (random() < 0.15) {
      emails.push('anna' + step + '@shop.example');
      tab.push(['setEmail', emails[emails.length - 1]]);
    }
    const [command, after] = nextChange(items, step, random);
    if (ends && random() < 0.2) tab.writesLeft = 1 + Math.floor(random() * 8);
    tab.push(command);
    await settled();
    if (tab.alive) items = after;
    else {
      // The page was ended within the command, or with what followed: it happened, or it never did.
      tab.loads(core);
      pages++;
      const now = tab.lines().join();
      if (now === linesOf(after).join()) items = after;
      else if (now !== linesOf(items).join()) return {seed, torn: now};
    }
    tab.writesLeft = Infinity;
  }
  network.mended = true;
  await time.pass(120000);
  tabs[0].loads(core); // the next visit
  await time.pass(120000);
  const waiting = Object.keys(localStorage).filter((name) => name.endsWith('outbox') && localStorage[name] !== '[]').length;
  return {seed, bodies: network.arrived, lines: linesOf(items), shown: tabs.map((tab) => tab.lines()), emails, pages: pages + 1, waiting};
};
