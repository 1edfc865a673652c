/**
 * Reads the cart where its merchant pointed, on that page alone, and anew when it changes. An emptied one is believed once the
 * page has been at rest: a page that draws its lines by itself begins without any. Loaded for shops whose merchant pointed.
 */
const RESTS = 1e3;
const DRAWS = 300;

const watchCart = ({part, onAct, whenReady, offer}) => {
  let timer;
  let offered;
  let wasEmpty;
  // A page out of a cache shows what once was, until it has asked the shop again.
  let isOld = (performance.getEntriesByType('navigation')[0] || {}).type === 'back_forward';

  const read = part(() => {
    timer = 0;
    if (isOld || !isPointedPage(config)) return;
    const found = readPointed(config);
    const isBelieved = found.items.length || (wasEmpty && document.readyState === 'complete');
    wasEmpty = !found.items.length;
    if (!isBelieved) return readSoon(RESTS);
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
  onAct(/./, () => {
    isOld = false;
    readSoon(DRAWS);
  });
  listen('pageshow', (event) => (isOld = isOld || event.persisted));
};

_beckon.push((core) => {
  if (!core.forPointing) return;
  core.pointedField = (part) => findOne(document, config[part]);
  if (config.line.length) core.forPointing.part(() => watchCart(core.forPointing))();
});
