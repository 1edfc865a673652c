"""Which reader's word on the cart counts: two of them never make two carts, and a large cart is not lost."""

import json

from shared.events.storefront import CartUpdated
from tests.support.browsers.snippet_lab import Lab, a_lab, push
from tests.support.builders.ingest import site_settings

CORK = {"item_id": "C-7", "item_name": "Corkscrew", "price": 12, "quantity": 1}


def layer(entry: dict[str, object]) -> str:
    return f"<script>window.dataLayer=[];dataLayer.push({json.dumps(entry)})</script>"


ADDED, SHOWN = (layer({"event": event, "currency": "USD", "items": [CORK]}) for event in ("add_to_cart", "view_cart"))
OWN = "['setCart',{currency:'USD',total:'64.95',items:[{productID:'OWN',quantity:1,productPrice:'64.95'}]}]"
RED = {"variant_id": 101, "title": "Harbor Red", "quantity": 1, "final_price": 6495, "url": "/products/red"}
SHOPIFY = {"token": "t1", "currency": "USD", "total_price": 6495, "items": [RED]}


async def carts_after(lab: Lab, *paths: str) -> list[CartUpdated]:
    for path in paths:
        page = await lab.visit(path)
        await page.wait_for_load_state("networkidle")
        await lab.settle(page)
    return [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]


def seen(carts: list[CartUpdated]) -> list[tuple[str | None, dict[str, int]]]:
    return [(cart.reader, {item.product_id: item.quantity for item in cart.items}) for cart in carts]


def use_shopify(lab: Lab) -> None:
    hosts = (lab.shop.removeprefix("http://"),)
    lab.rig.sites.apply(site_settings(revision=2, hosts=hosts, platform="shopify"))


async def test_the_shops_own_commands_count_before_any_reader() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(OWN) + SHOWN)
        lab.page("/p", head=ADDED)

        carts = await carts_after(lab, "/", "/p")

        assert seen(carts) == [(None, {"OWN": 1})]


async def test_the_shops_own_commands_take_over_from_a_reader() -> None:
    async with a_lab() as lab:
        lab.page("/p", head=ADDED)
        lab.page("/", head=push(OWN))

        carts = await carts_after(lab, "/p", "/", "/p")

        assert seen(carts) == [("data layer", {"C-7": 1}), (None, {"OWN": 1})]
        assert len({cart.cart_id for cart in carts}) == 1


async def test_a_platforms_own_cart_counts_before_its_data_layer_and_both_are_one() -> None:
    async with a_lab() as lab:
        use_shopify(lab)
        lab.pages["/cart.js"] = json.dumps(SHOPIFY)
        lab.page("/", head=SHOWN)
        await carts_after(lab, "/")
        page = await lab.visit("/")
        await page.wait_for_load_state("networkidle")
        await page.evaluate(f"() => dataLayer.push({json.dumps({'event': 'add_to_cart', 'items': [CORK]})})")
        await lab.settle(page)

        carts = await carts_after(lab)

        assert seen(carts)[-1] == ("shopify", {"101": 1})
        assert [reader for reader, _ in seen(carts)[1:]].count("data layer") == 0
        assert len({cart.cart_id for cart in carts}) == 1


async def test_where_the_platform_answers_nothing_the_data_layer_counts() -> None:
    async with a_lab() as lab:
        use_shopify(lab)
        lab.page("/", head=SHOWN)

        assert seen(await carts_after(lab, "/")) == [("data layer", {"C-7": 1})]


async def test_a_page_that_loads_behind_another_tab_reports_no_older_cart() -> None:
    late = json.dumps({"event": "view_cart", "currency": "USD", "items": [{**CORK, "quantity": 5}]})
    hidden = "Object.defineProperty(document,'hidden',{get:()=>window.isBehind!==false});"
    async with a_lab() as lab:
        lab.page("/behind", head=f"<script>window.dataLayer=[];{hidden}window.report=()=>dataLayer.push({late})</script>")
        lab.page("/cart", head=SHOWN)
        behind = await lab.visit("/behind")
        await behind.wait_for_load_state("networkidle")
        shown = await lab.visit("/cart")
        await lab.wait_for(1, "cart.updated")

        await behind.evaluate("report()")
        await lab.settle(behind)
        await shown.close()
        assert seen(await carts_after(lab)) == [("data layer", {"C-7": 1})]

        again = await lab.visit("/behind")
        await again.evaluate("() => { isBehind = false; report() }")
        await lab.settle(again)
        assert seen(await carts_after(lab))[-1] == ("data layer", {"C-7": 5})


async def test_a_cart_of_a_hundred_lines_with_all_their_addresses_is_read() -> None:
    async with a_lab() as lab:
        line = {"quantity": 2, "price": 1, "item_name": "Вино " * 12, "url": "/p/" + "x" * 120, "image": "/i/" + "y" * 150}
        lines = [{**line, "item_id": f"W-{number}"} for number in range(100)]
        lab.page("/", head=layer({"event": "view_cart", "items": lines}))

        (cart,) = await carts_after(lab, "/")

        assert (len(cart.items), cart.unread_lines) == (100, 0)
        assert {item.quantity for item in cart.items} == {2}
