/** BigCommerce: the cart of its storefront API, asked once a page and after each request of the page that may have changed it. */
const CARTS = '/api/storefront/carts?include=lineItems.physicalItems.options,lineItems.digitalItems.options';
const CHANGES = /\/remote\/v1\/cart|\/api\/storefront\/(cart|checkout)|\/cart\.php/;

/** A gift certificate is one thing with an amount; what belongs to another line and has no price of its own is part of it. */
const bigcommerceLine = (item) => ({
  productID: item.sku || item.variantId || item.productId || item.id,
  productName: item.name,
  quantity: item.quantity === undefined ? 1 : item.quantity,
  productPrice: item.salePrice === undefined ? item.amount : item.salePrice,
  productURL: item.url,
  productImageURL: item.imageUrl,
});

const bigcommerceCart = (cart) => {
  const {physicalItems, digitalItems, customItems, giftCertificates} = cart.lineItems;
  const items = [physicalItems, digitalItems, customItems, giftCertificates].flatMap((kind) => kind || []);
  return {
    items: linesFrom(items.filter((item) => item && (!item.parentId || +item.salePrice)), bigcommerceLine),
    total: cart.cartAmount,
    currency: (cart.currency || {}).code,
    cartID: cart.id,
    returnURL: '/cart.php',
  };
};

/** The page after an order names its number alone; the rest of the order is asked for. */
const bigcommerceOrder = (found) => {
  if (!found.orderId) return;
  const {email, phone} = found.billingAddress || {};
  order({
    orderID: found.orderId,
    total: found.orderAmount,
    currency: (found.currency || {}).code,
    email: email,
    phone: phone,
    cartID: found.cartId,
  });
};

readers.push({
  name: 'bigcommerce',
  rank: PLATFORM,
  start(offer) {
    const take = partOf('bigcommerce', (carts) => {
      if (!Array.isArray(carts)) return;
      const [cart] = carts;
      if (!cart) return offer({items: []});
      if (cart.customerId) person({email: cart.email, customerID: cart.customerId});
      if (cart.lineItems) offer(bigcommerceCart(cart));
    });
    const number = (window.checkoutConfig || {}).orderId || (/\/order-confirmation\/(\d+)/.exec(location.pathname) || [])[1];
    if (number) return fetchJson('/api/storefront/order/' + number).then(partOf('bigcommerce', (found) => found && bigcommerceOrder(found)));
    const read = () => fetchJson(CARTS).then(take);
    onAct(CHANGES, read);
    read();
  },
});
