"""A shop that no reader knows: its merchant points at the cart, and shoppers' carts are read from then on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Page

from shared.events.storefront import CartUpdated, ConsentGiven
from tests.support.browsers.firefox import Firefox
from tests.support.browsers.named_controls import ChromiumVisitor, FirefoxVisitor, Visitor
from tests.support.browsers.pointing_lab import CART, PointingLab, a_pointing_lab
from tests.support.browsers.pointing_merchant import ChromiumHand, FirefoxHand, PointingMerchant
from tests.support.browsers.snippet_lab import a_browser
from tests.support.stories import reader_story
from tests.support.stories.reader_story import RED, WHITE

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECKED = """async (rules) => {
    const panel = {fromShadowDom: ['beckon-picker', 'section']};
    const {violations, passes} = await axe.run({include: [panel]}, {runOnly: rules});
    const shown = (found) => found.id + ': ' + found.nodes.map((node) => node.html).slice(0, 3).join(' | ');
    return [violations.map(shown), passes.map((each) => each.id)];
}"""
CHECKOUT = "/seite.php?was=kasse"
TIMES = "\u00d7"
ATTACK = "<img src=x onerror=document.title=1>"
FRESHENED = """() => performance.getEntriesByType('resource')
    .some((each) => each.initiatorType === 'fetch' && each.name.endsWith('readers.js'))"""
NO_PUSH_SERVER = "ws://127.0.0.1:9/"


async def fills_a_cart(pointing: PointingLab, visitor: Visitor) -> None:
    """Twenty of the one and one of the other."""
    for name, quantity in ((RED, "20"), (WHITE, "1")):
        await visitor.goes_to(pointing.lab.address)
        await visitor.follows(name)
        await visitor.fills("Quantity", quantity)
        await visitor.clicks("Add to cart")
        await pointing.lab.wait_until_shop_has({RED: 20} if name == RED else {RED: 20, WHITE: 1})


async def points_out_the_cart(pointing: PointingLab, merchant: PointingMerchant) -> None:
    """Two by mouse, one by keys alone; each choice shows what it reads."""
    await merchant.opens(await pointing.link())
    await merchant.points_at("Title", "#z0 b")
    await merchant.points_at("Price of one", "#z1 i")
    await merchant.moves_to("Quantity", "Quantity")
    await merchant.points_at("Total of the cart", "big")

    read = await merchant.readings()
    assert read["Title"] == RED
    assert read["Price of one"] == "64,95 €"
    assert (read["Quantity"], read["Whole line"], read["Total of the cart"]) == ("20", "2 lines", "1.333,50 €")
    assert f"20 {TIMES} {RED} at 64,95 €; 1 {TIMES} {WHITE} at 34,50 €; total 1.333,50 €" in await merchant.wait_for_text(
        "Read here"
    )


async def points_out_the_fields(pointing: PointingLab, merchant: PointingMerchant) -> None:
    """On the next pages: the shelf looks like a cart and is none; the checkout has the fields."""
    await merchant.opens(pointing.lab.address)
    assert (await merchant.readings())["Title"] == "Not on this page"
    await merchant.opens(pointing.lab.address + CHECKOUT)
    await merchant.points_at("E-mail field", "[name=f1]")
    await merchant.points_at("Phone field", "[name=f2]")
    await merchant.points_at("Box for text messages", "[name=f3]")
    assert (await merchant.readings())["Box for text messages"] == "Schickt mir Nachrichten aufs Handy"


async def saves(pointing: PointingLab, merchant: PointingMerchant) -> None:
    """Once; the next page of the shop knows of nothing any more."""
    await merchant.presses_button("Save")
    await merchant.wait_for_text("Saved as version 1")
    await pointing.take_settings()
    await merchant.wait_for(FRESHENED)
    await merchant.hand.goes_to(pointing.lab.address + CART)
    assert await merchant.hand.runs("() => sessionStorage.length") == 0


async def sees_a_page_that_looks_like_a_cart(pointing: PointingLab, merchant: PointingMerchant) -> None:
    """A good's own page has all that a line has, and is not read: the cart is still what it was."""
    lab = pointing.lab
    known = len(lab.events("page.seen"))
    await merchant.hand.goes_to(f"{lab.address}/ware/W-101")
    await merchant.hand.goes_to(lab.address + CART)
    await lab.wait_for(lambda: len(lab.events("page.seen")) >= known + 2, lambda: lab.events("page.seen"))
    assert len(lab.events("cart.updated")) == 1


async def ticks_the_box(pointing: PointingLab, page: Page) -> None:
    """The fields that were pointed out are read, and the one that only sounds like an address is not."""
    lab = pointing.lab
    known = len(lab.events("shopper.identified"))
    await page.goto(lab.address + CHECKOUT)
    await page.get_by_label("Einen Freund einladen").fill("friend@example.com")
    await page.get_by_label("E-mail", exact=True).fill("ben@example.com")
    await page.get_by_label("Phone").fill("+4915123456789")
    await page.get_by_label("Schickt mir").check()
    await lab.wait_for(lambda: bool(lab.events("consent.given")), lambda: lab.events("shopper.identified"))

    (consent,) = lab.events("consent.given")
    assert isinstance(consent, ConsentGiven)
    assert (consent.box_state, consent.wording) == ("ticked_by_shopper", "Schickt mir Nachrichten aufs Handy")
    assert len(lab.events("shopper.identified")) == known + 2


async def test_a_merchant_points_and_shoppers_carts_are_read_in_chromium() -> None:
    async with a_pointing_lab() as pointing:
        async with a_browser() as context:
            page = await context.new_page()
            reports: list[str] = []
            page.on("console", lambda message: reports.append(message.text))
            merchant = PointingMerchant(ChromiumHand(page))
            await fills_a_cart(pointing, ChromiumVisitor(context))
            await points_out_the_cart(pointing, merchant)
            assert await violations(page) == []
            await points_out_the_fields(pointing, merchant)
            assert pointing.lab.events("cart.updated") == [], "nothing was read before"
            await saves(pointing, merchant)
            await pointing.lab.wait_until_read()
            await sees_a_page_that_looks_like_a_cart(pointing, merchant)
            print(f"\nchromium: {merchant.clicks} clicks in the shop")
            assert [text for text in reports if "Content Security" in text] == []

        pointing.lab.shop.sessions.clear()
        async with a_browser() as context:
            visitor = ChromiumVisitor(context)
            await reader_story.run_story(pointing.lab, visitor)
            await ticks_the_box(pointing, await context.new_page())
            assert visitor.errors == []


async def violations(page: Page) -> list[str]:
    await page.evaluate(f"() => {{ {AXE} }}")
    found, passed = await page.evaluate(CHECKED, RULES)
    assert {"button-name", "color-contrast"} <= set(passed) | {each.split(":")[0] for each in found}, (
        "the panel was looked into"
    )
    return list(found)


@contextmanager
def a_firefox(profile: Path) -> Iterator[Firefox]:
    """Somebody's own."""
    firefox = Firefox(profile, NO_PUSH_SERVER)
    try:
        yield firefox
    finally:
        firefox.closes()


async def test_a_merchant_points_and_shoppers_carts_are_read_in_firefox(tmp_path: Path) -> None:
    async with a_pointing_lab() as pointing:
        with a_firefox(tmp_path / "merchant") as firefox:
            merchant = PointingMerchant(FirefoxHand(firefox))
            await fills_a_cart(pointing, FirefoxVisitor(firefox))
            await points_out_the_cart(pointing, merchant)
            await points_out_the_fields(pointing, merchant)
            await saves(pointing, merchant)

        pointing.lab.shop.sessions.clear()
        with a_firefox(tmp_path / "shopper") as firefox:
            await reader_story.run_story(pointing.lab, FirefoxVisitor(firefox))
        assert {each.reader for each in pointing.lab.events("cart.updated") if isinstance(each, CartUpdated)} == {"pointing"}


async def test_a_panel_shows_texts_as_texts_and_opens_for_its_shop_alone() -> None:
    async with a_pointing_lab() as pointing, a_browser() as context:
        visitor, page = ChromiumVisitor(context), await context.new_page()
        merchant = PointingMerchant(ChromiumHand(page))
        await fills_a_cart(pointing, visitor)
        link = await pointing.link()
        await merchant.opens(link)
        await page.evaluate("(text) => { document.querySelector('#z0 b').textContent = text }", ATTACK)
        await merchant.points_at("Title", "#z0 b")
        assert (await merchant.readings())["Title"] == ATTACK
        assert await page.title() == "Korb"

        await merchant.presses_button("Change whole line")
        await merchant.clicks_on("h2 + div b a")
        await merchant.wait_for_text("Whole line reads: ")
        assert page.url.endswith("was=korb"), "a link that is pointed at leads nowhere"

        await merchant.presses_button("Point at total of the cart")
        await merchant.hand.presses("Escape")
        await merchant.wait_for_text("Nothing was chosen")
        assert page.url.endswith("was=korb"), "the token is in no address any more"

        port = pointing.lab.address.rpartition(":")[2]
        await merchant.hand.goes_to(await pointing.link(f"http://evil.localhost:{port}"))
        await merchant.wait_for_text("This page is not the shop's")
        await merchant.hand.goes_to(link)
        assert await merchant.wait_for_text("Make a new link"), "another link has ended the first"
