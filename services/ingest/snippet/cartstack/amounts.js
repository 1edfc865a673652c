/** Amounts as shops print them. Only compared here: what is reported stays a text, which the server reads by the site's country. */
const plainText = (value) => {
  const text = String(value === undefined || value === null ? '' : value);
  return (/[<&]/.test(text) ? new DOMParser().parseFromString(text, 'text/html').body.textContent : text).trim();
};

/** The last point or comma with one or two digits behind it is the decimal sign; NaN where there is no digit. */
const numberIn = (text) => {
  const digits = plainText(text).replace(/[^\d.,]/g, '');
  const [, whole, decimals] = /^(.*?)(?:[.,](\d{1,2}))?$/.exec(digits);
  return digits ? +(whole.replace(/\D/g, '') + '.' + (decimals || 0)) : NaN;
};

const sumOf = (lines, ofLine) => lines.reduce((sum, line) => sum + ofLine(line), 0);

/** Some pages give a line's price, others that of one piece: the cart's total decides, and without one it is that of a piece. */
const withUnitPrices = (lines, total) => {
  const price = (line) => numberIn(line.productPrice);
  const distance = (ofLine) => Math.abs(sumOf(lines, ofLine) - numberIn(total));
  const areSubtotals = distance(price) < distance((line) => price(line) * numberIn(line.quantity));
  return lines.map((line) => {
    const text = plainText(line.productPrice);
    const each = areSubtotals && numberIn(line.quantity) > 1 ? (price(line) / numberIn(line.quantity)).toFixed(2) : text;
    return {...line, productName: plainText(line.productName), productPrice: each};
  });
};
