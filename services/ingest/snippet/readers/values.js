/** Reads single values that anybody may have put into a page: of any type, spelled in any way. */

/** A text of a text or a number; undefined for anything else. */
const textOf = (value) => {
  if (typeof value === 'number') return isFinite(value) ? String(+value.toFixed(4)) : undefined;
  return typeof value === 'string' ? value.slice(0, 256) : undefined;
};

/** A list as it is, or out of an object as PHP makes one of a list with gaps; anything else is one thing. */
const listOf = (value) => (Array.isArray(value) ? value : Object(value) === value ? Object.values(value) : [value]);

/** A text that may be markup, as people read it: without tags, its entities as the signs that they stand for. */
const plain = (text) =>
  (/&#?\w|<\w/.test(text) && safely(() => new DOMParser().parseFromString(core.trusted(text, 'HTML'), 'text/html').body.textContent)()) || text;

/** The first of these fields that holds a text. */
const anyOf = (item, ...names) => names.map((name) => textOf(item[name])).find((text) => text);

const numberOf = (value, otherwise) => (isFinite(parseFloat(value)) ? parseFloat(value) : otherwise);

/**
 * An amount as a number, to be added up; the last point or comma with one or two digits behind it is the decimal sign. ``1.500``
 * is a thousand and a half to some and one and a half to others: it is none.
 */
const amountOf = (value) => {
  const digits = String(value).replace(/[^\d.,-]/g, '');
  if (/^[1-9]\d{0,2}\.\d{3}$/.test(digits)) return NaN;
  if (/^-?\d+(\.\d+)?$/.test(digits)) return +digits;
  const [, whole, decimals] = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(digits);
  return digits ? +(whole.replace(/[.,]/g, '') + '.' + (decimals || 0)) : NaN;
};

/** The sum of lines of a cart as a text; undefined where one has no price. */
const sumOf = (lines) => {
  const sum = lines.reduce((before, line) => before + amountOf(line.productPrice) * numberOf(line.quantity, 1), 0);
  return isFinite(sum) ? String(+sum.toFixed(2)) : undefined;
};
