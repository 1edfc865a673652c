/** Reports consent when the shopper ticks the shop's SMS box, with its text, and withdraws it when the tick goes. */
let box;
let consented;
let noted;

export const tickBox = ({target, isTrusted}) => {
  if (!isTrusted || !isOptIn(target)) return;
  box = target;
  core.keep('box', 1); // a server that draws the tick again on a later page has it from the shopper
  if (box.form) readForm(box.form);
  // The tick may have been set on an earlier page: taking it away always withdraws.
  if (!box.checked) consented = core.said.phone;
  checkBox();
};

/** A tick and a phone make consent, in whichever order they come; another phone takes it from the first. */
export const checkBox = () => {
  const given = box && box.checked && core.said.phone;
  if (given === consented) return;
  if (consented) core.report('consent.withdrawn', {phone: consented});
  consented = given;
  if (given) core.giveConsent(labelOf(box), 'ticked_by_shopper');
};

/** A box that came ticked is no consent. It is reported, once a page, so that the merchant sees it. */
export const noteBox = (field) => {
  if (noted || !field.defaultChecked || !isOptIn(field) || core.recall('box')) return;
  noted = true;
  core.giveConsent(labelOf(field), 'pre_ticked');
};

const isOptIn = (field) =>
  field.type === 'checkbox' && /sms|text (me|message)/i.test([field.name, field.id, labelOf(field)]);

const labelOf = (field) =>
  (field.labels[0] || field.parentNode).textContent.replace(/\s+/g, ' ').trim().slice(0, 1000);
