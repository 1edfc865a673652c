"""What a purchase of six pages costs the shop's pages: few requests to us, no preflights, and none to anybody else."""

from urllib.parse import urlsplit

from playwright.async_api import Page

from tests.support.browsers.snippet_lab import CART, OUTBOX, Lab, a_lab, confirmation_code, push

MOST_REQUESTS = 12
PAGES = ("/", "/wines", "/wine", "/cart", "/checkout", "/paid")
FORM = """<form><input name="email" type="email"><input name="phone" autocomplete="tel">
<input id="box" type="checkbox" name="sms_opt_in"><label for="box">I would like to receive SMS messages</label></form>"""


async def test_a_purchase_of_six_pages_takes_twelve_requests_and_no_preflight() -> None:
    async with a_lab() as lab:
        for path in PAGES:
            lab.page(path, head=push(CART) if path == "/cart" else "", body=FORM if path == "/checkout" else "")
        lab.page("/paid", body=confirmation_code(lab.ingest, "1001"))
        asked: list[tuple[str, str]] = []
        lab.context.on("request", lambda request: asked.append((request.method, request.url)))
        page = await lab.context.new_page()

        for number, path in enumerate(PAGES, start=1):
            await page.goto(f"{lab.shop}{path}")
            await lab.wait_for(number, "page.seen")
            if path == "/wine":
                await page.evaluate(f"() => {{ _beckon.push({CART}) }}")
            if path == "/checkout":
                await gives_contacts(page)
            await page.wait_for_function(f"() => localStorage.getItem('{OUTBOX}') === '[]'")

        assert [event.type for event in lab.events()].count("order.reported") == 1
        assert {urlsplit(url).netloc for _, url in asked} == {urlsplit(host).netloc for host in (lab.shop, lab.ingest)}
        assert answered(lab, "/v1/beacons") == sum(url.endswith("/v1/beacons") for method, url in asked if method == "POST")
        assert answered(lab, "/v1/beacons") + answered(lab, "/s/{site_key}.js") <= MOST_REQUESTS


async def gives_contacts(page: Page) -> None:
    """As at any checkout, one field after the other."""
    await page.fill("[name=email]", "anna@shop.example")
    await page.fill("[name=phone]", "(212) 555-0147")
    await page.click("#box")


def answered(lab: Lab, route: str) -> int:
    """How many requests ingest has answered there, preflights too."""
    counted = [
        sample.value
        for metric in lab.rig.registry.collect()
        for sample in metric.samples
        if sample.name == "beckon_http_requests_total" and sample.labels["route"] == route
    ]
    return int(sum(counted))
