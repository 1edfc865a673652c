/** Reads a page where its merchant pointed: by the first alternative that finds something, and as text alone. */
const LONGEST = 256;

/** A way down begins below its line: without that, what stands around the line, and the line itself, would count as steps. */
const foundBy = (root, selector) => {
  const below = root !== document && selector.includes(' > ') ? root.querySelectorAll(':scope > ' + selector) : [];
  return below.length ? below : root.querySelectorAll(selector);
};

const findAll = (root, alternatives) => {
  for (const selector of alternatives || []) {
    const found = foundBy(root, selector);
    if (found.length) return Array.from(found);
  }
  return [];
};

const findOne = (root, alternatives) => findAll(root, alternatives)[0];

const shownText = (element) => (element ? element.textContent.replace(/\s+/g, ' ').trim().slice(0, LONGEST) : '');

/** The text without what is struck through: what something cost before. */
const textNow = (node) => {
  if (node.nodeType !== 1) return node.nodeType === 3 ? node.data : '';
  return /line-through/.test(getComputedStyle(node).textDecorationLine) ? '' : [...node.childNodes].map(textNow).join('');
};

const AMOUNT = /([$£¥€₹₽₩₺₴]\s?)?\d[\d.,']{0,12}[.,]\d\d(?!\d)(\s?[$£¥€₹₽₩₺₴])?/g;

/** A price. Where there are several, as of a case and of a bottle in it, the first. */
const shownPrice = (element) => {
  const text = element ? textNow(element).replace(/\s+/g, ' ').trim().slice(0, LONGEST) : '';
  const amounts = text.match(AMOUNT) || [];
  return (amounts.length > 1 && amounts[0]) || text || shownText(element);
};

/** How many: of a field its value, if that is a small number. A field that holds anything else is none of our business. */
const shownQuantity = (element) => {
  if (!element || !/^(input|select)$/i.test(element.tagName)) return shownText(element);
  const value = /^(number|text|tel|hidden|select-one)$/.test(element.type) ? element.value.trim() : '';
  return /^\d{1,5}([.,]\d{1,4})?$/.test(value) ? value : '';
};

const IN_LINE = ['title', 'price', 'quantity'];

/** A heading or a recommendation may stand among lines, or look like one: a line has a title and all else that was pointed at. */
const isLine = (pointing) => (element) =>
  shownText(findOne(element, pointing.title)) &&
  IN_LINE.every((part) => !(pointing[part] || []).length || findOne(element, pointing[part]));

/** Each alternative is tried, for one may know only some of the lines: the one that finds most counts. */
const pointedLines = (pointing) =>
  (pointing.line || [])
    .map((selector) => findAll(document, [selector]).filter(isLine(pointing)))
    .reduce((most, lines) => (lines.length > most.length ? lines : most), []);

/** The product's own page, where the title or the picture leads there: any other link of a line may do something to it. */
const linkOf = (line, title) => {
  const picture = line.querySelector('a img');
  const link = title.closest('a') || title.querySelector('a') || (picture && picture.closest('a'));
  return link && line.contains(link) ? link.href : undefined;
};

const toItem = (pointing, line) => {
  const title = findOne(line, pointing.title);
  const picture = line.querySelector('img');
  return {
    productName: shownText(title),
    quantity: shownQuantity(findOne(line, pointing.quantity)) || undefined,
    productPrice: shownPrice(findOne(line, pointing.price)) || undefined,
    productURL: linkOf(line, title),
    productImageURL: picture ? picture.src : undefined,
  };
};

const readPointed = (pointing) => ({
  items: pointedLines(pointing).slice(0, 100).map((line) => toItem(pointing, line)),
  total: shownText(findOne(document, pointing.total)) || undefined,
  returnURL: pointedAddress(pointing),
});

/** The cart's page as it was pointed at: with the parameters that name it. */
const pointedAddress = ({parameters}) => {
  const isFragment = (each) => /^fragment=/.test(each);
  const query = (parameters || []).filter((each) => !isFragment(each)).join('&');
  return location.pathname + (query && '?' + query) + ((parameters || []).some(isFragment) ? location.hash : '');
};

/** Shops of one page name the page in the fragment: ``#/cart``. */
const parametersNow = () =>
  location.search.slice(1).split('&').concat('fragment=' + location.hash.replace(/^#!?\/?/, '')).map(decodeURIComponent);

/** The cart's own page: another may look like it and show anything. */
const isPointedPage = ({path, parameters}) => {
  const bare = (address) => address.replace(/\/$/, '');
  return !!path && bare(path) === bare(location.pathname) && parameters.every((each) => parametersNow().includes(each));
};
