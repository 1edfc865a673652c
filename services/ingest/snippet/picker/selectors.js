/** Makes selectors for an element that was pointed at: by stable attributes first, then by its place. All in the server's grammar. */
const MOST = 3;
const LONGEST_SELECTOR = 300;
const MOST_STEPS = 10;
const MOST_TRIES = 400;
const NAME = /^[A-Za-z_][\w-]{0,63}$/;
const VALUE = /^[\w .,:;/()[\]*#@+=-]{1,80}$/;
const DISTINCTIVE = ['itemprop', 'name', 'id', 'autocomplete', 'data-testid', 'data-test', 'role'];

const tagOf = (element) => element.localName;

/** An attribute's value, or its beginning where a number follows: ``quantity[1001]`` is another for each line. */
const byValue = (name, value) => {
  const stable = value.replace(/\d.*$/, '');
  if (!VALUE.test(stable) || stable.length < 2) return;
  return stable === value ? '[' + name + '="' + value + '"]' : '[' + name + '^="' + stable + '"]';
};

/** What describes an element by itself, the most distinctive first. A name with digits in it is made by a machine, and changes. */
const marksOf = (element) => {
  const attributes = Array.from(element.attributes).map((each) => each.name);
  const data = attributes.filter((name) => /^data-[a-z-]+$/.test(name) && !/^data-v-/.test(name) && NAME.test(name));
  const classes = Array.from(element.classList).filter((name) => NAME.test(name) && !/\d/.test(name));
  return [
    ...DISTINCTIVE.filter((name) => element.getAttribute(name)).map((name) => byValue(name, element.getAttribute(name))),
    ...data.map((name) => '[' + name + ']'),
    ...classes.map((name) => '.' + name),
  ].filter((mark) => mark);
};

/** Behind lines, of which there are more or fewer each time, places are counted from the end. */
const step = (element, isBehindLines) => {
  const alike = Array.from(element.parentNode.children).filter((each) => tagOf(each) === tagOf(element));
  const at = alike.indexOf(element);
  const place = isBehindLines ? ':nth-last-of-type(' + (alike.length - at) : ':nth-of-type(' + (at + 1);
  return alike.length > 1 ? tagOf(element) + place + ')' : tagOf(element);
};

const ancestorsWithin = (root, element) => {
  const found = [];
  for (let each = element.parentElement; each && each !== root && each !== document.documentElement; each = each.parentElement) {
    found.push(each);
  }
  return found;
};

/** The way down to an element: from the root, or from the nearest thing that bears a mark. */
const placeOf = (root, element, isBehindLines = () => false) => {
  const steps = [step(element, isBehindLines(element))];
  for (const each of ancestorsWithin(root, element).slice(0, MOST_STEPS)) {
    const anchor = marksOf(each).find((mark) => root.querySelectorAll(mark).length === 1);
    steps.unshift(anchor || step(each, isBehindLines(each)));
    if (anchor) break;
  }
  return steps.join(' > ');
};

const fits = (selector) => selector.length <= LONGEST_SELECTOR;

/** Selectors by which ``isRight(selector)`` holds: an element's own marks, with its tag, within a marked ancestor; its place. */
const selectorsFor = (root, element, own, isRight, place) => {
  const tagged = own.map((mark) => (mark === tagOf(element) ? mark : tagOf(element) + mark));
  const around = ancestorsWithin(root, element).flatMap(marksOf);
  const nested = around.flatMap((outer) => own.map((inner) => outer + ' ' + inner));
  const tries = [...own, ...tagged, ...nested].slice(0, MOST_TRIES).filter(fits);
  const right = [];
  for (const selector of new Set(tries)) {
    if (right.length === MOST - 1) break;
    if (isRight(selector)) right.push(selector);
  }
  if (place && fits(place) && !right.includes(place) && isRight(place)) right.push(place);
  return right;
};

/** For one thing on the page: never by its tag alone, which any page has. A field's name is one, also where it holds a number. */
const selectorsInPage = (element) => {
  const {name} = element;
  const named = name && VALUE.test(name) && !/\d{4}/.test(name) ? ['[name="' + name + '"]'] : [];
  const isRight = (selector) => document.querySelector(selector) === element;
  const lines = pointedLines(session.choices);
  const isBehindLines = (each) => tagOf(each) === 'tr' || lines.some((line) => line.parentElement === each.parentElement);
  return selectorsFor(document, element, named.concat(marksOf(element)), isRight, placeOf(document, element, isBehindLines));
};

/** For one thing in each line: right in the line that was pointed at, and found in the others as well where that can be. */
const selectorsInLine = (line, lines, element) => {
  const isHere = (selector) => foundBy(line, selector)[0] === element;
  const isEverywhere = (selector) => isHere(selector) && lines.every((other) => foundBy(other, selector).length);
  const select = (isRight) => selectorsFor(line, element, marksOf(element).concat(tagOf(element)), isRight, placeOf(line, element));
  const everywhere = select(isEverywhere);
  return everywhere.length ? everywhere : [...select(isHere).slice(0, MOST - 1), ...aroundIn(line, lines, element)];
};

/** What other lines have in place of a thing that only this one has, as a reduced price: the nearest around it that all have. */
const aroundIn = (line, lines, element) => {
  const around = element.parentElement;
  if (around === line || !line.contains(around)) return [];
  const isRight = (selector) =>
    foundBy(line, selector)[0] === around && lines.every((other) => other === line || foundBy(other, selector).length);
  const found = selectorsFor(line, around, marksOf(around), isRight, '');
  return found.length ? found.slice(0, 1) : aroundIn(line, lines, around);
};

/** For all lines at once: marks that only they bear, and their place, where a heading may stand among them. */
const selectorsOfLines = (lines) => {
  const [line] = lines;
  const isRight = (selector) => {
    const found = Array.from(document.querySelectorAll(selector)).filter(isLine(session.choices));
    return found.length === lines.length && lines.every((each) => found.includes(each));
  };
  const parent = line.parentElement;
  const place = (parent === document.body ? 'body' : placeOf(document, parent)) + ' > ' + tagOf(line);
  const found = selectorsFor(document, line, marksOf(line), isRight, '');
  return fits(place) && !found.includes(place) ? found.concat(place) : found;
};

/** Whether two elements are of one kind: the same tag, and a class in common where both have some. */
const isAlike = (one, other) =>
  tagOf(one) === tagOf(other) &&
  (!one.classList.length || !other.classList.length || Array.from(one.classList).some((name) => other.classList.contains(name)));
