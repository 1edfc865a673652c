/** Turns elements that were pointed at into choices: within a line, on the page, or fields of a form. */
const pointedAt = {}; // elements of this page, by part

const fieldIn = (element, kinds) => {
  const inside = element.querySelector('input,select,textarea');
  const field = [element, element.control, inside].find((each) => each && kinds.test(each.type || ''));
  return field || null;
};

const amountsIn = (element) => (shownText(element).match(/\d[\d.,' ]*/g) || []).map((each) => each.replace(/\D/g, ''));

/** Where the cents are set apart, a click meets a part of the amount: the whole is the nearest around it that holds more of it. */
const withDigit = (element) => {
  const around = element.parentElement;
  const [amount] = amountsIn(element);
  const [whole, more] = amountsIn(around);
  if (!amount && !whole) return null;
  return whole !== amount && !more && around !== document.body ? withDigit(around) : element;
};

/** What a part can be at or in an element that was pointed at; null where it cannot be there. */
const chosenFor = {
  title: (element) => (shownText(element) ? element : null),
  price: withDigit,
  quantity: (element) => fieldIn(element, /^(number|text|tel|select-one)$/) || withDigit(element),
  line: (element) => element,
  total: withDigit,
  email: (element) => fieldIn(element, /^(text|email)$/),
  phone: (element) => fieldIn(element, /^(text|tel)$/),
  opt_in: (element) => fieldIn(element, /^(checkbox|radio|select-one)$/),
};

const commonAncestor = (elements) => {
  let found = elements[0].parentElement;
  while (!elements.every((each) => found.contains(each) && each !== found)) found = found.parentElement;
  return found;
};

/** Siblings of one kind, with the same thing at the same place. */
const alikeOf = (line, inside) => {
  const place = inside && placeOf(line, inside);
  return Array.from(line.parentElement.children).filter(
    (each) => each === line || (isAlike(each, line) && (!place || foundBy(each, place).length))
  );
};

/** The line around what was pointed at: the nearest that is repeated; in a cart of one line, the nearest around all of it. */
const lineAround = (elements) => {
  const nearest = commonAncestor(elements);
  for (let each = nearest; each && each !== document.body; each = each.parentElement) {
    if (alikeOf(each, elements[0]).length > 1) return each;
  }
  return nearest;
};

const lineOf = (element) => pointedLines(session.choices).find((line) => line !== element && line.contains(element));

/** The lines anew, and in one of them everything that was pointed at there. What is found in none of them is chosen no more. */
const chooseLines = (line) => {
  const {choices} = session;
  const inside = IN_LINE.filter((part) => pointedAt[part] && line !== pointedAt[part] && line.contains(pointedAt[part]));
  const lines = alikeOf(line, pointedAt[inside[0]]);
  inside.forEach((part) => (choices[part] = selectorsInLine(line, lines, pointedAt[part])));
  IN_LINE.filter((part) => !findOne(line, choices[part])).forEach((part) => delete choices[part]);
  Object.assign(choices, pageNow());
  setLines(lines);
};

/** The more is known of a line, the better others are distinguished from it. */
const setLines = (lines) => {
  const known = lines.filter(isLine(session.choices));
  session.choices.line = selectorsOfLines(known.length ? known : lines);
};

/** A part of a line that is known, of whichever; else the line is the nearest around all that was pointed at. */
const chooseInLine = (part, element) => {
  if (pointedAt.line && pointedAt.line.contains(element)) return chooseLines(pointedAt.line);
  const known = lineOf(element);
  if (!known) return chooseLines(lineAround(IN_LINE.filter((each) => pointedAt[each]).map((each) => pointedAt[each])));
  session.choices[part] = selectorsInLine(known, pointedLines(session.choices), element);
  setLines(pointedLines(session.choices));
};

/** True where the element is what the part can be. */
const choose = (part, element) => {
  const chosen = chosenFor[part](element);
  if (!chosen) return false;
  pointedAt[part] = chosen;
  if (part === 'line') chooseLines(chosen);
  else if (IN_LINE.includes(part)) chooseInLine(part, chosen);
  else session.choices[part] = selectorsInPage(chosen);
  if (part === 'total') Object.assign(session.choices, pageNow());
  return true;
};

/** Of a shopper's field its label, and never what is in it. */
const labelOf = (field) =>
  shownText((field.labels || [])[0]) || field.getAttribute('aria-label') || field.placeholder || field.name || 'a field';

/** What each choice reads on this page, as text; undefined where it finds nothing. */
const readingOf = (part) => {
  const {choices} = session;
  if (!choices[part]) return undefined;
  if (FIELD_PARTS.includes(part)) {
    const field = findOne(document, choices[part]);
    return field && labelOf(field);
  }
  if (!isPointedPage({path: '', parameters: [], ...choices})) return undefined;
  if (part === 'total') return shownText(findOne(document, choices.total)) || undefined;
  const lines = pointedLines(choices);
  const [line] = lines;
  if (part === 'line') return line && lines.length + (lines.length > 1 ? ' lines' : ' line');
  const found = line && findOne(line, choices[part]);
  return found && ((part === 'quantity' ? shownQuantity : part === 'price' ? shownPrice : shownText)(found) || undefined);
};

const cartNow = () => (isPointedPage({path: '', parameters: [], ...session.choices}) ? readPointed(session.choices) : {items: []});
