/** What was read and sent, as a developer reads it; contacts are masked, for a panel ends up on screenshots. */
const masked = (kind, value) => {
  const text = String(value);
  const at = text.indexOf('@');
  return kind === 'email' && at > 0 ? text[0] + '…@' + text[at + 1] + '…' : '…' + text.slice(-2);
};

const contactsOf = (data) =>
  ['email', 'phone', 'customerID'].filter((kind) => data[kind]).map((kind) => kind + ' ' + masked(kind, data[kind])).join(', ');

const cartOf = ({items, total, currency, reader}) => {
  const lines = (items || []).map((item) =>
    (item.quantity || 1) + ' × ' + (item.productName || item.productID) + (item.productPrice ? ' at ' + item.productPrice : '')
  );
  const sum = total ? '; total ' + total + (currency ? ' ' + currency : '') : '';
  return (lines.join('; ') || 'empty') + sum + ' (read by: ' + (reader || 'own commands') + ')';
};

const EVENTS = {
  'page.seen': (data, event) => event.p,
  'cart.updated': cartOf,
  'shopper.identified': contactsOf,
  'order.reported': (data) => 'order ' + data.orderID + ' ' + contactsOf(data),
  'consent.given': (data) => contactsOf(data) + ', box: ' + data.box_state,
  'consent.withdrawn': contactsOf,
  'reader.failed': (data) => data.reader + ': ' + data.error,
};

/** Of the other events their type alone: they hold keys and tokens. */
const eventOf = (event) => event.t + (EVENTS[event.t] ? ': ' + EVENTS[event.t](event.d || {}, event) : '');

/** What ingest answered; of what it refused, the reason and the remedy. */
const answerOf = async (answer) => {
  if (answer.status === 204) return 'taken (204)';
  const {rejected, reason, remedy} = await answer.clone().json();
  const refusals = (rejected || [{reason, remedy}]).map((each) => [each.reason, each.field, each.remedy].filter((part) => part).join(', '));
  return 'refused (' + answer.status + '): ' + refusals.join('; ');
};
