"""The snippet among other people's code: hostile pages, two codes, two shops, pages that change without loading."""

from uuid import UUID

import pytest

from shared.events.storefront import CartUpdated, PageSeen
from tests.support.browsers.snippet_lab import CART, a_lab, confirmation_code, push
from tests.support.builders.ingest import SITE, SITE_KEY, site_settings

OTHER_SITE = UUID(int=7)
TOKEN = "AbCdEfGhIjKlMnOpQ"

CHECKOUT = """
<form action="/paid"><input name="email" type="email"><input name="phone" autocomplete="tel">
<input id="box" type="checkbox" name="sms_opt_in"><label for="box">I would like to receive
  SMS messages</label>
<input name="password" type="password"><input name="card_number" autocomplete="cc-number">
<div data-beckon-ignore><input name="gift_email" type="email"></div>
<input name="note"><button>Pay</button></form>
"""


async def test_pages_changed_without_loading_are_reported() -> None:
    async with a_lab() as lab:
        lab.page("/")
        page = await lab.visit("/")

        await page.evaluate("() => { history.pushState({}, '', '/p/1?q=secret'); history.pushState({}, '', '/p/1#x') }")
        await lab.settle(page)

        paths = [event.path for event in lab.events("page.seen") if isinstance(event, PageSeen)]
        assert paths == ["/", "/p/1"]


async def test_denied_consent_stops_everything_and_a_grant_goes_on() -> None:
    async with a_lab() as lab:
        described = '<script type="application/ld+json">{"@type":"Product","sku":"W-1","name":"Harbor Red"}</script>'
        layer = "<script>dataLayer=[{event:'view_cart',items:[{item_id:'W-1'}]}]</script>"
        lab.page("/", head=push("['setConsent',{storage:'denied'}]", CART) + described + layer)
        page = await lab.context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        await page.clock.install()
        await page.goto(f"{lab.shop}/")
        await page.wait_for_function("() => window._beckon.v")
        await page.clock.run_for(5000)
        before = [url for url in asked if "/v1/" in url]
        kept = await page.evaluate("() => document.cookie + JSON.stringify(localStorage)")

        await page.evaluate("() => _beckon.push(['setConsent', {storage: 'granted'}])")
        await page.clock.run_for(5000)
        await lab.wait_for(1, "cart.updated")

        assert before == []
        assert kept == "{}"


@pytest.mark.parametrize(
    "hostility",
    [
        "Object.defineProperty(window,'localStorage',{get(){throw new Error('denied')}})",
        "Object.defineProperty(document,'cookie',{get(){return ''},set(){}})",
        "Array.prototype.extra=function(){};Object.prototype.other=1",
        "Object.freeze(history)",
        "Object.defineProperty(document,'currentScript',{get(){return null}})",
        "Object.defineProperty(window,'dataLayer',{get(){throw new Error('theirs')}})",
        "window.PerformanceObserver=undefined;performance.getEntriesByType=null",
        "window.WeakSet=undefined;window.AbortController=undefined",
        "window._beckon=[['noSuchCommand',1],['setCart'],['setOrder'],[],null,7,function(){throw new Error('theirs')}]",
    ],
)
async def test_a_hostile_page_sees_no_error_of_ours_and_its_cart_arrives(hostility: str) -> None:
    async with a_lab() as lab:
        lab.page("/", head=f"<script>{hostility}</script>{push(CART)}")

        await lab.visit("/")
        (cart,) = await lab.wait_for(1, "cart.updated")

        assert isinstance(cart, CartUpdated)
        assert cart.items[0].product_id == "W-1"


async def test_both_codes_on_one_page_are_as_one() -> None:
    async with a_lab() as lab:
        lab.page("/paid", body=confirmation_code(lab.ingest, "1001"))

        await lab.settle(await lab.visit("/paid"))

        assert sorted(event.type for event in lab.events()) == ["order.reported", "page.seen"]


async def test_two_shops_on_one_host_share_nothing_in_the_browser() -> None:
    async with a_lab() as lab:
        other = "bk_zzzzzzzzzzzzzzz7"
        lab.rig.sites.apply(site_settings(site_id=OTHER_SITE, site_keys=(other,), hosts=(lab.shop.removeprefix("http://"),)))
        lab.page("/", head=push(CART))
        lab.page("/other", head=push(CART))
        lab.pages["/other"] = lab.pages["/other"].replace(SITE_KEY, other)

        await lab.visit("/")
        await lab.wait_for(1, "cart.updated")
        await lab.visit("/other")
        first, second = await lab.wait_for(2, "cart.updated")

        assert isinstance(first, CartUpdated)
        assert isinstance(second, CartUpdated)
        assert (first.site_id, second.site_id) == (SITE, OTHER_SITE)
        assert first.visitor_id != second.visitor_id


async def test_leaving_a_page_sends_each_event_once_more_at_most() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(CART))
        sent: list[str] = []
        lab.context.on("request", lambda request: sent.append(request.post_data or "") if "/v1/" in request.url else None)

        page = await lab.visit("/")
        await lab.settle(page)

        assert sum("cart.updated" in body for body in sent) in (1, 2)


async def test_a_cart_that_is_too_large_is_refused_and_holds_up_nothing() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push("['setCart',{items:[{productID:'W-1',quantity:1,productName:'x'.repeat(30000)}]}]"))
        lab.page("/paid", body=confirmation_code(lab.ingest, "1001"))

        await lab.settle(await lab.visit("/"))
        await lab.settle(await lab.visit("/paid"))

        assert lab.events("cart.updated") == []
        assert len(lab.events("order.reported")) == 1
