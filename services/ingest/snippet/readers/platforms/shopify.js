/** Reads Shopify's own cart, and who is logged in. Its checkout runs no code of a theme: a custom pixel reports the order. */
readers.push({
  name: 'shopify',
  rank: PLATFORM,
  start(offer) {
    // Shops in several languages or countries have a cart below each of their roots.
    const root = ((window.Shopify || {}).routes || {}).root || '/';

    // Hundredths, also of currencies that have none: 1,000 yen are 100000 (shopify.dev, "money" of Liquid).
    const amount = (hundredths) => decimal(hundredths, 2);

    const toLine = (item) => ({
      productID: item.variant_id,
      productName: item.title,
      quantity: item.quantity,
      productPrice: amount(isFinite(item.final_price) ? item.final_price : item.price),
      productURL: item.url,
      productImageURL: item.image,
    });

    const read = async () => {
      const cart = await fetchJson(root + 'cart.js');
      if (!cart || !cart.items) return;
      offer({
        items: linesFrom(cart.items, toLine),
        total: amount(cart.total_price),
        currency: cart.currency,
        cartID: String(cart.token).split('?')[0], // what follows opens its checkout
        returnURL: root + 'cart',
      });
    };

    onAct(/\/cart\/(add|change|update|clear)\b|\/api\/[\w-]+\/graphql\.json/, read);
    whenReady(() => {
      const page = ((window.ShopifyAnalytics || {}).meta || {}).page || {};
      person({customerID: page.customerId || (window.__st || {}).cid});
      return read();
    });
  },
});
