"""A cart that repeats what was bought opens nothing, until its shopper is seen to fill one again."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations

import pytest

from services.orders.handlers.closing import silence_of
from services.orders.rules.cart_history import lines_of
from services.orders.rules.carts import first_seen
from services.orders.rules.echoes import ECHOES_FOR, MOST_PURCHASES, find_echo
from services.orders.rules.evidence import Neighbourhood
from shared.events.cart import CartAbandoned, CartClosed, CartOutcome
from shared.events.envelope import CartItem, Money
from shared.events.identifiers import cart_id_of
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.storefront import CartUpdated, StorefrontEvent, Witness
from tests.support.builders.carts import BREAD, CHEESE, WINE, a_cart, reported_with
from tests.support.builders.orders import (
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    a_site,
    an_identification,
    an_order,
    at,
    email,
)
from tests.support.memory.orders_rig import Rig, answer_to

DAY = 24 * 60.0
ANNA = email("anna")
BOUGHT: list[StorefrontEvent] = [a_cart(1, at(0), {WINE: 2, CHEESE: 1}), an_order(when=at(10))]
"""A cart and its order: both by the laptop, the order without items."""


async def shop_with(events: Iterable[StorefrontEvent]) -> Rig:
    """The shop once all of this has come, each at its time, and an hour and a half has passed."""
    rig = Rig()
    await rig.configure(a_site())
    last = NOON
    for event in sorted(events, key=lambda each: each.received_at):
        last = max(last, event.received_at)
        await rig.pass_time(last)
        await rig.storefront(event)
    await rig.pass_time(last + timedelta(minutes=90))
    return rig


async def reminded(events: Iterable[StorefrontEvent]) -> list[tuple[str, int]]:
    """The carts of which a reminder would go out, as browser and number."""
    rig = await shop_with(events)
    due = {event.cart_id for event in rig.emitted(NudgeDue) if isinstance(event, NudgeDue)}
    carts = {cart_id_of(SITE, browser, seq): (browser, seq) for browser in (LAPTOP, PHONE, TABLET) for seq in range(1, 9)}
    found = []
    for cart in rig.database.tables.carts.values():
        async with rig.database.transaction() as store:
            if cart.cart_id in due and await silence_of(cart, store) is None:
                found.append(carts[cart.cart_id])
    return sorted(found)


ECHOES: dict[str, list[StorefrontEvent]] = {
    "the whole cart again": [a_cart(2, at(11), {WINE: 2, CHEESE: 1})],
    "one of its lines, by a mini-cart": [a_cart(2, at(11), {WINE: 2})],
    "fewer of a line": [a_cart(2, at(11), {WINE: 1, CHEESE: 1})],
    "again and again, each time as another cart": [a_cart(n, at(10 + n), {WINE: 2}) for n in (2, 3, 4)],
    "beside pages that show it emptied": [
        a_cart(2, at(11), {WINE: 2, CHEESE: 1}),
        a_cart(2, at(12), {}),
        a_cart(3, at(13), {WINE: 2, CHEESE: 1}),
    ],
    "first a part, then the whole": [a_cart(2, at(11), {WINE: 2}), a_cart(2, at(12), {WINE: 2, CHEESE: 1})],
    "hours later": [a_cart(2, at(300), {WINE: 2, CHEESE: 1})],
    "six days later": [a_cart(2, at(6 * DAY), {WINE: 2, CHEESE: 1})],
    "spelled in another way": [a_cart(2, at(11), {" w-1": 2})],
    "with what the shopper did before the order": [a_cart(2, at(11), {WINE: 2}, acted=at(-1))],
    "in another browser of the same shopper": [
        an_identification(LAPTOP, ANNA, at(1)),
        an_identification(PHONE, ANNA, at(12)),
        a_cart(1, at(13), {WINE: 2, CHEESE: 1}, browser=PHONE),
    ],
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
async def test_a_cart_that_repeats_what_was_bought_opens_nothing(echo: list[StorefrontEvent]) -> None:
    assert await reminded([*BOUGHT, *echo]) == []


NEW: dict[str, list[StorefrontEvent]] = {
    "another line": [a_cart(2, at(11), {BREAD: 1})],
    "another line beside the old ones": [a_cart(2, at(11), {WINE: 2, CHEESE: 1, BREAD: 1})],
    "more of a line": [a_cart(2, at(11), {WINE: 3})],
    "the same, put in by hand": [a_cart(2, at(11), {WINE: 2, CHEESE: 1}, acted=at(10.9))],
    "repeated, and then more of it": [a_cart(2, at(11), {WINE: 2}), a_cart(2, at(50), {WINE: 3})],
    "repeated, closed, and then put in by hand": [
        a_cart(2, at(11), {WINE: 2}),
        a_cart(2, at(90), {WINE: 2}, acted=at(90)),
    ],
    "another line, taken out again": [a_cart(2, at(11), {WINE: 2, BREAD: 1}), a_cart(2, at(12), {WINE: 2})],
    "another quantity after the cart was emptied": [a_cart(1, at(11), {}), a_cart(2, at(15), {WINE: 1})],
    "the same, on another visit, after the cart was emptied": [a_cart(1, at(11), {}), a_cart(2, at(DAY), {WINE: 2})],
    "the same, two weeks later": [a_cart(2, at(14 * DAY), {WINE: 2, CHEESE: 1})],
}


@pytest.mark.parametrize("cart", NEW.values(), ids=NEW)
async def test_a_cart_that_was_filled_after_the_order_is_a_cart_like_any_other(cart: list[StorefrontEvent]) -> None:
    assert [seq for _, seq in await reminded([*BOUGHT, *cart])] == [2]


@pytest.mark.parametrize(("quantity", "expected"), [(2, []), (3, [(LAPTOP, 2)])])
async def test_what_the_report_itself_names_is_bought_as_well(quantity: int, expected: list[tuple[str, int]]) -> None:
    order = reported_with(an_order(ANNA, when=at(10), witness=Witness.SERVER), wine=2)
    shown: list[StorefrontEvent] = [an_identification(LAPTOP, ANNA, at(11)), a_cart(2, at(12), {WINE: quantity})]

    assert await reminded([order, *shown]) == expected


def unreadable(cart: CartUpdated) -> CartUpdated:
    """The same cart, of which no line could be read."""
    return cart.model_copy(update={"items": (), "unread_lines": 2})


async def test_a_cart_that_nobody_can_read_may_be_the_bought_one_and_opens_nothing() -> None:
    rig = await shop_with([*BOUGHT, unreadable(a_cart(2, at(11), {}))])

    assert rig.emitted(NudgeDue) == []


async def test_a_cart_that_nobody_can_read_and_was_seen_being_filled_is_reminded_of() -> None:
    rig = await shop_with([*BOUGHT, unreadable(a_cart(2, at(11), {}, acted=at(11)))])

    assert rig.emitted(NudgeDue) != []


async def test_a_snapshot_that_nobody_can_read_has_emptied_nothing() -> None:
    unread = unreadable(a_cart(2, at(11), {}))
    rig = await shop_with([*BOUGHT, unread, a_cart(3, at(50), {WINE: 1})])

    assert rig.emitted(NudgeDue) == []


async def test_an_order_by_an_address_closes_the_carts_of_every_browser_that_named_it() -> None:
    known: list[StorefrontEvent] = [an_identification(LAPTOP, ANNA, at(1)), an_identification(PHONE, ANNA, at(2))]
    order = an_order(ANNA, when=at(10), witness=Witness.WEBHOOK)

    assert await reminded([*known, BOUGHT[0], order, a_cart(1, at(20), {CHEESE: 1}, browser=PHONE)]) == []


async def test_a_stranger_who_buys_the_same_silences_nobody() -> None:
    assert await reminded([*BOUGHT, a_cart(1, at(11), {WINE: 2}, browser=TABLET)]) == [(TABLET, 1)]


async def test_two_orders_are_repeated_together() -> None:
    second: list[StorefrontEvent] = [a_cart(2, at(20), {BREAD: 1}), an_order(when=at(21), order_id="1002")]

    assert await reminded([*BOUGHT, *second, a_cart(3, at(22), {WINE: 2, CHEESE: 1, BREAD: 1})]) == []


async def test_what_was_bought_weeks_ago_is_not_bought_again_by_another_order() -> None:
    other: list[StorefrontEvent] = [a_cart(2, at(21 * DAY), {BREAD: 1}), an_order(when=at(21 * DAY + 1), order_id="1002")]

    assert await reminded([*BOUGHT, *other, a_cart(3, at(21 * DAY + 2), {WINE: 2})]) == [(LAPTOP, 3)]


async def test_a_cart_that_lay_for_long_is_bought_by_the_order_that_closes_it() -> None:
    late = an_order(when=at(12 * DAY))

    found = await shop_with([BOUGHT[0], late, a_cart(2, at(12 * DAY + 1), {WINE: 2, CHEESE: 1})])

    closed = [event for event in found.emitted(CartClosed) if isinstance(event, CartClosed)]
    assert [event.outcome for event in closed] == [CartOutcome.BOUGHT, CartOutcome.BOUGHT_UNCERTAIN]


async def test_an_echo_ends_as_probably_bought_and_names_the_order() -> None:
    rig = await shop_with([*BOUGHT, *ECHOES["the whole cart again"]])

    emitted = [(e.outcome, e.order_event_id) for e in rig.emitted(CartClosed) if isinstance(e, CartClosed)]
    order = BOUGHT[1].event_id
    assert emitted == [(CartOutcome.BOUGHT, order), (CartOutcome.BOUGHT_UNCERTAIN, order)]
    assert rig.emitted(CartAbandoned) == []


async def test_an_order_that_is_reported_late_cancels_the_reminder_of_its_echo() -> None:
    rig = await shop_with([BOUGHT[0], a_cart(2, at(11), {WINE: 2, CHEESE: 1})])
    reported_late = BOUGHT[1].model_copy(update={"received_at": rig.clock.wall})

    await rig.storefront(reported_late)

    assert await answer_to(rig) is Reason.BOUGHT_UNCERTAIN


async def test_what_was_bought_again_is_silent_again() -> None:
    again: list[StorefrontEvent] = [a_cart(2, at(60), {WINE: 2}, acted=at(60)), an_order(when=at(70), order_id="1002")]

    assert await reminded([*BOUGHT, *again, a_cart(3, at(71), {WINE: 2}, acted=at(60))]) == []


async def test_price_name_and_total_of_a_line_distinguish_nothing() -> None:
    shown = a_cart(2, at(11), {WINE: 2})
    other = CartItem(product_id=WINE, name="Rotwein", quantity=2, unit_price=Money(minor=1, currency="EUR"))
    shown = shown.model_copy(update={"items": (other,), "total": None, "return_path": "/warenkorb"})

    assert await reminded([*BOUGHT, shown]) == []


def test_without_a_purchase_before_it_a_cart_repeats_nothing() -> None:
    cart = first_seen(a_cart(1, at(0), {WINE: 1}))

    assert find_echo(cart, Neighbourhood(LAPTOP, (), (), frozenset()), [], {}) is None


def test_lines_of_one_product_are_added_up() -> None:
    items = [CartItem(product_id=name, quantity=2) for name in ("W-1", "w-1 ", "C-1")]

    assert lines_of(items) == (("c-1", 2), ("w-1", 4))


async def test_more_purchases_than_the_bound_leave_the_cart_in_doubt() -> None:
    flood = [an_order(when=at(n / 100), order_id=f"{n}") for n in range(MOST_PURCHASES + 1)]

    assert await reminded([*flood, a_cart(1, at(30), {BREAD: 1})]) == []


async def test_the_days_in_which_a_cart_may_repeat_an_order_are_counted_from_the_order() -> None:
    last = at(10) + timedelta(seconds=5) + ECHOES_FOR

    assert await reminded([*BOUGHT, a_cart(2, last, {WINE: 2})]) == []
    assert await reminded([*BOUGHT, a_cart(2, last + timedelta(seconds=1), {WINE: 2})]) == [(LAPTOP, 2)]


@pytest.mark.parametrize("arriving", list(permutations(range(3))))
async def test_a_cart_that_ended_in_doubt_is_open_again_once_it_holds_something_new(arriving: tuple[int, ...]) -> None:
    story = [a_cart(2, at(11), {WINE: 2}), a_cart(2, at(12), {WINE: 2, BREAD: 1}), a_cart(2, at(13), {WINE: 2})]
    rig = await shop_with(BOUGHT)
    for number in arriving:
        await rig.storefront(story[number])
        await rig.pass_time(rig.clock.wall + timedelta(minutes=40))

    cart = rig.database.tables.carts[SITE, cart_id_of(SITE, LAPTOP, 2)]
    assert [event.cart_id for event in rig.emitted(CartAbandoned) if isinstance(event, CartAbandoned)][-1] == cart.cart_id
    assert cart.items == story[2].items
