/** Reads WooCommerce's cart from its Store API, whoever changed it: blocks, classic pages and their scripts, or another tab. */
readers.push({
  name: 'woocommerce',
  rank: PLATFORM,
  start(offer) {
    const CHANGES = 'added_to_cart removed_from_cart updated_cart_totals updated_wc_div wc_cart_emptied';
    const BLOCK_CHANGES = ['wc-blocks_added_to_cart', 'wc-blocks_removed_from_cart'];
    const REQUESTS =
      /[?&]wc-ajax=\w*(cart|coupon|item)|[?&](add-to-cart|remove_item|undo_item)=|wc\/store\/(v\d+\/)?(batch|cart\/)/;
    let readHash;
    let timer;

    const toLine = (item) => ({
      productID: item.id,
      productName: plain(item.name),
      quantity: item.quantity,
      productPrice: decimal((item.prices || {}).price, (item.prices || {}).currency_minor_unit),
      productURL: item.permalink,
      productImageURL: ((item.images || [])[0] || {}).src,
    });

    /** A readable cookie of WooCommerce's that changes with the cart. */
    const hashNow = () => (/woocommerce_cart_hash=(\w+)/.exec(document.cookie) || [])[1];

    /**
     * The root of its interface: a shop in a folder, or without readable addresses, names it itself. Where its theme leaves that
     * out, the shop's first page answers, whose address its classic scripts know.
     */
    const root = () => {
      const link = document.querySelector('link[rel="https://api.w.org/"]');
      const [, home] = /^([^?]+)\?/.exec((window.woocommerce_params || window.wc_add_to_cart_params || {}).wc_ajax_url) || [];
      return link ? link.href : home ? home + '?rest_route=/' : '/wp-json/';
    };

    const read = async () => {
      readHash = hashNow();
      const cart = await fetchJson(root() + 'wc/store/v1/cart');
      if (!cart || !cart.items) return;
      const {email, phone} = cart.billing_address || {};
      person({email: email, phone: phone});
      offer({
        items: linesFrom(cart.items, toLine),
        total: decimal(cart.totals.total_price, cart.totals.currency_minor_unit),
        currency: cart.totals.currency_code,
        returnURL: cartPage(),
      });
    };

    /** What the scripts of its blocks know. */
    const settings = () => window.wcSettings || {};

    /** As its blocks or its classic scripts know it: shops name the page in their own language. */
    const cartPage = () => {
      const page = (settings().storePages || {}).cart || {};
      return page.permalink || (window.wc_add_to_cart_params || {}).cart_url || '/cart/';
    };

    const readSoon = partOf('woocommerce', () => {
      clearTimeout(timer);
      timer = setTimeout(partOf('woocommerce', read), 300);
    });

    /** jQuery's own events reach nobody but who asked jQuery for them; it may come after us. */
    const watch = () => {
      if (!window.jQuery) return listen('load', partOf('woocommerce', () => window.jQuery && watch()));
      window.jQuery(document.body).on(CHANGES, readSoon);
      // Emitted on every page, and when another tab has changed the cart.
      window.jQuery(document.body).on('wc_fragments_refreshed', () => hashNow() === readHash || readSoon());
    };

    /** The page after an order, in its classic form or made of blocks; that of a payment that failed is the same page. */
    const readOrder = () => {
      const number = /\border-received[/=](\d+)/.exec(location.href);
      const isReceived = number && document.querySelector('.woocommerce-order-received');
      if (!isReceived || document.querySelector('.woocommerce-thankyou-order-failed')) return;
      const shown = (name) => (document.querySelector(name) || {}).textContent;
      order({
        orderID: number[1],
        total: shown('.woocommerce-order-overview__total .amount, .wc-block-order-confirmation-summary-list-item__value .amount'),
        currency: (settings().currency || {}).code || core.currentCart().currency,
        email: shown('.woocommerce-order-overview__email strong'),
      });
    };

    onAct(REQUESTS, readSoon);
    // Mini-carts and cart pages ask at addresses of their own; whatever changes the cart changes the cookie.
    onAct(/./, () => hashNow() === readHash || readSoon());
    BLOCK_CHANGES.forEach((name) => listen(name, readSoon));
    whenReady(() => {
      readOrder();
      watch();
      return read();
    });
  },
});
