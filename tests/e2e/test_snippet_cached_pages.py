"""The snippet on pages that come from a cache, or may never be shown: Chromium as shoppers have it."""

import json

from playwright.async_api import Page

from shared.events.storefront import CartUpdated
from tests.support.snippet_lab import CART, RED, Lab, a_lab, confirmation_code, push

OTHERWISE = CART.replace("productPrice:'64.95'", "productPrice:'$64.95'").replace("total:'129.90'", "total:129.9")
CHEESE = "['setCart',{currency:'USD',total:'5.00',items:[{productID:'C-1',quantity:1}]}]"
MORE = f"['setCart',{{items:[{RED},{{productID:'B-1',quantity:1}}]}}]"
ADDS = {
    "a form": '<form action="/cart/add"><button>Go</button></form>',
    "a link": '<a href="/cart?add-to-cart=7">Red</a>',
    "a labelled button": "<button onclick=\"location='/'\"><i class='icon-cart'></i> <b>Add to basket</b></button>",
}
DATA_LAYER = "<script>window.dataLayer=[]</script>"


def carts(lab: Lab) -> list[CartUpdated]:
    return [event for event in lab.events("cart.updated") if isinstance(event, CartUpdated)]


async def a_purchase(lab: Lab) -> None:
    """A cart, and the order that buys it, on a confirmation page that shows the cart once more."""
    lab.page("/", head=push(CART))
    lab.page("/paid", head=push(CART), body=confirmation_code(lab.ingest, "1001") + push(CART))
    await lab.settle(await lab.visit("/"))
    await lab.settle(await lab.visit("/paid"))
    assert len(lab.events("order.reported")) == 1


async def has_acts(page: Page) -> None:
    """The file that sees the shopper fill a cart has run: it delays the page's load, for which a visit waits."""
    assert await page.evaluate("() => !!document.querySelector('script[src$=\"/acts.js\"]')")


async def test_a_cached_cart_after_a_purchase_is_none_until_its_shopper_fills_one() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        lab.page("/otherwise", head=push(OTHERWISE))
        for path in ("/", "/otherwise", "/paid", "/"):
            await lab.settle(await lab.visit(path))
        assert len(carts(lab)) == 1, "what was bought is shown once more"

        lab.page("/wine", head=push(CART), body=ADDS["a labelled button"])
        page = await lab.visit("/wine")
        await has_acts(page)
        await page.click("b")
        await page.wait_for_url("**/")
        await lab.settle(page)

        first, second = carts(lab)
        assert first.cart_id != second.cart_id
        assert (first.acted_at is None, second.acted_at is None) == (True, False)
        assert second.acted_at is not None
        assert second.acted_at <= second.occurred_at


async def test_each_way_of_adding_is_an_act_and_no_other_click_is() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        lab.page("/view", head=push(CART), body='<a href="/" class="added_to_cart">View cart</a>')
        page = await lab.visit("/view")
        await has_acts(page)
        await page.click("a")
        await page.wait_for_url("**/")
        await lab.settle(page)
        assert len(carts(lab)) == 1, "nothing was added"

        for number, way in enumerate((ADDS["a form"], ADDS["a link"]), 2):
            lab.page("/wine", body=way)
            lab.page("/cart/add", head=push(CART))
            lab.page("/cart", head=push(CART))
            page = await lab.visit("/wine")
            await has_acts(page)
            await page.click("button,a")
            await page.wait_for_url(lambda address: "/wine" not in address)
            await lab.settle(page)
            assert len(carts(lab)) == number, way
            await lab.settle(await lab.visit("/paid"))


async def test_the_shops_data_layer_is_an_act_after_a_click_alone() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        layer = "<button onclick=\"dataLayer.push({event:'add_to_cart'});location='/'\">Take it</button>"
        lab.page("/wine", head=DATA_LAYER, body=layer + "<script>dataLayer.push({event:'add_to_cart'})</script>")
        page = await lab.visit("/wine")
        await has_acts(page)
        kept = await page.evaluate("() => JSON.stringify(localStorage)")
        await page.click("button")
        await page.wait_for_url("**/")
        await lab.settle(page)

        assert not any(name.endswith("act") for name in json.loads(kept)), "the page itself has pushed it"
        assert [cart.acted_at is None for cart in carts(lab)] == [True, False]


async def test_other_goods_open_a_cart_and_the_bought_ones_alone_do_not_come_back() -> None:
    async with a_lab() as lab:
        await a_purchase(lab)
        lab.page("/cheese", head=push(CHEESE))
        lab.page("/more", head=push(MORE))
        for path in ("/cheese", "/", "/more"):
            await lab.settle(await lab.visit(path))

        assert [[item.product_id for item in cart.items] for cart in carts(lab)] == [["W-1"], ["C-1"], ["W-1", "B-1"]]
