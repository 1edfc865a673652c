"""The data layer and structured data of shops that nobody prepared for us: every shape in which they report a cart."""

import json
from dataclasses import dataclass

from playwright.async_api import Page

from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.browsers.data_layer_shapes import BOTH, CORK, FROM_THE_BEGINNING, HOSTILE, RED, SHAPES, STUB, ga4, pushed
from tests.support.browsers.snippet_lab import Lab, a_lab

BUDGET_MILLISECONDS = 50
TWENTY_MILLISECONDS_OF_WORK = """() => {
    const runs = [1, 2, 3, 4, 5].map(() => {
        const began = performance.now();
        for (let n = 0; n < 3e5; n++) JSON.stringify({a: n});
        return performance.now() - began;
    });
    return Math.min(...runs);
}"""
"""On a laptop of these years; on a slower or busier machine both take longer, so what is asserted is a ratio."""


@dataclass(frozen=True)
class Read:
    cart: CartUpdated | None
    orders: list[str | None]


async def read(lab: Lab, path: str, head: str, *, then: str = "") -> Read:
    """What a browser that knows nothing yet reports of this page."""
    lab.rig.kafka.stored[:] = [record for record in lab.rig.kafka.stored if record[0] != "storefront-events"]
    lab.page(path, head=f"<script>window.dataLayer=[];{head}</script>")
    await lab.context.clear_cookies()
    page = await lab.visit("/empty")
    await page.evaluate("() => localStorage.clear()")
    await page.goto(f"{lab.shop}{path}")
    if then:
        await page.evaluate(then)
    return await left(lab, page)


async def left(lab: Lab, page: Page) -> Read:
    await lab.settle(page)
    await page.close()
    carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
    orders = [event.order_id for event in lab.events("order.reported") if isinstance(event, OrderReported)]
    return Read(max(carts, key=lambda cart: cart.cart_version, default=None), orders)


def contents(cart: CartUpdated | None) -> tuple[dict[str, int], int | None]:
    assert cart is not None, "no cart was read"
    return {item.product_id: item.quantity for item in cart.items}, None if cart.total is None else cart.total.minor


async def test_every_shape_of_a_data_layer_is_read_before_and_after_us() -> None:
    async with a_lab() as lab:
        lab.page("/empty", tracking=False)

        before = {name: contents((await read(lab, "/before", script)).cart) for name, (script, _) in SHAPES.items()}
        late = {name: f"() => {{ {script} }}" for name, (script, _) in SHAPES.items() if name not in FROM_THE_BEGINNING}
        after = {name: contents((await read(lab, "/after", "", then=script)).cart) for name, script in late.items()}

        expected = {name: wanted for name, (_, wanted) in SHAPES.items()}
        assert before == expected
        assert after == {name: wanted for name, wanted in expected.items() if name in after}


async def test_a_hostile_data_layer_breaks_nothing_and_hides_no_cart() -> None:
    async with a_lab() as lab:
        lab.page("/empty", tracking=False)

        found = {}
        for name, script in HOSTILE.items():
            good = "" if name == "no layer at all" else pushed(ga4("view_cart", RED, CORK))
            found[name] = (
                await read(lab, "/hostile", f"{script}{good}", then="() => dataLayer.push && dataLayer.push({})")
            ).cart

        assert {name: cart and contents(cart) for name, cart in found.items()} == {
            name: None if name == "no layer at all" else BOTH for name in HOSTILE
        }
        assert lab.errors == []
        await lab.rig.ingestion.commit.drain(1)
        signals = [event for event in lab.rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
        failed = [(signal.field, signal.path, signal.count) for signal in signals if signal.kind is SignalKind.READER_FAILED]
        assert failed == [("data layer: Error", "/hostile", 1)], "the throwing getter's page, once"


async def test_the_largest_page_costs_its_readers_what_a_page_may_spend() -> None:
    async with a_lab() as lab:
        items = [{**RED, "item_id": f"W-{number}"} for number in range(100)]
        goods = [{"@type": "Product", "sku": f"W-{number}", "name": "x" * 200, "offers": {"price": 1}} for number in range(200)]
        head = f"window.dataLayer=[];for(var n=0;n<2000;n++)dataLayer.push({json.dumps(ga4('view_cart', *items))})"
        described = f'<script type="application/ld+json">{json.dumps(goods)}</script>'
        lab.page("/", head=f"<script>{head}</script>", body=described * 20)

        ratios = []
        for _ in range(3):
            page = await lab.visit("/")
            spent = await page.evaluate("() => { let all; _beckon.push((core) => { all = core.spent }); return all }")
            ratios.append(sum(spent.values()) / await page.evaluate(TWENTY_MILLISECONDS_OF_WORK))
            assert spent["data layer"] > 0
            assert spent["structured data"] > 0
            await page.close()

        assert min(ratios) < BUDGET_MILLISECONDS / 20


async def test_what_a_page_out_of_the_cache_reports_late_is_no_news_until_its_shopper_acts() -> None:
    late = pushed(ga4("view_cart", RED)) + "fetch('/reported')"
    async with a_lab() as lab:
        lab.page("/cart", head=f"<script>window.dataLayer=[];addEventListener('load',()=>setTimeout(()=>{{{late}}}))</script>")
        lab.page("/next", head="<script>window.dataLayer=[]</script>")
        page = await lab.visit("/cart")
        await page.goto(f"{lab.shop}/next")
        await page.evaluate(f"() => {{ {pushed(ga4('view_cart', CORK))} }}")
        await page.goto(f"{lab.shop}/next?again")

        lab.requested.clear()
        await page.go_back()
        await page.go_back()
        await lab.wait_for_request("/reported")
        await lab.settle(page)
        carts = [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]
        assert [contents(cart) for cart in carts] == [({"W-1": 2}, 12990), ({"C-7": 1}, 1200)]

        lab.requested.clear()
        await page.go_back()
        await lab.wait_for_request("/reported")
        await page.mouse.click(1, 1)
        await page.evaluate(f"() => {{ {pushed(ga4('add_to_cart', RED))} }}")
        assert contents((await left(lab, page)).cart) == ({"C-7": 1, "W-1": 2}, 14190)


async def test_what_is_added_once_more_by_a_reload_alone_is_not_added() -> None:
    added = pushed(ga4("add_to_cart", CORK)) + "fetch('/reported')"
    async with a_lab() as lab:
        lab.page("/cart", head=f"<script>window.dataLayer=[];addEventListener('load',()=>setTimeout(()=>{{{added}}}))</script>")
        page = await lab.visit("/cart")
        await lab.wait_for_request("/reported")
        lab.requested.clear()
        await page.reload()
        await lab.wait_for_request("/reported")

        assert contents((await left(lab, page)).cart) == ({"C-7": 1}, 1200)


async def test_a_purchase_is_reported_once_however_often_its_page_is_shown() -> None:
    async with a_lab() as lab:
        bought = {"transaction_id": "1001", "value": 141.9, "currency": "USD", "items": [RED, CORK]}
        lab.page("/cart", head=f"<script>window.dataLayer=[];{pushed(ga4('view_cart', RED, CORK))}</script>")
        lab.page("/thanks", head=f"<script>window.dataLayer=[];{pushed({'event': 'purchase', 'ecommerce': bought})}</script>")
        for path in ("/cart", "/thanks", "/thanks"):
            await lab.settle(await lab.visit(path))

        orders = [event for event in lab.events("order.reported") if isinstance(event, OrderReported)]
        assert [order.order_id for order in orders] == ["1001"]
        assert orders[0].total is not None
        assert orders[0].total.minor == 14190


DESCRIBED = {
    "json-ld": '<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":["Product"],"sku":"W-1",'
    '"name":"Harbor Red","image":[{"url":"/red.jpg"}],"offers":[{"@type":"Offer","price":64.95}]}]}</script>',
    "variants": '<script type="application/ld+json">{"@type":"ProductGroup","name":"Wines","hasVariant":[{"@type":"Product",'
    '"sku":"W-1","name":"Harbor Red","image":"/red.jpg","offers":{"@type":"Offer","price":"64.95"}}]}</script>',
    "microdata": '<div itemscope itemtype="https://schema.org/Product"><span itemprop="brand" itemscope>'
    '<b itemprop="name">Vine</b></span>'
    '<h1 itemprop="name">Harbor Red</h1><meta itemprop="sku" content="W-1"><img itemprop="image" src="/red.jpg">'
    '<span itemprop="offers" itemscope><b itemprop="price" content="64.95">$64.95</b></span></div>',
    "open graph": '<meta property="og:type" content="product"><meta property="og:title" content="Harbor Red">'
    '<meta property="og:image" content="/red.jpg"><meta property="product:price:amount" content="64.95">'
    '<meta property="product:retailer_item_id" content="W-1">',
    "broken beside good": '<script type="application/ld+json">{"@type":</script><script type="application/ld+json">'
    '[null,7,{"@type":"Product","sku":"W-1","name":"Harbor Red","image":"/red.jpg","offers":{"lowPrice":"64.95"}}]</script>',
}


async def test_a_name_with_markup_is_read_where_pages_take_trusted_types_alone() -> None:
    async with a_lab() as lab:
        policy = "require-trusted-types-for 'script'; trusted-types beckon"
        named = pushed(ga4("view_cart", {**RED, "item_name": "Ch&acirc;teau <b>Harbor</b> &amp; Co"}))
        head = f'<meta http-equiv="content-security-policy" content="{policy}"><script>window.dataLayer=[];{named}</script>'
        lab.page("/cart", head=head)

        cart = (await left(lab, await lab.visit("/cart"))).cart

        assert cart is not None
        assert [item.name for item in cart.items] == ["Château Harbor & Co"]


ROUTES = """<script>window.dataLayer = []; addEventListener('hashchange', () => setTimeout(() => {
    const [, page, id] = location.hash.split('/');
    document.body.innerHTML = page === 'cart' ? '<h1>Cart</h1>'
        : '<h1>Harbor ' + (id === 'W-1' ? 'Red' : 'White') + '</h1><p>64.95</p>'
        + (id === 'W-1' ? '<script type="application/ld+json">{"@type":"Product","sku":"W-1","name":"Harbor Red",'
            + '"image":"/red.jpg","offers":{"price":"64.95"}}</' + 'script>' : '');
}, 20))</script>"""


async def test_a_shop_whose_routes_are_in_the_fragment_names_its_goods_and_its_cart() -> None:
    async with a_lab() as lab:
        lab.page("/", head=ROUTES)
        page = await lab.visit("/")
        await page.wait_for_function("() => dataLayer.push.byBeckon")
        for good, name in (("W-1", "Red"), ("W-2", "White")):
            await page.evaluate(f"() => location.hash = '/wines/{good}'")
            await page.get_by_role("heading", name=f"Harbor {name}").click()
            await page.evaluate(f"() => {{ {pushed(ga4('add_to_cart', {'item_id': good}))} }}")
        await page.evaluate("() => location.hash = '/cart'")
        await page.get_by_role("heading", name="Cart").click()
        bare = ({"item_id": "W-1", "quantity": 2}, {"item_id": "W-2"})
        await page.evaluate(f"() => {{ {pushed(ga4('view_cart', *bare, value=150))} }}")

        cart = (await left(lab, page)).cart

        assert cart is not None
        assert [(item.name, item.quantity, f"{item.path}{item.path_suffix}") for item in cart.items] == [
            ("Harbor Red", 2, "/#/wines/W-1"),
            ("Harbor White", 1, "/#/wines/W-2"),
        ]
        assert (cart.return_path, cart.return_suffix) == ("/", "#/cart")


async def test_two_scripts_that_report_each_click_count_it_once() -> None:
    async with a_lab() as lab:
        add = f"const add=()=>{{{pushed(ga4('add_to_cart', CORK))}}};window.dataLayer=[];"
        button = '<button onclick="setTimeout(add, 20); setTimeout(add, 60)">Add</button>'
        lab.page("/p", head=f"<script>{add}</script>", body=button)
        page = await lab.visit("/p")
        await page.wait_for_function("() => dataLayer.push.byBeckon")

        for clicks, reported in ((1, 2), (2, 6)):
            await page.get_by_role("button").click(click_count=clicks)
            await page.wait_for_function("(reported) => dataLayer.length >= reported", arg=reported)

        assert contents((await left(lab, page)).cart) == ({"C-7": 3}, 3600)


async def test_a_purchase_without_a_number_hides_none_that_has_one() -> None:
    async with a_lab() as lab:
        bought = {"transaction_id": "1001", "value": 12, "currency": "USD", "items": [CORK]}
        lab.page("/thanks", head=f"<script>window.dataLayer=[];{STUB}</script>")
        page = await lab.visit("/thanks")

        pixel = "fbq('track','Purchase',{value:12,currency:'USD',content_ids:['C-7']})"
        await page.evaluate(f"() => {{ {pixel}; {pushed({'event': 'purchase', 'ecommerce': bought})} }}")
        await lab.settle(page)

        orders = [event.order_id for event in lab.events("order.reported") if isinstance(event, OrderReported)]
        assert orders == ["1001"]


async def test_lines_that_have_an_id_alone_are_filled_by_what_pages_describe() -> None:
    async with a_lab() as lab:
        lab.page("/empty", tracking=False)

        bare = {"item_id": "W-1", "quantity": 2}
        lab.page("/cart", head=f"<script>window.dataLayer=[];{pushed(ga4('view_cart', bare))}</script>")
        on_its_page, later = {}, {}
        for name, body in DESCRIBED.items():
            first = await read(lab, "/p/red", f"{pushed(ga4('add_to_cart', {'item_id': 'W-1'}))}</script>{body}<script>")
            page = await lab.visit("/cart")
            on_its_page[name], later[name] = first.cart, (await left(lab, page)).cart

        for cart, quantity in [*((cart, 1) for cart in on_its_page.values()), *((cart, 2) for cart in later.values())]:
            assert cart is not None
            (item,) = cart.items
            assert (item.name, item.quantity, item.path, item.image_path) == ("Harbor Red", quantity, "/p/red", "/red.jpg")
            assert item.unit_price is not None
            assert cart.total is not None
            assert cart.total.minor == 6495 * quantity
