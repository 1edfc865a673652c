/** Reports an order at once and forgets the cart. Safe to repeat: each report silences, none counts twice. */
export function setOrder(order) {
  report(
    'order.reported',
    pick(order, ['orderID', 'total', 'currency', 'email', 'phone', 'customerID', 'cartID', 'status'])
  );
  forgetCart();
}
