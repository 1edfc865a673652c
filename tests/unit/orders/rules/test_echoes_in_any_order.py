"""The same reports find the same echoes, in any order, however often and however late they come."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.handlers.closing import silence_of
from services.orders.rules.evidence import Bought
from shared.events.storefront import StorefrontEvent, Witness
from tests.support.builders.carts import BREAD, CHEESE, WINE, a_cart
from tests.support.builders.orders import (
    LAPTOP,
    PHONE,
    a_site,
    an_identification,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders_rig import Rig

ANNA = email("anna")
STORY: list[StorefrontEvent] = [
    a_cart(1, at(0), {WINE: 2, CHEESE: 1}, name="the cart"),
    an_order(visitor(LAPTOP), ANNA, when=at(10), name="its order"),
    an_order(ANNA, when=at(12), witness=Witness.WEBHOOK, name="the same order, by the shop's server"),
    a_cart(2, at(11), {WINE: 2}, name="a mini-cart"),
    a_cart(2, at(20), {WINE: 2, CHEESE: 1}, name="the whole cart, from a cache"),
    a_cart(2, at(21), {}, name="the cart as it is"),
    a_cart(3, at(22), {WINE: 2}, name="the Back button"),
    an_identification(PHONE, ANNA, at(15)),
    a_cart(1, at(16), {CHEESE: 1}, browser=PHONE, name="the shop's own cart, restored on the phone"),
]
PURCHASE_AGAIN: list[StorefrontEvent] = [
    a_cart(4, at(40), {WINE: 2}, acted=at(40), name="put in by hand"),
    a_cart(2, at(41), {BREAD: 1}, browser=PHONE, name="another line on the phone"),
    a_cart(2, at(42), {CHEESE: 1}, browser=PHONE, name="and taken out again"),
]


async def decisions(rig: Rig) -> list[object]:
    """Of every cart: whether it is silenced, and what it would be reminded of."""
    found: list[object] = []
    async with rig.database.transaction() as store:
        for _, cart in sorted(rig.database.tables.carts.items()):
            finding = await silence_of(cart, store)
            found.append((cart.cart_id, finding, cart.history, None if isinstance(finding, Bought) else cart.items))
    return found


@settings(max_examples=80, deadline=None)
@given(
    st.permutations(STORY + PURCHASE_AGAIN), st.lists(st.sampled_from(STORY + PURCHASE_AGAIN), max_size=8), st.integers(1, 12)
)
async def test_any_order_and_any_repetition_of_the_same_reports_finds_the_same_echoes(
    arriving: list[StorefrontEvent], repeated: list[StorefrontEvent], size: int
) -> None:
    rig, straight = Rig(), Rig()
    await straight.storefront(*STORY, *PURCHASE_AGAIN)

    arriving = arriving + repeated
    for start in range(0, len(arriving), size):
        await rig.storefront(*arriving[start : start + size])

    assert await decisions(rig) == await decisions(straight)


@settings(max_examples=40, deadline=None)
@given(st.permutations(STORY), st.integers(0, 90))
async def test_in_any_order_and_however_late_reported_an_echo_is_never_reminded_of(
    arriving: list[StorefrontEvent], late: int
) -> None:
    rig = Rig()
    await rig.configure(a_site())
    for number, event in enumerate(arriving):
        await rig.pass_time(at(60 + number * late))
        await rig.storefront(event)

    await rig.pass_time(at(60 + len(arriving) * late + 90))

    async with rig.database.transaction() as store:
        findings = [await silence_of(cart, store) for cart in rig.database.tables.carts.values()]
    assert [type(finding) for finding in findings] == [Bought] * 4
