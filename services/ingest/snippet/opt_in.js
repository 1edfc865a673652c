/** Reports consent when the shopper ticks the shop's SMS box, with its text, and withdraws it when the tick goes. */
let box;
let consented;

export const tickBox = (field, byHand) => {
  if (!byHand || !isOptIn(field)) return;
  box = field;
  keep('box', 1); // a server that draws the tick again on a later page has it from the shopper
  if (box.form) readForm(box.form);
  // The tick may have been set on an earlier page: taking it away always withdraws.
  if (!box.checked) consented = phone;
  checkBox();
};

/** A tick and a phone make consent, in whichever order they come; another phone takes it from the first. */
export const checkBox = () => {
  const given = box && box.checked && phone;
  if (given === consented) return;
  if (consented) report('consent.withdrawn', {phone: consented});
  consented = given;
  if (given) giveConsent(labelOf(box), 'ticked_by_shopper');
};

/** A box that came ticked is no consent. It is told, once a page, so that the merchant learns of it. */
export const noteBox = (field) => {
  if (said.box || !field.defaultChecked || !isOptIn(field) || recall('box')) return;
  said.box = 1;
  giveConsent(labelOf(field), 'pre_ticked');
};

const isOptIn = (field) =>
  field.type === 'checkbox' && /sms|text (me|message)/i.test([field.name, field.id, labelOf(field)]);

export const giveConsent = (text, state) =>
  report('consent.given', {
    phone: phone,
    text: text,
    box_state: state,
    locale: navigator.language,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });

const labelOf = (field) =>
  (field.labels[0] || field.parentNode).textContent.replace(/\s+/g, ' ').trim().slice(0, 1000);
