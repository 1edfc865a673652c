"""What the picker makes of what was pointed at: selectors that find just that again, and the page that it is on."""

from playwright.async_api import Page, Route

from services.ingest.snippet_build import FOLDER
from tests.support.browsers.snippet_lab import a_browser

SOURCES = ("pointing/read_pointed", "picker/selectors", "picker/session")
PARTS_OF_LINES = """(part) => {
    const lines = [...document.querySelectorAll('.item')];
    const wanted = lines.map((line) => line.querySelector(part));
    const selectors = selectorsInLine(lines[0], lines, wanted[0]);
    return selectors.length > 0 && lines.every((line, at) => findOne(line, selectors) === wanted[at]);
}"""
LINE = """<div class="css-77aa1 item"><a href="/p"><img alt=""></a><div class="css-1q"><a class="css-t1" href="/p">Red</a>
<span class="css-p2">64,95 €</span></div><div class="css-q3"><span class="css-n4">2</span></div></div>"""
"""As a builder of styles names its classes: anew with each release, so that only places are left."""
PARTS = (".css-t1", ".css-p2", ".css-n4")
PAGES = {
    "route=checkout/cart&currency=EUR": ["route=checkout/cart"],
    "added=true&utm_source=console": [],
    "sid=83ab1&was=korb": ["was=korb"],
}


async def answer(route: Route) -> None:
    """A cart of two lines, at any address."""
    await route.fulfill(body=f"<!doctype html><main><div>{LINE}{LINE}</div></main>", content_type="text/html; charset=utf-8")


async def opens(page: Page, query: str) -> None:
    """A page of a shop, with the picker's own functions."""
    await page.goto(f"http://shop.localhost/index.php?{query}")
    sources = (FOLDER / f"{name}.js" for name in SOURCES)
    await page.add_script_tag(content="\n".join(source.read_text().replace("export ", "") for source in sources))


async def test_what_was_pointed_at_is_found_again_in_every_line_and_on_its_page() -> None:
    async with a_browser() as context:
        page = await context.new_page()
        await page.route("**/*", answer)
        parameters = {}
        for query in PAGES:
            await opens(page, query)
            parameters[query] = await page.evaluate("() => pageNow().parameters")

        found = {part: await page.evaluate(PARTS_OF_LINES, part) for part in PARTS}

        assert found == dict.fromkeys(PARTS, True)
        assert parameters == PAGES
