"""What shoppers see of Beckon in a real browser: the question before the browser's own about push, and the saved cart."""

import asyncio

from playwright.async_api import Route, expect

from shared.events.envelope import CartItem, Money
from shared.events.nudge import NudgedCart
from shared.events.settings import Look
from shared.messages.item_names import name_hash
from shared.runtime.clock import SystemClock
from tests.support.browsers.layout import SHIFTS, assert_nothing_moved, assert_suits_every_shopper
from tests.support.browsers.snippet_lab import CART, Lab, a_browser, a_lab, push, tracking_code
from tests.support.builders.ingest import site_settings
from tests.support.builders.notify import SITE, a_site
from tests.support.hostile_requests import served
from tests.support.memory.notify import MemoryDatabase
from tests.unit.notify.http.test_hostile_requests import an_app

VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
HOSTILE = "</script><img src=x onerror=alert(1)>"
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9" fill="#7a1f3d"/></svg>"""
NOT_YET_ASKED = "Object.defineProperty(Notification, 'permission', {get: () => 'default'})"
HAS_SEEN_A_PAGE = """() => Object.keys(localStorage)
    .some((key) => key.endsWith('push') && JSON.parse(localStorage[key]).pages)"""
SIZE = """(picture) => [picture.complete && picture.naturalWidth > 0,
    picture.getBoundingClientRect().width, picture.getBoundingClientRect().height]"""


async def answer_with_a_picture(route: Route) -> None:
    await route.fulfill(body=PICTURE, content_type="image/svg+xml")


def page_of_the_shop(lab: Lab, language: str, head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><title>Wine</title>{head}{tracking_code(lab.ingest)}</head>'
        "<body><main><h1>Wine</h1><p>Red and white.</p></main></body></html>"
    )


async def shop_with_a_look(lab: Lab) -> None:
    """A shop with push, whose name is an attack, and a browser that was not asked about notifications yet."""
    look = Look(logo=f"{lab.shop}/logo.svg", colour="#ffd400", language="es")
    changes = {"revision": 2, "vapid_public": VAPID, "worker_path": "/worker.js", "name": HOSTILE, "look": look}
    lab.rig.sites.apply(site_settings(hosts=(lab.shop.removeprefix("http://"),)).model_copy(update=changes))
    await lab.context.add_init_script(NOT_YET_ASKED)
    await lab.context.add_init_script(SHIFTS)
    await lab.context.route("**/logo.svg", answer_with_a_picture)
    lab.page("/", head=push(CART))
    lab.pages["/es"] = page_of_the_shop(lab, "es-MX")
    forbids = '<meta http-equiv="content-security-policy" content="img-src \'none\'">'
    lab.pages["/de"] = page_of_the_shop(lab, "de", head=forbids)


async def test_the_push_question_wears_the_shops_look_and_the_language_of_the_page() -> None:
    async with a_lab() as lab:
        await shop_with_a_look(lab)
        page = await lab.visit("/")
        await page.wait_for_function(HAS_SEEN_A_PAGE)

        await page.goto(f"{lab.shop}/es")
        question = page.get_by_role("dialog", name=f"Notificaciones de {HOSTILE}")
        await expect(question).to_contain_text("Podemos recordarte tu carrito")
        await expect(question.get_by_text(HOSTILE, exact=True)).to_be_visible()
        await expect(question.locator("img")).to_have_js_property("complete", True)
        assert await question.locator("img").evaluate(SIZE) == [True, 40, 40]
        assert await question.get_attribute("lang") == "es"
        await assert_nothing_moved(page)
        await assert_suits_every_shopper(page)

        await page.goto(f"{lab.shop}/de")
        await expect(page.get_by_role("button", name="Yes, remind me")).to_be_visible()
        await expect(page.locator("beckon-push img")).to_have_count(0)
        await page.get_by_role("button", name="Not now").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)


TOKEN = "A" * 17
SHOP, LOGO = "shop.example", "https://cdn.example/logo.svg"
PICTURES, OTHERS = "pictures.cdn.example", "elsewhere.example"
KNOWN = ("Harbor Red", "Old Harbor White of the Northern Terraces", "Corkscrew", "Cellar Book")
LINES = (
    CartItem(product_id="1", name=KNOWN[0], quantity=2, unit_price=Money(minor=6495, currency="USD"), image_path="/red.png"),
    CartItem(product_id="2", name=KNOWN[1], quantity=1, unit_price=Money(minor=500, currency="USD"), image_path="/gone.png"),
    CartItem(product_id="4", name=KNOWN[2], quantity=1, image_path="/c.png", image_host=PICTURES),
    CartItem(product_id="5", name=KNOWN[3], quantity=1, image_path="/b.png", image_host=OTHERS),
    CartItem(product_id="3", name=HOSTILE, quantity=3, path="/javascript:alert(1)", image_path='/x"onerror=alert(1)//.png'),
)


async def a_saved_cart() -> MemoryDatabase:
    """A link to a cart of a shop whose name is an attack, which is the name of a line as well."""
    clock = SystemClock()
    database = MemoryDatabase(clock)
    look = Look(logo=LOGO, colour="#7a1f3d", language="en")
    names = tuple(name_hash(name) for name in (*KNOWN, HOSTILE))
    cart = NudgedCart(items=LINES, total=Money(minor=13490, currency="USD"), return_path="/cart", more_items=2)
    async with database.transaction() as store:
        await store.put_site(a_site(name=HOSTILE, hosts=(SHOP,), page_names=names, picture_hosts=(PICTURES,), look=look))
        await store.attempts.add_link(SITE, TOKEN, "attempt", cart.model_dump_json(by_alias=True), clock.now())
    return database


async def test_the_saved_cart_wears_the_shops_look_and_the_browsers_language() -> None:
    database, errors, requested, are_late = await a_saved_cart(), list[str](), list[str](), asyncio.Event()
    async with a_browser() as context, served(an_app(database)) as port:

        async def answer_late(route: Route) -> None:
            requested.append(route.request.url)
            await are_late.wait()
            if route.request.url.endswith("/gone.png"):
                await route.fulfill(status=404)
            else:
                await answer_with_a_picture(route)

        await context.add_init_script(SHIFTS)
        await context.set_extra_http_headers({"Accept-Language": "es-AR,es;q=0.9"})
        await context.route("https://**/*", answer_late)
        page = await context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("dialog", lambda dialog: errors.append(dialog.message))
        await page.goto(f"http://127.0.0.1:{port}/l/{TOKEN}/saved", wait_until="domcontentloaded")
        await expect(page.get_by_role("heading", name="Tu carrito guardado")).to_be_visible()
        are_late.set()
        await page.wait_for_load_state("load")

        lines = page.get_by_role("listitem")
        await expect(lines).to_contain_text(["2 \u00d7 $64.95", "1 \u00d7 $5.00", KNOWN[2], KNOWN[3], "\u00d7 3"])
        await expect(lines.nth(4).get_by_role("link")).to_have_attribute("href", f"https://{SHOP}/javascript:alert(1)")
        red = page.get_by_role("img", name="Imagen de Harbor Red")
        assert await red.evaluate(SIZE) == [True, 72, 72]
        assert await page.get_by_role("img", name=f"Imagen de {KNOWN[2]}").evaluate(SIZE) == [True, 72, 72]
        assert f"https://{PICTURES}/c.png" in requested
        assert not any(OTHERS in address for address in requested)
        assert await page.locator("header img").evaluate(SIZE) == [True, 48, 48]
        assert await page.locator("img").count() == 4, "none of a line that no page of the shop bears, or of an attack"
        await expect(page.get_by_text("Total $134.90")).to_be_visible()
        await expect(page.get_by_role("banner")).to_have_text(HOSTILE)
        await assert_nothing_moved(page)
        await assert_suits_every_shopper(page)
        assert errors == []
