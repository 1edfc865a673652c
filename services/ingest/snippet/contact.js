/** Reports each contact that this browser names once a page: that silences across browsers and never causes a message. */
export const identify = (kind, value) => {
  const text = String(value || '').trim();
  if (text && commands.said[kind] !== text) report('shopper.identified', {[kind]: text});
  commands.said[kind] = text;
};

export const giveConsent = (text, state) =>
  report('consent.given', {
    phone: commands.said.phone,
    text: text,
    box_state: state,
    locale: navigator.language,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
