/** Reads e-mail and phone fields when they change, lose the focus or are submitted; never passwords or cards. */
const kindOf = (field) => {
  const hints = [field.type, field.autocomplete, field.name, field.id];
  const isOurs = /^(text|email|tel)$/.test(field.type) && !/\bcc-|card|cv[cv]/i.test(hints);
  if (!isOurs || field.closest('[data-beckon-ignore]')) return;
  const chosen = core.emailField;
  if (chosen ? field.matches(chosen) : chosen !== false && /e-?mail/i.test(hints)) return 'email';
  if (/\btel|phone|mobile/i.test(hints)) return 'phone';
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

export const watchFields = () => {
  // Somebody who opted out of sharing by Global Privacy Control is not read before submitting.
  if (!navigator.globalPrivacyControl) {
    ['change', 'focusout'].forEach((name) => listen(name, (event) => readField(event.target)));
  }
  listen('submit', (event) => readForm(event.target));
  listen('change', tickBox);
};
