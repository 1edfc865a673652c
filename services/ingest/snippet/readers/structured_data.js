/**
 * Fills what a line of a cart lacks by what product pages say of themselves: JSON-LD, microdata, Open Graph. What a page
 * describes is kept, for the cart is shown on another one.
 */
const MOST_GOODS = 40;
const DRAWN = 300; // milliseconds that what was read of a page counts
const MOST_CHARACTERS = 2e5; // of a page's JSON-LD
const NESTED = ['@graph', 'mainEntity', 'itemListElement', 'item'];
const IDS = ['sku', 'productID', 'mpn', 'gtin', 'gtin13', 'gtin12', 'gtin8', 'identifier'];
let onPage = [];
let goods = []; // of this page and of earlier ones
let described = {at: 0}; // which page, and when

const firstOf = (value) => (Array.isArray(value) ? value[0] : value) || {};

const addressOf = (value) => {
  const one = firstOf(value);
  const text = textOf(one) || anyOf(one, 'url', 'contentUrl', '@id');
  return text && new URL(text, location.href).href;
};

const nodesIn = (value, depth) => {
  if (Array.isArray(value)) return value.slice(0, 100).flatMap((each) => nodesIn(each, depth + 1));
  if (!value || typeof value !== 'object' || depth > 6) return [];
  return [value, ...NESTED.flatMap((name) => nodesIn(value[name], depth + 1))];
};

const isProduct = (node) => [].concat(node['@type']).some((type) => /Product(Group|Model)?$/.test(type));

/** ``mpn:925872`` is 925872. */
const idsOf = (node, offer) =>
  [...IDS.map((name) => textOf(node[name])), textOf(offer.sku)].filter((id) => id).map((id) => id.replace(/^[a-z]\w*:/, ''));

const toGood = (node) => {
  const offer = firstOf(node.offers);
  return {
    ids: idsOf(node, offer),
    name: textOf(node.name),
    price: anyOf(offer, 'price', 'lowPrice') || anyOf(firstOf(offer.priceSpecification), 'price'),
    url: addressOf(node.url || offer.url),
    image: addressOf(node.image),
  };
};

const jsonLd = () => {
  let room = MOST_CHARACTERS;
  return [...document.querySelectorAll('script[type="application/ld+json"]')]
    .map((script) => script.textContent)
    .filter((text) => (room -= text.length) >= 0)
    .flatMap((text) => safely(() => nodesIn(JSON.parse(text), 0))() || [])
    .filter(isProduct);
};

/** A property of this thing itself, and not of its brand or its reviews. */
const property = (scope, name) => {
  const found = [...scope.querySelectorAll('[itemprop~="' + name + '"]')];
  const own = found.find((each) => each.parentElement.closest('[itemscope]') === scope) || (/price|sku/.test(name) && found[0]);
  return own ? own.content || own.href || own.src || own.textContent.trim() : undefined;
};

const microdata = () =>
  [...document.querySelectorAll('[itemscope][itemtype$="schema.org/Product"]')].slice(0, 20).map((scope) => ({
    sku: property(scope, 'sku'), productID: property(scope, 'productID'), mpn: property(scope, 'mpn'),
    name: property(scope, 'name'), url: property(scope, 'url'), image: property(scope, 'image'),
    offers: {price: property(scope, 'price')},
  }));

const openGraph = () => {
  const meta = (name) => (document.querySelector('meta[property="' + name + '"]') || {}).content;
  const [price, id] = [meta('product:price:amount') || meta('og:price:amount'), meta('product:retailer_item_id')];
  if (!price && !id && !/^product/.test(meta('og:type'))) return [];
  return [{sku: id, name: meta('og:title'), url: meta('og:url'), image: meta('og:image'), offers: {price: price}}];
};

/** A thing in several sizes is its sizes, each with what it does not say itself. */
const variantsOf = (node) => [].concat(node.hasVariant || {}).slice(0, MOST_GOODS).map((variant) => ({...node, ...variant}));

/** Its address names it: its only heading is what it is called, where the page says nothing else of itself. */
const headed = (id) => {
  const headings = document.querySelectorAll('h1');
  const names = decodeURIComponent(location.pathname + location.search + location.hash).split(/[/?#&=!.]/);
  return id && headings.length === 1 && names.includes(id) && {name: headings[0].textContent.replace(/\s+/g, ' ').trim(), url: location.href};
};

/** Reads the page, and again where a shop has changed it since: one that changes pages without loading them draws them late. */
const describe = () => {
  if ((described.page === location.href && Date.now() - described.at < DRAWN) || document.readyState === 'loading') return;
  described = {page: location.href, at: Date.now()};
  const found = [jsonLd, microdata, openGraph].map((part) => part().filter((node) => node.name));
  const things = found.find((nodes) => nodes.length) || [];
  onPage = things.flatMap(variantsOf).slice(0, MOST_GOODS).map(safely(toGood)).filter((good) => good);
  if (things.length === 1) onPage.forEach((good) => (good.url = good.url || location.href));
  const ids = onPage.flatMap((good) => good.ids);
  const others = (core.recall('goods') || []).filter((good) => !good.ids.some((id) => ids.includes(id)));
  goods = [...onPage, ...others].slice(0, MOST_GOODS);
  if (ids.length) core.keep('goods', goods);
};

/** The line with what is known of it; ``isOfPage``: it was put in on a page that may describe nothing else. */
const filled = (line, isOfPage) => {
  if (line.productName && line.productPrice && line.productURL && line.productImageURL) return line;
  describe();
  const good = goods.find((each) => each.ids.includes(line.productID)) ||
    goods.find((each) => each.name === line.productName) ||
    (isOfPage && !line.productName && (onPage.length === 1 ? onPage[0] : !onPage.length && headed(line.productID)));
  return good
    ? {
      ...line,
      productName: line.productName || good.name,
      productPrice: line.productPrice || good.price,
      productURL: line.productURL || good.url,
      productImageURL: line.productImageURL || good.image,
    }
    : line;
};

readers.push({
  name: 'structured data',
  rank: 0,
  start: () =>
    whenReady(() => {
      describe();
      offerAgain();
    }),
});
