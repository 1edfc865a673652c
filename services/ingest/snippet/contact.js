/** Tells, once a page, of each contact that this browser names: that silences across browsers and never makes us speak. */
let said = {};
let phone;

export const identify = (kind, value) => {
  const text = String(value || '').trim();
  if (kind === 'phone') phone = text;
  if (text && said[kind] !== text) report('shopper.identified', {[kind]: text});
  said[kind] = text;
};
