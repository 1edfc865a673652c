/**
 * Reads the cart where its merchant pointed, on that page alone, and anew when it changes. An emptied one is believed once the
 * page has been at rest: a page that draws its lines by itself begins without any. Loaded for shops whose merchant pointed.
 */
const RESTS = 1e3;
const DRAWS = 300;
const RECENT = 1e4;

/** Whether the cart is but a part of what this address shows: a drawer that is closed has no lines either. */
const showsMore = () =>
  (location.pathname === '/' || /^#!?\//.test(location.hash)) && !config.parameters.some((each) => /^fragment=/.test(each));

/** Drawers that say that they are one: an open one without lines is empty, whatever emptied it. */
const DRAWER = 'dialog,[role="dialog"],[aria-modal="true"]';
const PRICE = /[1-9][\d.,]{0,12}[.,]\d\d/;

/** Not one of the same kind that shows something for sale, or asks for something. */
const isEmptied = (drawer) => {
  const text = drawer.getClientRects().length && shownText(drawer);
  return text && !PRICE.test(text) && !drawer.querySelector('input:not([type=hidden])');
};

/** An open drawer of the kind that the lines were in. */
const isOpen = (kind) => !!kind && [...document.querySelectorAll(kind)].some(isEmptied);

const kindOf = (drawer) =>
  drawer && drawer.localName + ['id', 'role', 'class'].map((name) => markOf(name, drawer.getAttribute(name))).join('');

const markOf = (name, value) => (value ? '[' + name + '=' + JSON.stringify(value) + ']' : '');

const watchCart = (core, {part, onAct, whenReady, offer}) => {
  let timer;
  let offered;
  let wasEmpty;
  let drawer = core.recall('drawer'); // what kind the lines were in
  let actedAt = 0; // in a line, and nowhere else since
  let changedAt = 0; // a line's field, which happens as something else is clicked
  // A page out of a cache shows what once was, until it has asked the shop again.
  let isOld = (performance.getEntriesByType('navigation')[0] || {}).type === 'back_forward';

  const read = part(() => {
    timer = 0;
    if (isOld || !isPointedPage(config)) return;
    const found = readPointed(config);
    const [line] = found.items.length ? pointedLines(config) : [];
    if (line) core.keep('drawer', (drawer = kindOf(line.closest(DRAWER))));
    const isShown = !showsMore() || Date.now() - actedAt < RECENT || findOne(document, config.total) || isOpen(drawer);
    const isBelieved = found.items.length || (isShown && wasEmpty && document.readyState === 'complete');
    wasEmpty = !found.items.length;
    if (!isBelieved) return isShown ? readSoon(RESTS) : undefined;
    const text = JSON.stringify(found);
    if (text !== offered) offer(found);
    offered = text;
  });

  /** Not put off by further changes: a page may never stop to change. */
  const readSoon = (delay) => {
    if (!timer) timer = setTimeout(read, delay);
  };

  whenReady(() => {
    read();
    new MutationObserver(() => readSoon(DRAWS)).observe(document.body, {childList: true, subtree: true, characterData: true});
  });
  ['change', 'click'].forEach((name) =>
    listen(name, ({target}) => {
      const link = target.closest('a[href]');
      const leadsOn = link && !/^(#?$|javascript:)/.test(link.getAttribute('href'));
      if (!leadsOn && pointedLines(config).some((line) => line.contains(target))) {
        actedAt = Date.now();
        if (name === 'change') changedAt = actedAt;
      } else if (Date.now() - changedAt > DRAWS) actedAt = 0;
    })
  );
  listen('keydown', ({key}) => {
    if (key === 'Escape') actedAt = 0; // closes a drawer, too
  });
  onAct(/./, () => {
    isOld = false;
    readSoon(DRAWS);
  });
  listen('pageshow', (event) => (isOld = isOld || event.persisted));
};

_beckon.push((core) => {
  if (!core.forPointing) return;
  core.pointedField = (part) => findOne(document, config[part]);
  if (config.line.length) core.forPointing.part(() => watchCart(core, core.forPointing))();
});
