"""A shop whose shoppers are asked first: before a grant nothing is requested or stored, and with it nothing was lost."""

from collections.abc import Mapping

import pytest
from playwright.async_api import Page

from shared.events.settings import PrivacyControl
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.browsers.snippet_lab import CART, RED, Lab, a_lab, push
from tests.support.builders.ingest import site_settings

SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
IS_STORED = "() => document.cookie + Object.keys(localStorage) + Object.keys(sessionStorage)"
WHITE = "{productID:'W-2',productName:'Harbor White',quantity:1,productPrice:'20.00'}"
GRANTED = "() => _beckon.push(['setConsent', {storage: 'granted'}])"
FRAMEWORK = """<script>window.__tcfapi = (command, version, listener) => {
    listener({eventStatus: 'cmpuishown', purpose: {consents: {}}}, true);
    window.answers = (given) => listener({eventStatus: 'useractioncomplete', purpose: {consents: {1: given}}}, true);
}</script>"""
CONSENT_MODE = """<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }
    gtag('consent', 'default', {analytics_storage: 'granted', ad_user_data: 'granted', region: ['US-CA']});
    gtag('consent', 'default', {analytics_storage: 'denied', ad_user_data: 'denied'});
    window.answers = (given) => {
        gtag('consent', 'update', {analytics_storage: given ? 'granted' : 'denied'});
        gtag('consent', 'update', {ad_user_data: given ? 'granted' : 'denied'});
    }</script>"""
SHOPIFY = """<script>(() => {
    let allowed = false;
    const customerPrivacy = {analyticsProcessingAllowed: () => allowed, marketingAllowed: () => allowed};
    window.Shopify = {loadFeatures: (features, done) => { Object.assign(Shopify, {customerPrivacy}); done(); }};
    window.answers = (given) => {
        allowed = given;
        document.dispatchEvent(new CustomEvent('visitorConsentCollected', {detail: {marketingAllowed: given}}));
    };
})()</script>"""


def configure(lab: Lab, choices: Mapping[str, object]) -> None:
    settings = site_settings(hosts=(lab.shop.removeprefix("http://"),))
    lab.rig.sites.apply(settings.model_copy(update={"revision": 2, **choices}))


async def opened(lab: Lab, path: str, requests: list[str]) -> Page:
    """A page whose timers have run for five seconds, and what it requested of Beckon besides its code."""
    page = await lab.context.new_page()
    page.on("request", lambda request: requests.append(request.url) if request.url.startswith(lab.ingest) else None)
    await page.clock.install()
    await page.goto(f"{lab.shop}{path}")
    await page.wait_for_function("() => window._beckon.v")
    await page.clock.run_for(5000)
    return page


async def granted(page: Page, grant: str = GRANTED) -> None:
    await page.evaluate(grant)
    await page.clock.run_for(5000)


@pytest.mark.parametrize(
    ("banner", "grant"),
    [("", GRANTED), *((banner, "() => answers(true)") for banner in (FRAMEWORK, CONSENT_MODE, SHOPIFY))],
    ids=["command", "framework", "consent mode", "shopify"],
)
async def test_nothing_is_requested_or_stored_before_a_grant_and_then_the_cart_comes(banner: str, grant: str) -> None:
    async with a_lab() as lab:
        configure(lab, {"consent_required": True})
        lab.page("/", head=banner + push("['setEmail','anna@shop.example']", CART))
        requests: list[str] = []

        page = await opened(lab, "/", requests)
        before = (list(requests), await page.evaluate(IS_STORED))
        await granted(page, grant)
        (cart,) = await lab.wait_for(1, "cart.updated")

        assert [url.rpartition("/")[2] for url in before[0]] == [url.rpartition("/")[2] for url in requests[:1]]
        assert before[1] == ""
        assert isinstance(cart, CartUpdated)
        assert {event.type for event in lab.events()} == {"page.seen", "shopper.identified", "cart.updated"}


async def test_a_shopper_who_does_not_agree_leaves_nothing_in_any_banner() -> None:
    async with a_lab() as lab:
        configure(lab, {"consent_required": True})
        others = CONSENT_MODE.replace("window.answers", "window.second") + SHOPIFY.replace("window.answers", "window.third")
        lab.page("/", head=FRAMEWORK + others + push(CART))
        requests: list[str] = []

        page = await opened(lab, "/", requests)
        await granted(page, "() => { answers(false); second(false); third(false) }")

        assert len(requests) == 1
        assert await page.evaluate(IS_STORED) == ""
        assert lab.events() == []


async def test_a_grant_goes_on_from_the_cart_and_the_unsent_order_of_the_page_before() -> None:
    async with a_lab() as lab:
        configure(lab, {"consent_required": True})
        lab.page("/", head=push(f"['setCartItem',{RED}]"))
        lab.page("/more", head=push(f"['setCartItem',{WHITE}]"))
        requests: list[str] = []
        first = await opened(lab, "/", requests)
        await granted(first)
        await lab.wait_for(1, "cart.updated")
        await first.evaluate("() => { window.fetch = () => Promise.reject(1); navigator.sendBeacon = () => true }")
        await first.evaluate("() => _beckon.push(['setOrder', {orderID: '1001', total: '64.95'}])")
        await first.evaluate(f"() => _beckon.push(['setCartItem', {RED.replace('W-1', 'W-3')}])")
        await first.clock.run_for(500)

        second = await opened(lab, "/more", requests)
        sent_before = len(lab.events("order.reported"))
        await granted(second)
        (order,) = await lab.wait_for(1, "order.reported")
        *_, cart = await lab.wait_for(3, "cart.updated")

        assert sent_before == 0
        assert isinstance(order, OrderReported)
        assert order.order_id == "1001"
        assert isinstance(cart, CartUpdated)
        assert sorted(item.product_id for item in cart.items if item.product_id) == ["W-2", "W-3"]


async def test_staff_are_not_asked_and_what_they_order_is_reported() -> None:
    async with a_lab() as lab:
        office = lab.office.removeprefix("http://")
        configure(lab, {"consent_required": True, "back_office_hosts": (office,)})
        lab.page("/new", head=push("['setOrder',{orderID:'2001',total:'10.00'}]"))

        await lab.visit("/new", host=lab.office)
        (order,) = await lab.wait_for(1, "order.reported")

        assert isinstance(order, OrderReported)


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (PrivacyControl.DENY, set()),
        (PrivacyControl.LIMIT, {"page.seen", "cart.updated"}),
        (PrivacyControl.IGNORE, {"page.seen", "cart.updated", "shopper.identified"}),
    ],
)
async def test_a_browsers_privacy_control_does_what_the_merchant_chose(choice: PrivacyControl, sent: set[str]) -> None:
    async with a_lab() as lab:
        configure(lab, {"privacy_control": choice})
        lab.page("/", head=push(CART), body="<input name='email' type='email'>")
        page = await lab.context.new_page()
        await page.add_init_script(SIGNAL)
        await page.clock.install()

        await page.goto(f"{lab.shop}/")
        await page.fill("input", "anna@shop.example")
        await page.locator("input").blur()
        await page.clock.run_for(5000)
        if sent:
            await lab.wait_for(len(sent), *sent)

        assert {event.type for event in lab.events()} == sent
        assert (await page.evaluate(IS_STORED) == "") is (not sent)
