"""What shops really answer: numbers as texts, no currency, prices with and without tax, and answers that are no cart at all."""

import json
from functools import partial
from uuid import UUID

from playwright.async_api import Route

from shared.events.storefront import CartUpdated
from tests.support.browsers.reader_askings import ASKING, JSON, Answer, no_carts
from tests.support.browsers.reader_traps import TRAPS
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.builders.ingest import SITE_KEY, site_settings

GIVEN_UP_AFTER_MS = 11_000
RED = {"id_product": "7", "name": "Harbor Red", "cart_quantity": 1}
PAGES: tuple[tuple[list[dict[str, object]], str], ...] = (([{**RED}], "index"), ([], "index"), ([], "cart"))
"""Of PrestaShop: what is in the cart, and the page's name."""


def site_of(number: int) -> UUID:
    """The site of a shop."""
    return UUID(int=number + 1000)


def a_page(lab: Lab, number: int, platform: str, script: str = "", body: str = "") -> str:
    """A shop of its own on this platform. Returns its address."""
    host = f"shop{number}.{lab.shop.removeprefix('http://')}"
    key = f"bk_{number:016}"
    lab.rig.sites.apply(site_settings(site_id=site_of(number), site_keys=(key,), hosts=(host,), platform=platform))
    lab.page(f"/{number}", head=f"<script>{script}</script>", body=body)
    lab.pages[f"/{number}"] = lab.pages[f"/{number}"].replace(SITE_KEY, key)
    return f"http://{host}"


async def answer_newest(answers: list[Answer], route: Route) -> None:
    """Answer a request of the page by the last of these."""
    status, kind, body = answers[-1]
    await route.fulfill(status=status, content_type=kind, body=body)


def as_cart(text: str) -> Answer:
    """An answer as it should be."""
    return 200, JSON, text


def cart_of(lab: Lab, number: int) -> CartUpdated | None:
    """The newest cart of this shop."""
    carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
    return next((cart for cart in reversed(carts) if cart.site_id == site_of(number)), None)


async def test_what_a_platform_shows_is_read_as_its_shopper_sees_it() -> None:
    async with a_lab() as lab:
        for number, trap in enumerate(TRAPS):
            address = a_page(lab, number, trap.platform, trap.script)
            if trap.asked:
                await lab.context.route(f"{address}{trap.asked}*", partial(answer_newest, [as_cart(json.dumps(trap.answer))]))
            page = await lab.visit(f"/{number}", host=address)
            await lab.wait_for(number + 1, "cart.updated")
            await page.close()

            cart = cart_of(lab, number)
            assert cart is not None, trap.name
            read = {item.product_id: (item.quantity, item.unit_price and item.unit_price.minor) for item in cart.items}
            assert (read, cart.total and cart.total.minor) == (trap.lines, trap.total), f"{trap.platform}: {trap.name}"
            assert {money.currency for money in (cart.total, cart.items[0].unit_price) if money} <= {trap.currency}
            assert (cart.items[0].name, cart.reader) == (trap.first_name, trap.reader)


async def test_an_answer_that_is_no_cart_empties_none_and_breaks_nothing() -> None:
    async with a_lab() as lab:
        for number, each in enumerate(ASKING):
            address = a_page(lab, number, each.platform, each.script, each.body)
            answers = [as_cart(each.cart(1))]
            await lab.context.route(f"{address}{each.asked}*", partial(answer_newest, answers))
            page = await lab.visit(f"/{number}", host=address)
            await lab.wait_for(2 * number + 1, "cart.updated")

            for answer in (*no_carts(each.cart(9)), as_cart(each.cart(2))):
                answers.append(answer)
                async with page.expect_response(f"{address}{each.asked}*"):
                    await page.evaluate(f"() => {{ {each.act} }}")
            await lab.wait_for(2 * number + 2, "cart.updated")

        carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
        assert [[item.quantity for item in cart.items] for cart in carts] == [[1], [2]] * len(ASKING)
        assert lab.errors == []


async def test_an_answer_that_never_ends_is_given_up_and_the_next_is_read() -> None:
    async with a_lab() as lab:
        asking = ASKING[0]
        address = a_page(lab, 1, asking.platform)
        asked = f"{address}{asking.asked}*"
        await lab.context.route(asked, silence)
        page = await lab.context.new_page()
        await page.clock.install()
        async with page.expect_request(asked):
            await page.goto(f"{address}/1")

        async with page.expect_event("requestfailed"):
            await page.clock.run_for(GIVEN_UP_AFTER_MS)
        await lab.context.unroute(asked)
        await lab.context.route(asked, partial(answer_newest, [as_cart(asking.cart(3))]))
        await page.evaluate(f"() => {{ {asking.act} }}")
        async with page.expect_response(asked):
            await page.clock.run_for(1000)
        await page.clock.run_for(1000)
        (cart,) = await lab.wait_for(1, "cart.updated")

        assert isinstance(cart, CartUpdated)
        assert [item.quantity for item in cart.items] == [3]


async def test_a_page_out_of_a_shops_cache_empties_no_cart() -> None:
    async with a_lab() as lab:
        full, cached, emptied = ({"cart": {"products": products}, "page": {"page_name": name}} for products, name in PAGES)
        address = a_page(lab, 0, "prestashop", f"var prestashop = {json.dumps(full)}")
        page = await lab.visit("/0", host=address)
        await lab.wait_for(1, "cart.updated")

        a_page(lab, 0, "prestashop", f"var prestashop = {json.dumps(cached)}")
        await page.goto(f"{address}/0")
        a_page(lab, 0, "prestashop", f"var prestashop = {json.dumps(emptied)}")
        await page.goto(f"{address}/0")
        await lab.wait_for(2, "cart.updated")

        paths = [event.type for event in lab.events("page.seen", "cart.updated")]
        assert paths == ["page.seen", "cart.updated", "page.seen", "page.seen", "cart.updated"]


async def test_a_page_out_of_the_browsers_cache_brings_back_no_cart() -> None:
    async with a_lab() as lab:
        full, _, emptied = ({"cart": {"products": products}, "page": {"page_name": name}} for products, name in PAGES)
        address = a_page(lab, 0, "prestashop", f"var prestashop = {json.dumps(full)}")
        page = await lab.visit("/0", host=address)
        await lab.wait_for(1, "cart.updated")
        a_page(lab, 0, "prestashop", f"var prestashop = {json.dumps(emptied)}")
        await page.goto(f"{address}/0?emptied")
        await lab.wait_for(2, "cart.updated")

        await page.go_back()
        assert await page.evaluate("() => prestashop.cart.products.length") == 1, "the page came out of the cache"
        await lab.wait_for(3, "page.seen")
        await page.goto(f"{address}/0?left")
        await lab.wait_for(4, "page.seen")

        assert len(lab.events("cart.updated")) == 2


async def silence(route: Route) -> None:
    """Never answer."""
