"""Carts and checkouts in frames: what is read of them, what is not, and who their shopper is."""

from shared.events.storefront import CartUpdated, PageSeen, ShopperIdentified
from tests.support.browsers.data_layer_shapes import RED, ga4, pushed
from tests.support.browsers.snippet_lab import CART, a_lab, push
from tests.support.builders.ingest import site_settings

SHOWS_A_CART = f"<script>window.dataLayer=[];{pushed(ga4('view_cart', RED, value=129.9))}</script>"
FIELD = "<form><label>E-mail <input type=email name=email></label></form>"


async def test_a_frame_of_the_shops_own_is_read_where_the_code_is_in_it() -> None:
    async with a_lab() as lab:
        lab.page("/bare", head=SHOWS_A_CART, body=FIELD, tracking=False)
        lab.page("/cart", head=SHOWS_A_CART, body=FIELD)
        for path, framed in (("/", "/bare"), ("/shop", "/cart")):
            lab.page(path, body=f"<iframe src={framed}></iframe><button>Pay</button>")
            page = await lab.visit(path)
            await page.frame_locator("iframe").get_by_label("E-mail").fill("anna@shop.example")
            await page.get_by_role("button").click()
            await lab.settle(page)

        seen = [event for event in lab.events("page.seen") if isinstance(event, PageSeen)]
        paths = [event.path for event in seen]
        (cart,), (shopper,) = lab.events("cart.updated"), lab.events("shopper.identified")
        assert (paths[0], set(paths)) == ("/", {"/", "/shop", "/cart"})
        assert isinstance(cart, CartUpdated)
        assert isinstance(shopper, ShopperIdentified)
        assert cart.visitor_id == shopper.visitor_id == seen[0].visitor_id


async def test_a_frame_of_another_host_is_another_browser_and_names_its_shopper() -> None:
    async with a_lab() as lab:
        shop, pay = lab.shop.removeprefix("http://"), lab.shop.removeprefix("http://shop.")
        lab.rig.sites.apply(site_settings(hosts=(shop, f"pay.{pay}")).model_copy(update={"revision": 2}))
        lab.page("/checkout", body=FIELD)
        lab.page("/", head=push(CART), body=f"<iframe src=http://pay.{pay}/checkout></iframe><button>Pay</button>")

        page = await lab.visit("/")
        await page.frame_locator("iframe").get_by_label("E-mail").fill("anna@shop.example")
        await page.get_by_role("button").click()
        await lab.wait_for(1, "shopper.identified")
        await lab.wait_for(1, "cart.updated")

        (cart,), (shopper,) = lab.events("cart.updated"), lab.events("shopper.identified")
        assert isinstance(cart, CartUpdated)
        assert isinstance(shopper, ShopperIdentified)
        assert cart.visitor_id != shopper.visitor_id
