/**
 * Decides whose word on the cart counts: the shop's own commands, then its platform, then its data layer, then what its merchant
 * pointed at. A reader does not count once one of a higher rank has read lines in this visit, so two readers never make two carts.
 */
const PLATFORM = 3;
const DATA_LAYER = 2;
const POINTING = 1;
const VISIT = 18e5;
const DAY = 864e5;
const ROOM = 13e3; // characters of a cart's lines: an event holds 16 KiB
const readers = [];
const askedForAt = Date.now() - performance.now();
let offered; // the last cart that was offered on this page
let heardAt; // and when

/** The shop itself reported what now lies in the cart. */
const isReportedByShop = () => {
  const cart = core.currentCart();
  return (cart.items || []).length && !cart.reader && Date.now() - (core.recall('cart') || {v: Date.now()}).v < DAY;
};

/**
 * A page that loads unseen, behind another tab, shows what was in the cart when it was asked for; what another page has read since
 * is newer. An emptied cart counts as read, and leaves the rank to whoever last read lines.
 */
const isHeard = (reader, isFull) => {
  const heard = core.recall('heard') || {rank: 0, at: 0};
  const isLate = document.hidden && heard.at > askedForAt && heard.at !== heardAt;
  if (isReportedByShop() || isLate || (heard.rank > reader.rank && Date.now() - heard.at < VISIT)) return false;
  heardAt = Date.now();
  core.keep('heard', {rank: isFull ? reader.rank : Math.min(heard.rank, reader.rank), at: heardAt});
  return true;
};

/** Takes a whole cart in the shape of ``setCart``; an emptied one has no items. */
const offerOf = (reader) =>
  partOf(reader.name, (cart) => {
    if (!isHeard(reader, cart.items.length)) return;
    offered = {...cart, reader: reader.name};
    readOffered();
  });

const readOffered = () =>
  core.readCart({...offered, items: fitting(offered.items.slice(0, 100).map((line) => filled(line)))}, offered.reader);

/** Lines that would not fit into an event go without what they can be without. Signs of other alphabets count as six. */
const fitting = (items) =>
  ['productImageURL', 'productURL', 'productName'].reduce((lines, field) => {
    const length = JSON.stringify(lines).replace(/[^ -~]/g, '\\u0000').length;
    return length > ROOM ? lines.map((line) => ({...line, [field]: undefined})) : lines;
  }, items);

/** When more is known of the goods than when it was offered, unless the shop has reported another since. */
const offerAgain = () => {
  if (offered && core.currentCart().reader === offered.reader) readOffered();
};

const startReaders = () =>
  readers.forEach((reader) => partOf(reader.name, () => reader.start(offerOf(reader)))());
