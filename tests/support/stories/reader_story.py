"""What every reader has to bear: a cart filled, changed and emptied, in two tabs and with the back button, and bought."""

from shared.events.envelope import ContactKind, IdentityKind
from shared.events.storefront import CartUpdated, OrderReported, ShopperIdentified
from tests.support.browsers.named_controls import Visitor
from tests.support.browsers.shop_lab import ShopLab

RED, WHITE = "Harbor Red 2021", "Harbor White 2022"
EMAIL, PHONE = "anna@example.com", "+14235550123"


async def run_story(lab: ShopLab, visitor: Visitor) -> None:
    """The whole story. After each change the cart on the topic is the shop's own basket."""
    await fills_and_changes(lab, visitor)
    await uses_two_tabs(lab, visitor)
    await goes_back(lab, visitor)
    await empties(lab, visitor)
    await logs_in(lab, visitor)
    await buys(lab, visitor)


async def fills_and_changes(lab: ShopLab, visitor: Visitor) -> None:
    """One good, then three of it."""
    await visitor.goes_to(lab.address)
    await visitor.follows(RED)
    await visitor.clicks("Add to cart")
    await lab.wait_until_shop_has({RED: 1})
    cart = await lab.wait_until_read()
    assert cart.reader == lab.shop.reader

    await visitor.follows("Cart")
    await visitor.fills("Quantity", "3")
    await visitor.clicks("Update")
    await lab.wait_until_shop_has({RED: 3})
    await lab.wait_until_read()


async def uses_two_tabs(lab: ShopLab, visitor: Visitor) -> None:
    """Another good in a second tab, then one more in the first, which does not know of it."""
    await visitor.opens_tab(lab.address)
    await visitor.follows(WHITE)
    await visitor.clicks("Add to cart")
    await lab.wait_until_shop_has({RED: 3, WHITE: 1})
    await lab.wait_until_read()
    await leaves_what_loads(lab, visitor)

    await visitor.shows_first_tab()
    await visitor.goes_to(lab.address)
    await visitor.follows(RED)
    await visitor.clicks("Add to cart")
    await lab.wait_until_shop_has({RED: 4, WHITE: 1})
    await lab.wait_until_read()


async def leaves_what_loads(lab: ShopLab, visitor: Visitor) -> None:
    """Look at another page: one that a busy machine has not loaded yet would report its old cart after newer ones."""
    seen = len(lab.events("page.seen"))
    await visitor.goes_to(lab.address)
    await lab.wait_for(lambda: len(lab.events("page.seen")) > seen, lambda: "no page was left")
    await lab.wait_until_read()


async def goes_back(lab: ShopLab, visitor: Visitor) -> None:
    """To a page that shows what was; what is there is still known."""
    await visitor.follows("Cart")
    await visitor.clicks("Remove")
    await lab.wait_until_shop_has({WHITE: 1})
    await lab.wait_until_read()
    known = len(lab.events("page.seen"))

    await visitor.goes_back()
    await lab.wait_for(lambda: len(lab.events("page.seen")) > known, lambda: "no page came back")
    await visitor.goes_to(lab.address)
    await lab.wait_for(lambda: len(lab.events("page.seen")) > known + 1, lambda: "no page was left")
    await lab.wait_until_read()


async def empties(lab: ShopLab, visitor: Visitor) -> None:
    """Nothing is left, and the next cart is another."""
    await visitor.follows("Cart")
    await visitor.clicks("Remove")
    await lab.wait_until_shop_has({})
    emptied = await lab.wait_until_read()
    assert emptied.items == ()

    await visitor.goes_to(lab.address)
    await visitor.follows(RED)
    await visitor.clicks("Add to cart")
    await lab.wait_until_shop_has({RED: 1})
    filled = await lab.wait_until_read()
    assert filled.cart_id != emptied.cart_id
    assert (filled.items[0].name, filled.items[0].unit_price is not None) == (RED, True)


async def logs_in(lab: ShopLab, visitor: Visitor) -> None:
    """Who it is becomes known, and the page after the form is there."""
    await visitor.follows("Log in")
    form = await visitor.runs("() => location.pathname")
    await visitor.fills("E-mail", EMAIL)
    await visitor.clicks("Log in")
    await lab.wait_for(lambda: bool(lab.events("shopper.identified")), lambda: "nobody is known")
    await lab.wait_for(lambda: form in lab.paths()[:-1] and lab.paths()[-1] != form, lab.paths)


async def buys(lab: ShopLab, visitor: Visitor) -> None:
    """What is typed is known before the order, which is reported under the shop's own number. No cart is full after it."""
    await visitor.follows("Cart")
    await visitor.follows("Checkout")
    await visitor.fills("Phone", PHONE)
    await visitor.fills("E-mail", EMAIL)
    await lab.wait_for(lambda: ContactKind.PHONE in identified_in(lab), lambda: identified_in(lab))
    await visitor.clicks("Place order")
    wanted = {IdentityKind.EMAIL, IdentityKind.VISITOR}  # by the merchant's code and the reader together
    await lab.wait_for(
        lambda: {each.kind for report in reports_in(lab) for each in report.identities} >= wanted, lambda: reports_in(lab)
    )
    await visitor.goes_to(lab.address)
    seen = len(lab.events("page.seen"))
    await visitor.goes_to(lab.address)
    await lab.wait_for(lambda: len(lab.events("page.seen")) > seen, lambda: "no page was left")

    (bought,) = lab.shop.orders
    assert {report.order_id for report in reports_in(lab)} == {bought.number}
    events = lab.events("order.reported", "cart.updated")
    after = events[events.index(reports_in(lab)[0]) :]
    assert [event for event in after if isinstance(event, CartUpdated) and event.items] == []


def identified_in(lab: ShopLab) -> list[ContactKind]:
    """What kinds of contacts the browser that filled the cart has named."""
    cart = lab.cart()
    named = [event for event in lab.events("shopper.identified") if isinstance(event, ShopperIdentified)]
    return [event.contact.kind for event in named if cart is not None and event.visitor_id == cart.visitor_id]


def reports_in(lab: ShopLab) -> list[OrderReported]:
    """The orders on the topic."""
    return [event for event in lab.events("order.reported") if isinstance(event, OrderReported)]
