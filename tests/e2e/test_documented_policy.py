"""The policy of docs/snippet.md in a real page: enough where all of it is there, and each line missed as the document says."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Page

from services.ingest.http.snippet import SnippetFile, built_snippet
from shared.events.settings import Look
from tests.support import developers_document as document
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.builders.ingest import SITE_KEY, site_settings

LOGO = "https://logo.localhost"
TOKEN, PICK = "AbCdEfGhIjKlMnOpQ", "p" * 43
VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
SAVED = [{"productID": "W-1", "productName": "Harbor Red", "quantity": 2, "productPrice": "64.95", "productURL": None}]
SHOPS_OWN = """<script NONCE>window.broken = []; window.shop = {fill: (lines) => { shop.lines = lines; }};
addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective.replace('-elem', '')));
// Nobody is there to be asked for notifications.
Object.defineProperty(Notification, 'permission', {value: 'default'}); Notification.requestPermission = async () => 'granted';
</script>"""
PANEL = "Beckon on this page"
WORKERS = "async () => (await navigator.serviceWorker.getRegistrations()).length"


def the_code(lab: Lab, nonce: str = "") -> str:
    """The document's two lines with this shop's address and key, and a nonce on each where the page's policy wants one."""
    code = document.block("html").replace(document.INGEST, lab.ingest).replace(document.SITE_KEY, SITE_KEY)
    return code.replace("<script", f'<script nonce="{nonce}"') if nonce else code


@asynccontextmanager
async def a_strict_shop() -> AsyncIterator[tuple[Lab, str]]:
    """A Shopify shop with web push whose pages forbid all but what they are told to, and the console's address."""
    async with a_lab() as lab:
        console = lab.notify.replace("127.0.0.1", "console.localhost")
        settings = site_settings(hosts=(lab.shop.removeprefix("http://"),), back_office_hosts=(), platform="shopify")
        look = Look(logo=f"{LOGO}/logo.png")
        changes = {"revision": 2, "vapid_public": VAPID, "worker_path": "/beckon-worker.js", "look": look}
        lab.rig.sites.apply(settings.model_copy(update=changes))
        lab.rig.app.snippet = SnippetFile(lab.rig.ingestion, built_snippet(), lab.ingest, lab.notify, console)
        line = {"variant_id": 7, "title": "Harbor Red", "quantity": 2, "price": 6495, "final_price": 6495, "url": "/p/1"}
        shown = {"items": [line], "total_price": 12990, "currency": "USD", "token": "t"}
        lab.links |= {
            "/cart.js": json.dumps(shown),
            f"/l/{TOKEN}/cart": json.dumps({"items": SAVED}),
            "/api/picker/open": json.dumps({"pointing": {}, "expires_at": "2026-11-28T12:00:00Z"}),
            "/beckon-worker.js": built_snippet().worker,
        }
        yield lab, console


def put_pages(lab: Lab, console: str, lines: Sequence[document.PolicyLine], script: str = "") -> None:
    """Pages whose policy is these lines of the document, and nothing else; they take Trusted Types alone."""
    addresses = {document.INGEST: lab.ingest, document.BECKON: lab.notify}
    allowed: dict[str, list[str]] = {}
    for line in lines:
        values = [addresses.get(value, value) for value in line.values] or [LOGO if line.directive == "img-src" else console]
        allowed.setdefault(line.directive, []).extend(values)
    allowed["script-src"] = [script] if script else [*allowed.get("script-src", []), "'nonce-n1'"]
    allowed.setdefault("trusted-types", ["'none'"])
    policy = "; ".join(
        [
            "default-src 'none'; require-trusted-types-for 'script'",
            *(f"{name} {' '.join(values)}" for name, values in allowed.items()),
        ]
    )
    own = SHOPS_OWN.replace("NONCE", 'nonce="n1"')
    restore = f"<script nonce='n1'>_beckon.push({document.commands()['onRestore']})</script>"
    head = f'<meta http-equiv="content-security-policy" content="{policy}">{own}{the_code(lab, "n1")}{restore}'
    for path in ("/", "/restored", "/pointed", "/asked"):
        lab.pages[path] = f"<!doctype html><html><head>{head}</head><body></body></html>"


async def broken_on(page: Page) -> list[str]:
    broken: list[str] = await page.evaluate("() => [...new Set(broken)]")
    return broken


async def accepts_push(lab: Lab) -> Page:
    """The question comes on a second page at the earliest, and only with something in the cart."""
    page = await lab.visit("/asked")
    await page.get_by_role("button", name="Yes, remind me").click()
    return page


async def test_the_documents_policy_is_enough_for_everything() -> None:
    async with a_strict_shop() as (lab, console):
        put_pages(lab, console, document.policy())
        page = await lab.visit("/#beckon_debug")
        await page.get_by_role("region", name=PANEL).get_by_text("read by: shopify)").first.wait_for()
        await lab.wait_for(1, "cart.updated")
        restored = await lab.visit(f"/restored#beckon={TOKEN}")
        await restored.wait_for_function("() => shop.lines")
        pointed = await lab.visit(f"/pointed#beckon_pick={PICK}")
        await pointed.get_by_text("Shoppers do not see this.").wait_for()
        asked = await accepts_push(lab)
        await asked.wait_for_function(WORKERS)
        put_pages(lab, console, document.policy(), script="'nonce-n1' 'strict-dynamic'")
        trusting = await lab.visit("/#beckon_debug")
        await trusting.get_by_role("region", name=PANEL).wait_for()

        assert [await broken_on(each) for each in (page, restored, pointed, asked, trusting)] == [[]] * 5


async def test_a_missing_line_shows_as_documented() -> None:
    async with a_strict_shop() as (lab, console):
        lines = document.policy()
        script, ingest, beckon, own, of_console, worker, logo, types = lines

        def without(*lacking: document.PolicyLine) -> None:
            put_pages(lab, console, [line for line in lines if line not in lacking])

        without(own, beckon, worker, of_console, logo)
        page = await lab.visit("/#beckon_debug")
        panel = page.get_by_role("region", name=PANEL)
        await panel.get_by_text("connect-src 'self'").wait_for()
        restored = await lab.visit(f"/restored#beckon={TOKEN}")
        await restored.wait_for_function("() => broken.length")
        pointed = await lab.visit(f"/pointed#beckon_pick={PICK}")
        await pointed.get_by_text("cannot be reached from this page").wait_for()
        await page.evaluate(f"() => _beckon.push({document.commands()['setCart']})")
        await lab.wait_for(1, "cart.updated")
        asked = await accepts_push(lab)
        await asked.wait_for_function("() => broken.includes('worker-src') && broken.includes('img-src')")
        without(ingest)
        silent = await lab.visit("/#beckon_debug")
        await silent.get_by_role("region", name=PANEL).get_by_text(f"connect-src {lab.ingest}").wait_for()
        without(types)
        untrusted = await lab.visit("/#beckon_debug")
        await untrusted.wait_for_function("() => broken.length")
        before = len(lab.events("cart.updated"))
        await untrusted.evaluate(f"() => _beckon.push({document.commands()['setCartItem']})")
        await lab.wait_for(before + 1, "cart.updated")
        without(script)
        dead = await lab.visit("/#beckon_debug")
        await dead.wait_for_function("() => broken.length")

        assert await restored.evaluate("() => shop.lines === undefined && !/saved/.test(location.href)")
        assert await asked.evaluate(WORKERS) == 0
        assert await untrusted.locator("beckon-debug").count() == 0
        assert await broken_on(dead) == ["script-src"]
        assert await dead.locator("beckon-debug").count() == 0
        assert len(document.missing_lines()) == len(lines)
