/** Reports an order at once and forgets the cart. Safe to repeat: each report silences, none counts twice. */
const ORDER = ['orderID', 'total', 'currency', 'email', 'phone', 'customerID', 'cartID', 'status'];

export const setOrder = (order) => {
  report('order.reported', onlyKnown(order, ORDER));
  forgetCart();
};
