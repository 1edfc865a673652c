/** Points at an element of the shop's page: by mouse or touch, or by arrow keys and Enter. The page itself notices nothing. */
const SILENCED = ['pointerdown', 'pointerup', 'mousedown', 'mouseup', 'dblclick', 'contextmenu', 'submit'];
let pointing; // {done, at} while something is to be pointed at

const isOurs = (event) => event.composedPath().includes(host);

const mark = (element) => {
  pointing.at = element;
  const {left, top, width, height} = element.getBoundingClientRect();
  Object.assign(frame.style, {left: left + 'px', top: top + 'px', width: width + 'px', height: height + 'px'});
  frame.hidden = false;
};

/** What can be pointed at by keys: what is seen and has a text of its own, and fields. */
const targets = () =>
  Array.from(document.body.querySelectorAll('*')).filter(
    (each) =>
      each !== host && each.getClientRects().length &&
      (/^(input|select|textarea)$/.test(each.localName) ||
        Array.from(each.childNodes).some((node) => node.nodeType === 3 && node.data.trim()))
  );

const move = (by) => {
  const all = targets();
  const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(pointing.at) + by))];
  if (next) show(next);
};

const show = (element) => {
  element.scrollIntoView({block: 'nearest'});
  mark(element);
  say((shownText(element) || labelOf(element)).slice(0, 80));
};

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  ArrowLeft: () => pointing.at && pointing.at.parentElement !== document.documentElement && show(pointing.at.parentElement),
  ArrowRight: () => move(1),
  Enter: () => pointing.at && pointing.done(pointing.at),
  Escape: () => pointing.done(),
};

const silence = (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
};

const listeners = {
  pointermove: (event) => isOurs(event) || mark(event.target),
  click(event) {
    if (isOurs(event)) return;
    silence(event);
    pointing.done(event.target);
  },
  keydown(event) {
    if (!KEYS[event.key] || (event.key === 'Enter' && isOurs(event) && event.composedPath()[0].localName === 'button')) return;
    silence(event);
    KEYS[event.key]();
  },
};
SILENCED.forEach((name) => (listeners[name] = (event) => isOurs(event) || silence(event)));

/** Calls back with an element, or with nothing where it was ended. */
const point = (done) => {
  const guarded = Object.entries(listeners).map(([name, behaviour]) => [name, safely(behaviour)]);
  const options = {capture: true, passive: false};
  guarded.forEach(([name, behaviour]) => addEventListener(name, behaviour, options));
  pointing = {
    done(element) {
      guarded.forEach(([name, behaviour]) => removeEventListener(name, behaviour, options));
      frame.hidden = true;
      pointing = undefined;
      done(element);
    },
  };
};
