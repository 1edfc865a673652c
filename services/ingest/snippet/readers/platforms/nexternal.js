/**
 * Reads Nexternal's cart page, ``invoice.aspx``: shown, or fetched where another page may have changed the cart. Only that
 * page's name and ``cartcontents.js`` with the number of things in the cart are documented, so the page is read by what every
 * cart page has: a field for the quantity, near it a link and amounts, and a total below.
 */
const CART_PAGE = /\/invoice\.aspx$/i;
const QUANTITY = /\bqty|quant/i;
const AMOUNT = /(?:^|[^\w.,-])(\d[\d.,]*[.,]\d\d|[$€£¥]\s?\d[\d.,]*)(?!\d)/;
const EMPTY = /\b(is|currently|now)( currently)? empty\b|\b(no|0) \w{1,20} in (your|the|this) (shopping )?(cart|basket|bag)\b/i;
const ADDS = /\badd\b(?!.*\b(wish ?list|list|registry|favou?rites|note|message|gift|protection|warranty)\b)/i;
const ADDS_TO_CART = /\b(add|move) (\w+ ){0,3}(cart|bag|basket)\b/i;
const NO_TOTAL = /\btotal (saving|discount|tax|weight|point|shipping|item|qty|quantity)|\b(saving|discount|tax|weight|point)s? total/i;
const OTHER_PAGE =
  /\b(remove|delete|edit|update|wishlist|checkout)\b|(invoice|account|logout)\.aspx|^(javascript|mailto|tel|#)/i;

const textIn = (element) => element.textContent.replace(/\s+/g, ' ').trim();

/** Shown texts of an element, piece by piece: ``2`` and ``$64.95`` in two cells are not ``2$64.95``. */
const piecesOf = (element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const pieces = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest('script, style, option, template, s, strike, del')) pieces.push(walker.currentNode.data.trim());
  }
  return pieces.filter((piece) => piece);
};

const hundredthsOf = (text) => Math.round(amountOf(text) * 100);

const amountsIn = (element) =>
  piecesOf(element).map((piece) => (AMOUNT.exec(piece) || [])[1]).filter((text) => text).map(hundredthsOf);

const isQuantity = (field) => {
  const labels = [...(field.labels || [])].map((label) => label.textContent);
  const hints = [field.name, field.id, field.className, field.getAttribute('aria-label'), field.title, ...labels];
  return /^(text|number|tel|select-one)$/.test(field.type) && QUANTITY.test(hints.join(' '));
};

/** An address as a page has it, which may be none. */
const addressIn = safely((text, page) => new URL(text, page));

/** Where links lead to goods: on the shop's own pages, and with something to read. */
const goodsIn = (element, page) =>
  [...element.querySelectorAll('a[href]')]
    .filter((link) => !OTHER_PAGE.test(link.getAttribute('href')))
    .map((link) => ({name: textIn(link), address: addressIn(link.getAttribute('href'), page)}))
    .filter(({address}) => address && address.origin === page.origin);

/** The smallest part around a quantity with a link to its goods; none where it has another line too, or adds to a cart. */
const rowOf = (field, fields, page) => {
  for (let row = field.parentElement; row; row = row.parentElement) {
    if (fields.some((other) => other !== field && row.contains(other))) return;
    if (goodsIn(row, page).some((good) => good.name)) {
      const shows = (selector, pattern) =>
        [...row.querySelectorAll(selector)].some((each) => pattern.test(each.textContent + ' ' + (each.value || each.alt || '')));
      return shows('button, input[type=submit], input[type=image]', ADDS) || shows('a, input[type=button]', ADDS_TO_CART)
        ? undefined
        : row;
    }
  }
};

/** By the address's own identifier, a product's before any other, else by the whole path. What else is in its query ingest drops. */
const goodAt = (address) => {
  const named = (names) => [...address.searchParams].find(([name, value]) => names.test(name) && value);
  const id = named(/^(prod|item|sku|art)/i) || named(/^(?!(s|c|cat|category|sess|user|cust)\w*id$).*(id|no)$/i);
  return {productID: id ? id[1] : address.pathname, productURL: address.pathname + (id ? address.search : '')};
};

const lineOf = (field, fields, page) => {
  const row = rowOf(field, fields, page);
  const quantity = parseInt(field.value, 10);
  if (!row || !(quantity > 0)) return;
  const goods = goodsIn(row, page);
  const {address, name} = goods.reduce((best, good) => (good.name.length > best.name.length ? good : best));
  const image = row.querySelector('img[src]');
  const amounts = amountsIn(row);
  return {
    ...goodAt(address),
    productName: name,
    productImageURL: ((image && addressIn(image.getAttribute('src'), page)) || {}).href,
    quantity: quantity,
    // Either both stand there, or one of which the total shows whose it is.
    price: amounts.find((each) => amounts.some((other) => quantity > 1 && each * quantity === other)),
    amount: amounts[amounts.length - 1],
    row: row,
    kind: (field.name.match(/[a-z]+/gi) || []).find((word) => /qty|quant/i.test(word)) || '',
    list: row.closest('table, ul, ol, dl, section, fieldset'),
  };
};

/** Amounts that stand beside "Total" outside of the lines, the cart's own total last; a subtotal where there is none. */
const LONGEST_TOTAL = 1000; // of what stands around it, so that a long page costs no more than a short one
const totalsIn = (root, lines) => {
  const isOfLine = (element) => lines.some(({row}) => row.contains(element) || element.contains(row));
  const labelled = [...root.querySelectorAll('*')]
    .filter((element) => element.textContent.length < LONGEST_TOTAL)
    .filter((element) => /total/i.test(textIn(element).slice(0, 60)) && !isOfLine(element))
    .filter((element) => amountsIn(element).length);
  const smallest = labelled
    .filter((element) => !labelled.some((other) => other !== element && element.contains(other)))
    .filter((element) => !NO_TOTAL.test(textIn(element)));
  const isSubtotal = (element) => /sub-?\s?total/i.test(textIn(element));
  return smallest.sort((one, other) => isSubtotal(other) - isSubtotal(one)).map((element) => amountsIn(element).pop());
};

const wholeOf = ({price, amount, quantity}) => (price === undefined ? amount : price * quantity);
const eachTimes = ({price, amount, quantity}) => (price === undefined ? amount : price) * quantity;

/**
 * Of lines of several kinds, such as those that a shop recommends below the cart in the same form, those that come to a total that is
 * shown; nothing where none do.
 */
const ofCart = (lines, totals) => {
  const groups = lines.reduce((known, line) => {
    const last = known[known.length - 1];
    if (!last || last[0].kind !== line.kind || last[0].list !== line.list) return [...known, [line]];
    last.push(line);
    return known;
  }, []);
  const fits = (part) => [wholeOf, eachTimes].some((of) => totals.includes(sumOfLines(part, of)));
  for (let length = groups.length; length && groups.length < 50; length--) {
    for (let start = 0; start + length <= groups.length; start++) {
      const part = groups.slice(start, start + length).flat();
      if (fits(part)) return part;
    }
  }
  return lines.every(({kind}) => kind === lines[0].kind) ? lines : undefined;
};

const sumOfLines = (lines, each) => lines.reduce((sum, line) => sum + each(line), 0);

/** The cart that a page shows; nothing where it cannot be read for certain. */
const cartIn = (root, page) => {
  const fields = [...root.querySelectorAll('input, select')].filter(isQuantity);
  const found = fields.map((field) => lineOf(field, fields, page)).filter((line) => line);
  const totals = totalsIn(root, found);
  const total = totals[totals.length - 1];
  // What has a quantity on the page of an empty cart is an offer.
  const isEmpty = !(total > 0) && EMPTY.test(piecesOf(root).join(' '));
  const lines = isEmpty ? [] : ofCart(found, totals);
  // A page without lines may also be one to log in, or that of a shop which is closed for an hour.
  if (!lines || (!lines.length && !isEmpty)) return;
  const distance = (ofLine) => Math.abs(sumOfLines(lines, ofLine) - total);
  const areWhole = distance((line) => line.amount) < distance((line) => line.amount * line.quantity);
  const items = lines.map(({row, kind, list, price, amount, ...line}) => {
    const each = price === undefined && amount !== undefined ? (areWhole ? amount / line.quantity : amount) : price;
    return {...line, productPrice: each === undefined ? undefined : decimal(each, 2)};
  });
  return {items: joined(items), total: total === undefined ? undefined : decimal(total, 2), returnURL: page.pathname};
};

/** One line of what goes to several addresses. */
const joined = (items) =>
  items.reduce((lines, item) => {
    const same = lines.find((line) => line.productID === item.productID);
    if (!same) return [...lines, item];
    same.quantity += item.quantity;
    return lines;
  }, []);

/**
 * What a script sets a variable to, read as data and never run: an object of texts, numbers, truth values, lists and objects.
 * Anything else in it, and it is not read.
 */
const dataIn = (script, variable) => {
  const start = RegExp('(?:^|[\\s;])(?:window\\.)?' + variable + '\\s*=\\s*').exec(script);
  const tokens = (start && script.slice(start.index + start[0].length).match(TOKEN)) || [];
  let depth = 0;
  let json = '';
  for (let at = 0; at < tokens.length && (depth || !json); at++) {
    const [token, next] = [tokens[at], tokens[at + 1]];
    depth += '[{'.includes(token) - ']}'.includes(token);
    if (/["']/.test(token[0])) json += JSON.stringify(token.slice(1, -1).replace(/\\u(\w{4})|\\(.)/g, unescaped));
    else if (next === ':') json += JSON.stringify(token);
    else if (token !== ',' || !']}'.includes(next)) json += token;
  }
  return safely(JSON.parse)(json);
};
const unescaped = (_, code, sign) => (code ? String.fromCharCode(parseInt(code, 16)) : sign);
const TOKEN = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|-?\d+(?:\.\d+)?|[A-Za-z_$][\w$]*|\S/g;

const fieldOf = (data, pattern) => (data || {})[Object.keys(data || {}).find((name) => pattern.test(name))];

readers.push({
  name: 'nexternal',
  rank: PLATFORM,
  start(offer) {
    /** The cart page as this shop links to it; it lies beside the shop's first page. */
    const cartPage = () => {
      const isCart = (place) => CART_PAGE.test(place.pathname) && place.origin === location.origin;
      const link = [location, ...document.querySelectorAll('a[href]')].find(isCart);
      return link && new URL(link.href);
    };

    const readShown = (root, page) => {
      const cart = cartIn(root, page);
      if (cart) offer(cart);
    };

    const fetchCart = async (page) => {
      const shown = await fetchText(page.pathname, 'document');
      if (shown !== null) readShown(shown.body, page);
    };

    /** By the number of things in it, which costs less than the page; where a shop has no such file, by the page itself. */
    const readElsewhere = async () => {
      const page = cartPage();
      if (!page) return;
      const isMissing = Date.now() - core.recall('noContents') < DAY;
      const script = isMissing ? '' : await fetchText(new URL('cartcontents.js', page).pathname);
      if (script === null) core.keep('noContents', Date.now());
      const customer = dataIn(script, 'customerProperties');
      person({email: fieldOf(customer, /e-?mail/i), customerID: fieldOf(customer, /customer(no|number|id)$/i)});
      const quantity = fieldOf(dataIn(script, 'cartProperties'), /^QuantityTotal$/i);
      if (/^0$/.test(quantity)) return offer({items: []});
      const items = core.currentCart().items || [];
      if (quantity === undefined || +quantity !== sumOfLines(items, (item) => +item.quantity)) return fetchCart(page);
    };

    const isCartPage = CART_PAGE.test(location.pathname);
    const readAgain = () => (isCartPage ? fetchCart(cartPage()) : readElsewhere());

    whenReady(() => (isCartPage && !isOutOfCache ? readShown(document.body, new URL(location.href)) : readAgain()));
    onAct(/\.aspx/i, readAgain);
  },
});
