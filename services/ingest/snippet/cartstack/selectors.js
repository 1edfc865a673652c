/**
 * Finds what a CartStack page names in CartStack's short language: steps of `tag#id` or `tag.class`, `cs_c:` for a part of a
 * class, `:2` for the second match; after a bar, the attribute to read or `attribute=value` to choose by.
 */
const findAll = (text, root) => {
  const [path, attribute] = text.split('|');
  const [name, wanted] = (attribute || '').split('=');
  const found = path.trim().split(/\s+/).reduce(matchesOf, [root]);
  return wanted === undefined ? found : found.filter((element) => hasValue(element, name, wanted));
};

const matchesOf = (roots, step) => {
  const [, rest, nth] = /^(.*?)(?::(\d+))?$/.exec(step.replace(/\.cs_c:([\w-]+)/g, '[class*="$1"]'));
  const found = [...new Set(roots.flatMap((root) => [...root.querySelectorAll(rest)]))];
  return nth ? found.slice(nth - 1, nth) : found;
};

const hasValue = (element, name, wanted) => {
  const value = element.getAttribute(name) || '';
  const [, part] = wanted.split('cs_c:');
  return part ? value.includes(part) : value === wanted;
};

/** The text or attribute of the first match; empty where the page has none. */
const read = (text, root) => {
  const element = text && findAll(text, root || document)[0];
  if (!element) return '';
  const name = text.split('|')[1];
  const value = name && !name.includes('=') ? element[name] || element.getAttribute(name) : element.textContent;
  return String(value || '').replace(/\s+/g, ' ').trim();
};

/** The lines that the page's own settings point to, in CartStack's shape. */
const linesInPage = () => {
  const setting = (name) => window['cartstack_cartitems_' + name] || '';
  const field = (row, name) => {
    const value = read(setting(name), row);
    return value && setting(name + 'Prefix') + value;
  };
  const rows = setting('cartRow') ? findAll(setting('cartRow'), document) : [];
  const fields = ['productID', 'productName', 'productURL', 'productImageURL', 'productPrice'];
  return rows
    .map((row) => fields.reduce((line, name) => ({...line, [name]: field(row, name)}), {quantity: read(setting('quantity'), row) || 1}))
    .filter((line) => line.productID || line.productName);
};
