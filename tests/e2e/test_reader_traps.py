"""What shops really answer: numbers as texts, no currency, prices with and without tax, and answers that are no cart at all."""

import json
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from playwright.async_api import Route

from shared.events.storefront import CartUpdated
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.builders.ingest import SITE_KEY, site_settings

Lines = dict[str, tuple[int, int | None]]
"""How many of each, and the price of one in cents."""
Answer = tuple[int, str, str]
"""Status, content type, body."""
BIGCOMMERCE_CARTS = "/api/storefront/carts"
MAGENTO_SECTIONS = "/customer/section/load/"
GIVEN_UP_AFTER_MS = 11_000


@dataclass(frozen=True)
class Trap:
    """A page of a platform, what its API answers, and what is to be read."""

    name: str
    platform: str
    lines: Lines
    total: int
    asked: str = ""
    answer: object = None
    script: str = ""


def bigcommerce(name: str, cart: dict[str, object], lines: Lines, total: int) -> Trap:
    """By the storefront API."""
    return Trap(name, "bigcommerce", lines, total, BIGCOMMERCE_CARTS, [cart])


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


PIECE = {"name": "Harbor Red", "sku": "W-1"}
MAGENTO_PIECE = {"product_name": "Harbor Red", "product_sku": "W-1", "product_id": "7"}
PRESTA_PIECE = {"name": "Harbor Red", "id_product": "7", "id_product_attribute": "0"}
TAXED_LINE = {**PRESTA_PIECE, "price_with_reduction": 120, "price_with_reduction_without_tax": 100, "cart_quantity": "1"}

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
            ],
            "subtotalAmount": 100,
            "subtotal_incl_tax": '<span class="price">$120.00</span>',
        },
        {"W-1": (1, 12000), "8": (1, None)},
        12000,
    ),
    prestashop(
        "numbers are texts, no currency is named, a combination has a number of its own",
        {
            "products": [{**PRESTA_PIECE, "id_product_attribute": "60", "cart_quantity": "2", "price_wt": "64.95"}],
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
)


def bigcommerce_carts(quantity: int) -> list[dict[str, object]]:
    """One line in the cart."""
    return [{"lineItems": {"physicalItems": [{**PIECE, "quantity": quantity, "salePrice": 64.95}]}}]


def magento_section(quantity: int) -> dict[str, object]:
    """The same."""
    return {"items": [{**MAGENTO_PIECE, "qty": quantity}]}


TOO_LARGE = json.dumps([{"lineItems": {"physicalItems": [{**PIECE, "quantity": 9}]}, "padding": "x" * 5_000_000}])
FORGET_SECTIONS = "() => { localStorage.removeItem('mage-cache-storage'); fetch('/checkout/cart/add/', {method: 'POST'}) }"
ASKING: tuple[tuple[Trap, str, str, object], ...] = (
    (
        bigcommerce("a cart", bigcommerce_carts(1)[0], {}, 0),
        BIGCOMMERCE_CARTS,
        "() => fetch('/remote/v1/cart/update', {method: 'POST'})",
        bigcommerce_carts(2),
    ),
    (magento("a cart", magento_section(1), {}, 0), MAGENTO_SECTIONS, FORGET_SECTIONS, {"cart": magento_section(2)}),
)
"""Of each reader that asks its shop: a first cart, what it asks for, what makes it ask again, and an answer that is a cart."""
NO_CARTS: tuple[Answer, ...] = (
    (200, "text/html", "<!doctype html><title>Log in</title><form action=/login.php></form>"),
    (401, "application/json", '[{"lineItems":{"physicalItems":[{"name":"A","sku":"A","quantity":1}]}}]'),
    (429, "application/json", "{}"),
    (500, "application/json", "[]"),
    (200, "application/json", "null"),
    (200, "application/json", '{"cart":7}'),
    (200, "application/json", '[{"lineItems":null}]'),
    (200, "application/json", TOO_LARGE),
)


def site_of(number: int) -> UUID:
    """The site of a shop."""
    return UUID(int=number + 1000)


def a_page(lab: Lab, number: int, platform: str, script: str = "") -> str:
    """A shop of its own on this platform. Returns its address."""
    host = f"shop{number}.{lab.shop.removeprefix('http://')}"
    key = f"bk_{number:016}"
    lab.rig.sites.apply(site_settings(site_id=site_of(number), site_keys=(key,), hosts=(host,), platform=platform))
    lab.page(f"/{number}", head=f"<script>{script}</script>")
    lab.pages[f"/{number}"] = lab.pages[f"/{number}"].replace(SITE_KEY, key)
    return f"http://{host}"


async def answer_newest(answers: list[Answer], route: Route) -> None:
    """Answer a request of the page by the last of these."""
    status, kind, body = answers[-1]
    await route.fulfill(status=status, content_type=kind, body=body)


def as_json(data: object) -> Answer:
    """An answer as it should be."""
    return 200, "application/json", json.dumps(data)


def cart_of(lab: Lab, number: int) -> CartUpdated | None:
    """The newest cart of this shop."""
    carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
    return next((cart for cart in reversed(carts) if cart.site_id == site_of(number)), None)


async def test_what_a_platform_shows_is_read_as_its_shopper_sees_it() -> None:
    async with a_lab() as lab:
        for number, trap in enumerate(TRAPS):
            address = a_page(lab, number, trap.platform, trap.script)
            if trap.asked:
                await lab.context.route(f"{address}{trap.asked}*", partial(answer_newest, [as_json(trap.answer)]))
            page = await lab.visit(f"/{number}", host=address)
            await lab.wait_for(number + 1, "cart.updated")
            await page.close()

            cart = cart_of(lab, number)
            assert cart is not None, trap.name
            read = {item.product_id: (item.quantity, item.unit_price and item.unit_price.minor) for item in cart.items}
            assert (read, cart.total and cart.total.minor) == (trap.lines, trap.total), f"{trap.platform}: {trap.name}"
            assert cart.reader == trap.platform


async def test_an_answer_that_is_no_cart_empties_none_and_breaks_nothing() -> None:
    async with a_lab() as lab:
        for number, (trap, asked, act, changed) in enumerate(ASKING):
            address = a_page(lab, number, trap.platform, trap.script)
            answers = [as_json(trap.answer)]
            await lab.context.route(f"{address}{asked}*", partial(answer_newest, answers))
            page = await lab.visit(f"/{number}", host=address)
            await lab.wait_for(2 * number + 1, "cart.updated")

            for answer in (*NO_CARTS, as_json(changed)):
                answers.append(answer)
                async with page.expect_response(f"**{asked}*"):
                    await page.evaluate(act)
            await lab.wait_for(2 * number + 2, "cart.updated")

        carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
        assert [[item.quantity for item in cart.items] for cart in carts] == [[1], [2]] * len(ASKING)
        assert lab.errors == []


async def test_an_answer_that_never_ends_is_given_up_and_the_next_is_read() -> None:
    async with a_lab() as lab:
        address = a_page(lab, 1, "bigcommerce")
        await lab.context.route(f"{address}{BIGCOMMERCE_CARTS}*", silence)
        page = await lab.context.new_page()
        await page.clock.install()
        async with page.expect_request(f"**{BIGCOMMERCE_CARTS}*"):
            await page.goto(f"{address}/1")

        async with page.expect_event("requestfailed"):
            await page.clock.run_for(GIVEN_UP_AFTER_MS)
        await lab.context.unroute(f"{address}{BIGCOMMERCE_CARTS}*")
        await lab.context.route(f"{address}{BIGCOMMERCE_CARTS}*", partial(answer_newest, [as_json(TRAPS[0].answer)]))
        await page.evaluate("() => fetch('/remote/v1/cart/add', {method: 'POST'})")
        async with page.expect_response(f"**{BIGCOMMERCE_CARTS}*"):
            await page.clock.run_for(1000)
        await page.clock.run_for(1000)
        (cart,) = await lab.wait_for(1, "cart.updated")

        assert isinstance(cart, CartUpdated)
        assert [item.product_id for item in cart.items] == ["W-1"]


async def silence(route: Route) -> None:
    """Never answer."""
