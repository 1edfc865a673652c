/** Reads e-mail and phone fields when they change, lose the focus or are submitted; never passwords or cards. */
/** The field that the merchant pointed out, where this page has it; else what it is likely to be. */
const isFieldOf = (part, field, isLikely) => {
  const pointed = core.pointedField && core.pointedField(part);
  const isOfGroup = field.type === 'radio' && pointed && pointed.name === field.name;
  return pointed ? pointed === field || isOfGroup : isLikely;
};

const kindOf = (field) => {
  const hints = [field.type, field.autocomplete, field.name, field.id];
  const isOurs = /^(text|email|tel)$/.test(field.type) && !/\bcc-|card|cv[cv]/i.test(hints);
  if (!isOurs || field.closest('[data-beckon-ignore]')) return;
  const chosen = core.emailField;
  const isEmail = () => chosen !== false && isFieldOf('email', field, /e-?mail/i.test(hints));
  if (chosen ? field.matches(chosen) : isEmail()) return 'email';
  if (isFieldOf('phone', field, /\btel|phone|mobile/i.test(hints))) return 'phone';
};

export const readField = (field) => {
  const kind = field.value && kindOf(field);
  const value = kind && field.value.trim();
  if (kind === 'email' && /^[^@\s]+@[^@\s.]+\.[^@\s]{2,}$/.test(value)) core.setEmail(value);
  if (kind === 'phone' && /(\d\D*){7}/.test(value)) {
    person({phone: value});
    checkBox();
    if (field.form) [...field.form].forEach(noteBox);
  }
};

export const readForm = (form) => [...form].forEach(readField);

/** Level `live`: who leaves the page, or hides it, has left the field that is still being typed in. Only with consent granted. */
const readFocused = (event) => {
  if (!core.mayStore() || (event.type !== 'pagehide' && !document.hidden)) return;
  readField(document.activeElement);
  core.sendLast(); // once more: the core's own turn was before
};

export const watchFields = () => {
  // Somebody who opted out of sharing by Global Privacy Control is not read before submitting, unless the merchant decided so.
  if (config.f !== 'submit' && !(config.g && navigator.globalPrivacyControl)) {
    ['change', 'focusout'].forEach((name) => listen(name, (event) => readField(event.target)));
    if (config.f) ['pagehide', 'visibilitychange'].forEach((name) => listen(name, readFocused));
  }
  listen('submit', (event) => readForm(event.target));
  listen('change', tickBox);
};
