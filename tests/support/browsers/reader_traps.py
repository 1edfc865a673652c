"""What platforms answer and show beside the rule, and what is to be read of it."""

import json
from dataclasses import dataclass, replace

Lines = dict[str, tuple[int, int | None]]
"""How many of each, and the price of one in cents."""
BIGCOMMERCE_CARTS = "/api/storefront/carts"
WOOCOMMERCE_CART = "/wp-json/wc/store/v1/cart"


@dataclass(frozen=True)
class Trap:
    """A page of a platform, what its API answers, and what is to be read."""

    name: str
    platform: str
    lines: Lines
    total: int | None
    asked: str = ""
    answer: object = None
    script: str = ""
    first_name: str = "Harbor Red"
    """What the first line is called."""
    currency: str = "USD"

    @property
    def reader(self) -> str:
        """Which reader is to read it."""
        return "data layer" if self.platform == "plain_html" else self.platform


def bigcommerce(name: str, cart: dict[str, object], lines: Lines, total: int) -> Trap:
    """By the storefront API."""
    return Trap(name, "bigcommerce", lines, total, BIGCOMMERCE_CARTS, [cart])


def shopify(name: str, cart: dict[str, object], lines: Lines, total: int) -> Trap:
    """By its cart as JSON."""
    return Trap(name, "shopify", lines, total, "/cart.js", cart)


def woocommerce(name: str, cart: dict[str, object], lines: Lines, total: int) -> Trap:
    """By the Store API."""
    return Trap(name, "woocommerce", lines, total, WOOCOMMERCE_CART, cart)


def data_layer(name: str, entry: dict[str, object], lines: Lines, total: int | None) -> Trap:
    """By what the theme reports to others."""
    return Trap(name, "plain_html", lines, total, script=f"window.dataLayer = [{json.dumps(entry)}]")


def magento(name: str, section: dict[str, object], lines: Lines, total: int) -> Trap:
    """By what its scripts keep."""
    kept = json.dumps({"cart": section})
    return Trap(name, "magento", lines, total, script=f"localStorage.setItem('mage-cache-storage', {json.dumps(kept)})")


def prestashop(name: str, cart: dict[str, object], lines: Lines, total: int) -> Trap:
    """By the object of the page."""
    return Trap(name, "prestashop", lines, total, script=f"var prestashop = {json.dumps({'cart': cart})}")


def markup(with_tax: str, without: str) -> str:
    """Both prices, as Magento shows them where a shop wants both shown."""
    return (
        f'<span class="price-including-tax" data-label="Incl. Tax"><span class="minicart-price"><span class="price">{with_tax}'
        f'</span></span></span><span class="price-excluding-tax"><span class="price">{without}</span></span>'
    )


def totals(shown: float, with_tax: float, without: float) -> dict[str, object]:
    """PrestaShop's three totals."""
    return {"total": {"amount": shown}, "total_including_tax": {"amount": with_tax}, "total_excluding_tax": {"amount": without}}


WOO_PIECE = {"id": 1, "quantity": 1, "prices": {"price": "6495", "currency_minor_unit": 2}}
PIECE = {"name": "Harbor Red", "sku": "W-1"}
MAGENTO_PIECE = {"product_name": "Harbor Red", "product_sku": "W-1", "product_id": "7"}
PRESTA_PIECE = {"name": "Harbor Red", "id_product": "7", "id_product_attribute": "0"}
TAXED_LINE = {**PRESTA_PIECE, "price_with_reduction": 120, "price_with_reduction_without_tax": 100, "cart_quantity": "1"}

PRESTA_CART = {"products": [{**PRESTA_PIECE, "quantity": 2, "price_amount": 64.95}], "totals": {"total": {"amount": 129.9}}}

SHOPIFY_CART = {
    "token": "a",
    "items": [{"variant_id": 1, "title": "Harbor Red", "quantity": 2, "price": 6495}],
    "total_price": 12990,
}


def late_prestashop(name: str, core: str) -> Trap:
    """Its scripts come at the shopper's first touch; the page itself shows no cart."""
    page = "var prestashop = {page: {page_name: 'index'}, cart: {products: []}}"
    script = f"{page}; addEventListener('load', () => setTimeout(() => {{ {core} }}))"
    return Trap(name, "prestashop", {"7": (2, 6495)}, 12990, script=script)


TRAPS = (
    bigcommerce(
        "numbers are texts and no currency is named",
        {"cartAmount": "129.90", "lineItems": {"physicalItems": [{**PIECE, "quantity": "2", "salePrice": "64.95"}]}},
        {"W-1": (2, 6495)},
        12990,
    ),
    bigcommerce(
        "parts of a bundle have no price, a gift certificate has no quantity, a digital good has no sku",
        {
            "cartAmount": 99.95,
            "currency": {"code": "USD"},
            "lineItems": {
                "physicalItems": [
                    {**PIECE, "quantity": 1, "salePrice": 64.95, "parentId": None},
                    {"name": "Cork", "sku": "C-1", "quantity": 1, "salePrice": 0, "parentId": "a"},
                    {"name": "Label", "sku": "L-1", "quantity": 1, "parentId": "a"},
                ],
                "digitalItems": [{"name": "Book", "variantId": 12, "quantity": 1, "salePrice": 10}],
                "giftCertificates": [{"id": "g-1", "name": "Gift", "amount": 25}],
            },
        },
        {"W-1": (1, 6495), "12": (1, 1000), "g-1": (1, 2500)},
        9995,
    ),
    magento(
        "numbers are texts and no currency is named",
        {"items": [{**MAGENTO_PIECE, "qty": "2", "product_price_value": "64.9500"}], "subtotalAmount": "129.9000"},
        {"W-1": (2, 6495)},
        12990,
    ),
    magento(
        "prices are shown with tax and without, and a part has no price",
        {
            "items": [
                {**MAGENTO_PIECE, "qty": 1, "product_price": markup("$120.00", "$100.00"), "product_price_value": 100},
                {"product_name": "Cork", "product_id": "8", "qty": 0.5, "product_price": ""},
                None,
            ],
            "subtotalAmount": 100,
            "subtotal_incl_tax": '<span class="price">$120.00</span>',
        },
        {"W-1": (1, 12000), "8": (1, None)},
        12000,
    ),
    replace(
        magento(
            "names are escaped, and only the sign beside the total shows that it is not the shop's first currency",
            {
                "items": [
                    {**MAGENTO_PIECE, "product_name": "Harbor &quot;Red&quot; &amp; Co", "qty": 1, "product_price_value": 64.95}
                ],
                "subtotalAmount": "64.9500",
                "subtotal": '<span class="price">64,95\u00a0€</span>',
            },
            {"W-1": (1, 6495)},
            6495,
        ),
        first_name='Harbor "Red" & Co',
        currency="EUR",
    ),
    prestashop(
        "numbers are texts, no currency is named, a combination has a number of its own, and the list has gaps",
        {
            "products": {
                "1": {**PRESTA_PIECE, "id_product_attribute": "60", "cart_quantity": "2", "price_wt": "64.95"},
                "3": None,
            },
            "totals": {"total": {"amount": "129.90"}},
        },
        {"7-60": (2, 6495)},
        12990,
    ),
    prestashop(
        "prices are shown with tax", {"products": [TAXED_LINE], "totals": totals(120, 120, 100)}, {"7": (1, 12000)}, 12000
    ),
    prestashop(
        "prices are shown without tax", {"products": [TAXED_LINE], "totals": totals(100, 120, 100)}, {"7": (1, 10000)}, 10000
    ),
    prestashop(
        "prices are texts for people, and a part has none",
        {
            "products": [
                {**PRESTA_PIECE, "quantity": 1, "price": "$1,064.95"},
                {"name": "Cork", "id_product": 8, "quantity": 1},
            ],
            "totals": {"total": {"amount": 1064.95}},
        },
        {"7": (1, 106495), "8": (1, None)},
        106495,
    ),
    late_prestashop(
        "scripts that come late report the next cart to who asks them",
        f"prestashop.on = (name, take) => name === 'updateCart' && take({{resp: {{cart: {json.dumps(PRESTA_CART)}}}}})",
    ),
    late_prestashop(
        "scripts that come late have a new cart already",
        f"prestashop.on = () => {{}}; prestashop.cart = {json.dumps(PRESTA_CART)}",
    ),
    shopify(
        "numbers are texts, no currency is named, and a part has no price",
        {
            "token": "a",
            "items": [
                {"variant_id": "1", "title": "Harbor Red", "quantity": "2", "price": "6495"},
                {"variant_id": 2, "title": "Cork", "quantity": 1},
                None,
            ],
            "total_price": "12990",
        },
        {"1": (2, 6495), "2": (1, None)},
        12990,
    ),
    woocommerce(
        "numbers are texts, no currency is named, and a part has no price",
        {
            "items": [
                {"id": "1", "name": "Harbor Red", "quantity": "2", "prices": {"price": "6495", "currency_minor_unit": "2"}},
                {"id": 2, "name": "Cork", "quantity": 1},
                None,
            ],
            "totals": {"total_price": "12990", "currency_minor_unit": 2},
        },
        {"1": (2, 6495), "2": (1, None)},
        12990,
    ),
    Trap(
        "the theme leaves out the address of the interface, and the shop is in a folder",
        "woocommerce",
        {"1": (1, 6495)},
        6495,
        "/wine/?rest_route=/wc/store/v1/cart",
        {
            "items": [{**WOO_PIECE, "name": "Harbor &#8220;Red&#8221;"}],
            "totals": {"total_price": "6495", "currency_minor_unit": 2},
        },
        "var woocommerce_params = {wc_ajax_url: '/wine/?wc-ajax=%%endpoint%%'}",
        "Harbor \u201cRed\u201d",
    ),
    replace(
        data_layer(
            "PHP has made an object of the list, and escaped the names",
            {
                "event": "view_cart",
                "ecommerce": {
                    "currency": "eur",
                    "items": {"0": {"item_id": "W-1", "item_name": "Harbor <b>Red</b> &amp; Co", "price": "1.064,95 €"}},
                },
            },
            {"W-1": (1, 106495)},
            106495,
        ),
        first_name="Harbor Red & Co",
        currency="EUR",
    ),
    replace(
        shopify("the page has taken fetch away", SHOPIFY_CART, {"1": (2, 6495)}, 12990),
        script="window.fetch = null",
    ),
    replace(
        shopify("a library of old has taught arrays to write themselves", SHOPIFY_CART, {"1": (2, 6495)}, 12990),
        script="Array.prototype.toJSON = function () { return '[' + this.join() + ']' }",
    ),
    data_layer(
        "a price may be a thousand and a half or one and a half",
        {"event": "view_cart", "ecommerce": {"items": [{"item_id": "W-1", "item_name": "Harbor Red", "price": "1.500"}]}},
        {"W-1": (1, None)},
        None,
    ),
    data_layer(
        "numbers are texts, no currency is named, and a part has no price",
        {
            "event": "view_cart",
            "ecommerce": {
                "items": [
                    {"item_id": "W-1", "item_name": "Harbor Red", "quantity": "2", "price": "64.95"},
                    {"item_id": "C-1", "item_name": "Cork", "quantity": 1},
                ]
            },
        },
        {"W-1": (2, 6495), "C-1": (1, None)},
        None,
    ),
)
