/**
 * Reports consent when the shopper says yes in the shop's SMS field, with its text, and withdraws it when the yes goes. The
 * field is a box, a drop-down or radio buttons; of the last two only those that ask for a yes or a no.
 */
let box; // the field that the shopper answered last
let consented;
let noted;

const YES = /^(y|yes|true|1|on|ja|oui|s[ií]|sim)(?![a-z])/i;
const NO = /^(n|no|not|false|0|off|nein|non|n[aã]o)(?![a-z])/i;

export const tickBox = ({target, isTrusted}) => {
  if (!isTrusted || !isOptIn(target)) return;
  box = target;
  core.keep('box', 1); // a server that draws the tick again on a later page has it from the shopper
  if (box.form) readForm(box.form);
  // The tick may have been set on an earlier page: taking it away always withdraws.
  if (!agrees(box)) consented = core.said.phone;
  checkBox();
};

/** A tick and a phone make consent, in whichever order they come; another phone takes it from the first. */
export const checkBox = () => {
  const given = box && agrees(box) && core.said.phone;
  if (given === consented) return;
  if (consented) core.report('consent.withdrawn', {phone: consented});
  consented = given;
  if (given) core.giveConsent(wordingOf(box), 'ticked_by_shopper');
};

/** A field that came with a yes is no consent. It is reported, once a page, so that the merchant sees it. */
export const noteBox = (field) => {
  if (noted || !isOptIn(field) || !agreesUntouched(field) || core.recall('box')) return;
  noted = true;
  core.giveConsent(wordingOf(field), 'pre_ticked');
};

const isOptIn = (field) =>
  asksForYes(field) && isFieldOf('opt_in', field, /sms|text (me|message)/i.test([field.name, field.id, wordingOf(field)]));

const asksForYes = (field) => {
  if (field.type === 'radio') return meaningOf(field) !== undefined;
  if (field.type !== 'select-one') return field.type === 'checkbox';
  const meanings = [...field.options].map(meaningOf);
  return meanings.includes(true) && meanings.includes(false);
};

/** Whether a choice is a yes or a no: by what the shopper reads, else by its value. Undefined where it is neither. */
const meaningOf = (choice) => {
  const shown = choice.text || (choice.labels && choice.labels[0] ? choice.labels[0].textContent : '');
  const known = [shown.trim(), choice.value].find((text) => YES.test(text) || NO.test(text));
  return known === undefined ? undefined : YES.test(known);
};

const agrees = (field) => isYes(field, field.checked, [...(field.options || [])].find((option) => option.selected));

/** As it came, before the shopper did anything; a drop-down without a choice shows its first. */
const agreesUntouched = (field) => {
  const options = [...(field.options || [])];
  return isYes(field, field.defaultChecked, options.find((option) => option.defaultSelected) || options[0]);
};

const isYes = (field, checked, chosen) => {
  if (field.type === 'checkbox') return checked;
  return field.options ? !!chosen && meaningOf(chosen) : checked && meaningOf(field);
};

/** Its label; of radio buttons, and of a field without one, all that stands around it and around no other field. */
const wordingOf = (field) => {
  let part = field.type !== 'radio' && field.labels[0];
  if (!part) {
    part = field.parentNode;
    while (part.parentNode && part.parentNode.closest && isAlone(field, part.parentNode)) part = part.parentNode;
  }
  return part.textContent.replace(/\s+/g, ' ').trim().slice(0, 1000);
};

const isAlone = (field, part) =>
  part.closest('form,table,section') &&
  [...part.querySelectorAll('input:not([type=hidden]),select,textarea')].every(
    (other) => other === field || (field.name && other.name === field.name)
  );
