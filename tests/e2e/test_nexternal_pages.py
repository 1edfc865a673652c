"""Nexternal's cart page in markups that no theme of ours has, and a ``cartcontents.js`` that is read as data and never run."""

from dataclasses import dataclass

from shared.events.storefront import CartUpdated
from tests.support.browsers.snippet_lab import Lab, a_lab

CART = "/acct/invoice.aspx"
SCRIPT = "/acct/cartcontents.js"
HEADER = f'<nav><a href="{CART}">Cart</a> <a href="/acct/account.aspx">Account</a> Free shipping over $300.00</nav>'

Lines = list[tuple[str, int, int | None]]


@dataclass(frozen=True)
class Markup:
    """A cart page, and what a shopper sees there: name, how many, price of one in cents; the total."""

    name: str
    body: str
    lines: Lines
    total: int | None


MARKUPS = (
    Markup(
        "a struck price, a list for the quantity, sums of several kinds",
        '<div><div class=item><a href="/acct/limited-edition-p1.aspx">Limited Edition Red</a><s>$70.00</s> <i>$64.95</i>'
        "<select name=qty_1><option>1<option selected>2</select><b>$129.90</b>"
        "<a href='invoice.aspx?remove=1'>Remove</a></div></div>"
        "<p>Merchandise Subtotal: <span>$129.90</span></p><p>Shipping <span>$10.00</span></p><p>Total Due: <b>$139.90</b></p>",
        [("Limited Edition Red", 2, 6495)],
        13990,
    ),
    Markup(
        "no currency signs, prices of lines alone, nested tables",
        "<table><tr><td><table><tr><td><a href='/acct/a-p2.aspx'><img src='/i.png' alt=''></a></td>"
        "<td><a href='/acct/a-p2.aspx'>Aged Cheese</a></td></tr></table></td>"
        "<td><input id=Quantity_2 value=3></td><td>1.050,00</td></tr></table>"
        "<table><tr><th>Grand Total</th><td>1.050,00</td></tr></table>",
        [("Aged Cheese", 3, 35000)],
        105000,
    ),
    Markup(
        "one good that goes to two addresses, and a field that no row has",
        "<fieldset><legend>Me</legend><a href='red-p3.aspx'>Red</a> <input class=qty value=1> $20.00</fieldset>"
        "<fieldset><legend>Ben</legend><a href='red-p3.aspx'>Red</a> <input class=qty value=2> $20.00</fieldset>"
        "<label>Quantity of gift cards <input value=7></label><p>Total $60.00</p>",
        [("Red", 3, 2000)],
        6000,
    ),
    Markup(
        "emptied, beside goods that are offered",
        "<h2>Your cart is now empty.</h2><a href='http://['>?</a><a href='b-p4.aspx'>Brie</a> $9.00",
        [],
        None,
    ),
)
REVIEW = "<h1>Review</h1><li>2 Red $40.00</li><p>Total $40.00</p><a href='invoice.aspx?clear=1'>Empty cart</a>"


async def test_cart_pages_are_read_by_what_every_cart_page_has() -> None:
    async with a_lab() as lab:
        page = await lab.context.new_page()
        for count, markup in enumerate(MARKUPS, 1):
            if not markup.lines:
                lab.page(CART, body=HEADER + REVIEW)
                await page.goto(f"{lab.shop}{CART}")
                await lab.settle(page)
                assert len(lab.events("cart.updated")) == count - 1, "a page that shows no line as a cart does is not read"
            lab.page(CART, body=HEADER + markup.body)
            await page.goto(f"{lab.shop}{CART}")
            cart = (await lab.wait_for(count, "cart.updated"))[-1]

            assert isinstance(cart, CartUpdated)
            assert [
                (item.name, item.quantity, item.unit_price and item.unit_price.minor) for item in cart.items
            ] == markup.lines
            assert (cart.total and cart.total.minor, cart.reader) == (markup.total, "nexternal"), markup.name


async def test_the_contents_of_the_cart_are_read_as_data_and_spare_its_page() -> None:
    async with a_lab() as lab:
        lab.page(CART, body=HEADER + MARKUPS[0].body)
        lab.page("/acct/red-p1.aspx", body=HEADER)
        page = await lab.context.new_page()

        _serve(lab, "window.ran = 1; var cartProperties = {QuantityTotal: (function () { window.ran = 1 })()};")
        await page.goto(f"{lab.shop}/acct/red-p1.aspx")
        (cart,) = await lab.wait_for(1, "cart.updated")
        assert isinstance(cart, CartUpdated)
        assert [item.quantity for item in cart.items] == [2], "what cannot be read as data is no reason not to look"
        assert await page.evaluate("() => window.ran") is None

        _serve(lab, "\ufeffvar customerProperties={};\nvar cartProperties = {'Lines': [1, {a: null}], \"QuantityTotal\": '2'};")
        await page.goto(f"{lab.shop}/acct/red-p1.aspx")
        await lab.settle(page)
        assert (lab.requested.count(SCRIPT), lab.requested.count(CART)) == (1, 0)

        _serve(lab, "cartProperties = { QuantityTotal: 0 }; customerProperties = { Email: 'anna@shop.example' };")
        lab.page(CART, body=HEADER + MARKUPS[-1].body)
        await page.goto(f"{lab.shop}/acct/red-p1.aspx")
        emptied = (await lab.wait_for(2, "cart.updated"))[-1]
        assert isinstance(emptied, CartUpdated)
        assert emptied.items == ()
        assert len(await lab.wait_for(1, "shopper.identified")) == 1


async def test_a_cart_page_out_of_the_browsers_cache_is_asked_for_again() -> None:
    async with a_lab() as lab:
        lab.page(CART, body=HEADER + MARKUPS[0].body)
        page = await lab.visit(CART)
        await lab.wait_for(1, "cart.updated")
        _serve(lab, "cartProperties = { QuantityTotal: 0 };")
        lab.page("/acct/red-p1.aspx", body=HEADER)
        await page.goto(f"{lab.shop}/acct/red-p1.aspx")
        await lab.wait_for(2, "cart.updated")

        lab.page(CART, body=HEADER + MARKUPS[1].body)
        await page.go_back()
        cart = (await lab.wait_for(3, "cart.updated"))[-1]

        assert "Limited Edition" in await page.content(), "the page came out of the cache"
        assert isinstance(cart, CartUpdated)
        assert [item.name for item in cart.items] == ["Aged Cheese"]


def _serve(lab: Lab, script: str) -> None:
    lab.pages[SCRIPT] = script
    lab.requested.clear()
