"""A shop's developer is shown what is wrong with his commands, and what becomes of the right ones."""

from pathlib import Path

from playwright.async_api import Page

from tests.support.browsers.snippet_lab import CART, Lab, a_lab, push
from tests.support.builders.ingest import site_settings

WRONG = ("['setCrat',{items:[]}]", "['setOrder','1001']", "['setConsent',{storage:'yes'}]", "['setEmailAddressInput',document]")
RIGHT = (CART, "['setEmail','anna@shop.example']", "['setDataItem',{returnURL:'/cart'}]", "(commands)=>commands.addedToCart()")
FIRST = "['setCart',{items:[{productID:'W-2',productName:'Harbor White',productPrice:'20.00'}]}]"
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
VIOLATIONS = """async () => (await axe.run({include: [{fromShadowDom: ['beckon-debug', 'section']}]})).violations
    .map((found) => found.id + ': ' + found.nodes.map((node) => node.html).join(' | '))"""
STRICT = "<meta http-equiv='content-security-policy' content=\"style-src 'none'\">"
BROKEN = """<script>window.broken = [];
addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective))</script>"""
MASKED = "email a…@s…"


async def visit_with_console(lab: Lab, path: str) -> tuple[Page, list[str]]:
    """Open a page, and collect what its console warns of."""
    page, warnings = await lab.context.new_page(), list[str]()
    page.on("console", lambda entry: warnings.append(entry.text) if entry.type == "warning" else None)
    page.on("pageerror", lambda error: lab.errors.append(str(error)))
    await page.goto(f"{lab.shop}{path}")
    return page, warnings


async def test_a_wrong_command_warns_once_with_its_remedy_and_a_right_one_never() -> None:
    async with a_lab() as lab:
        lab.page("/", head=push(*WRONG[:2], *RIGHT))

        page, warnings = await visit_with_console(lab, "/")
        await lab.wait_for(1, "cart.updated")
        await page.wait_for_function("() => !_beckon.q.length")
        await page.evaluate(f"() => _beckon.push({','.join([*WRONG, *RIGHT])})")

        assert [text.partition(";")[0] for text in warnings] == [
            "Beckon: there is no setCrat",
            "Beckon: setOrder takes {orderID}",
            "Beckon: setConsent takes {storage: 'granted' | 'denied'}",
            "Beckon: setEmailAddressInput takes a selector or false",
        ]
        assert "there are setCart, setCartItem, " in warnings[0]


async def test_the_debug_panel_shows_what_was_read_and_sent_and_no_contact() -> None:
    async with a_lab() as lab:
        lab.page("/", head=STRICT + push("['setCrat']", "['setEmail','anna@shop.example']", FIRST))
        lab.page("/next")
        page = await lab.visit("/#beckon_debug")
        panel = page.get_by_role("region", name="Beckon on this page")
        await panel.get_by_text(
            "cart.updated: 1 \u00d7 Harbor White at 20.00 (read by: own commands) → sent before this panel was open"
        ).wait_for()
        await page.evaluate(f"() => _beckon.push({CART})")
        await panel.get_by_text(
            "cart.updated: 2 \u00d7 Harbor Red at 64.95; total 129.90 USD (read by: own commands) → taken (204)"
        ).wait_for()
        await panel.get_by_text("there is no setCrat").wait_for()
        await panel.get_by_text(MASKED, exact=True).wait_for()
        assert await panel.evaluate("section => getComputedStyle(section).position") == "fixed"
        await page.evaluate(AXE)
        assert await page.evaluate(VIOLATIONS) == []

        await page.goto(f"{lab.shop}/next")
        await page.evaluate(
            "() => _beckon.push(['setEmail','berta@shop.example'],['setOrder',{orderID:'7',phone:'+14155550123'}])"
        )
        await panel.get_by_text("order 7 phone …23 → taken (204)").wait_for()
        text = await panel.inner_text()
        assert "shopper.identified: email b…@s…" in text
        assert not any(contact in text for contact in ("anna", "berta", "shop.example", "4155550123"))

        await page.evaluate("() => _beckon.push(['reset'])")
        await panel.get_by_text("order 7").wait_for(state="detached")
        assert "b…@s…" not in await panel.inner_text()
        await panel.get_by_role("button", name="Close").click()
        await page.goto(f"{lab.shop}/")
        await page.wait_for_function("() => !_beckon.q.length")
        assert await page.locator("beckon-debug").count() == 0


async def test_the_documented_policy_is_enough_for_carts_orders_and_the_panel() -> None:
    async with a_lab() as lab:
        policy = f"default-src 'none'; script-src {lab.ingest} 'unsafe-inline'; connect-src {lab.ingest}"
        meta = f'<meta http-equiv="content-security-policy" content="{policy}">'
        lab.page("/", head=meta + BROKEN + push(CART, "['setOrder',{orderID:'7'}]"))

        page = await lab.visit("/#beckon_debug")
        await page.get_by_role("region", name="Beckon on this page").wait_for()
        await lab.wait_for(1, "order.reported")

        assert await page.evaluate("() => broken") == []


async def test_the_debug_panel_does_not_open_where_consent_is_pending() -> None:
    async with a_lab() as lab:
        asking = site_settings(hosts=(lab.shop.removeprefix("http://"),), back_office_hosts=())
        lab.rig.sites.apply(asking.model_copy(update={"revision": 2, "consent_required": True}))
        lab.page("/")
        page = await lab.visit("/#beckon_debug")
        await page.wait_for_load_state("networkidle")
        assert await page.evaluate("() => [sessionStorage.length, document.querySelectorAll('beckon-debug').length]") == [0, 0]

        await page.evaluate("() => _beckon.push(['setConsent',{storage:'granted'}])")
        await page.get_by_role("region", name="Beckon on this page").wait_for()
        await page.evaluate("() => _beckon.push(['setConsent',{storage:'denied'}])")
        await page.locator("beckon-debug").wait_for(state="detached")
        assert await page.evaluate("() => sessionStorage.length") == 0
