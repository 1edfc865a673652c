"""Of each order it is known whether its cart, and a contact of its shopper, were seen before it."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.rules.carts import Cart, first_seen
from services.orders.rules.coverage import coverage_of
from services.orders.rules.evidence import Sighting, identity_key
from shared.events.cart import OrderCoverage, OrderReconciled
from shared.events.envelope import Origin
from shared.events.storefront import OrderReported, StorefrontEvent, Witness
from tests.support.builders.orders import (
    LAPTOP,
    PHONE,
    a_cart_update,
    a_site,
    an_identification,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders_rig import Rig

ORDER = an_order(visitor(LAPTOP), email("anna"), when=at(10))


async def coverage_after(*events: StorefrontEvent) -> OrderCoverage | None:
    """What the order's event has of it in the end."""
    rig = Rig()
    await rig.configure(a_site())
    for event in events:
        await rig.pass_time(event.received_at)
        await rig.storefront(event)
    reconciled = [event for event in rig.emitted(OrderReconciled) if isinstance(event, OrderReconciled)]
    return reconciled[-1].coverage


async def test_an_order_of_a_seen_cart_and_of_a_typed_address_is_covered() -> None:
    covered = await coverage_after(a_cart_update(when=at(0)), an_identification(LAPTOP, email("anna"), at(5)), ORDER)

    assert covered == OrderCoverage(cart_seen=True, contact_known=True)


async def test_what_read_the_cart_is_named_with_the_order_that_bought_it() -> None:
    read = a_cart_update(when=at(0)).model_copy(update={"reader": "shopify"})

    assert await coverage_after(read, ORDER) == OrderCoverage(cart_seen=True, contact_known=False, cart_reader="shopify")


async def test_an_address_that_only_the_order_itself_names_was_not_known_before_it() -> None:
    assert await coverage_after(ORDER) == OrderCoverage(cart_seen=False, contact_known=False)


async def test_a_cart_that_the_shop_emptied_at_the_checkout_was_seen() -> None:
    emptied = a_cart_update(when=at(9), version=2, items=0)

    covered = await coverage_after(a_cart_update(when=at(0)), emptied, ORDER)

    assert covered == OrderCoverage(cart_seen=True, contact_known=False)


async def test_a_cart_that_lay_open_for_days_was_seen_by_the_order_that_bought_it() -> None:
    covered = await coverage_after(a_cart_update(when=at(0)), an_order(visitor(LAPTOP), email("anna"), when=at(5_000)))

    assert covered == OrderCoverage(cart_seen=True, contact_known=False)


async def test_a_cart_of_another_browser_counts_where_both_named_the_same_address() -> None:
    cart, named = a_cart_update(PHONE, at(0)), an_identification(PHONE, email("anna"), at(1))

    covered = await coverage_after(cart, named, ORDER)

    assert covered == OrderCoverage(cart_seen=True, contact_known=True)


async def test_the_orders_own_browser_is_measured_before_all_that_share_its_address() -> None:
    others = [an_identification(f"a{n}".ljust(22, "0"), email("anna"), at(n / 10)) for n in range(15)]

    covered = await coverage_after(a_cart_update(when=at(0)), *others, ORDER)

    assert covered == OrderCoverage(cart_seen=True, contact_known=True)


@pytest.mark.parametrize("origin", [Origin.BACK_OFFICE, Origin.BATCH, Origin.IMPORT])
async def test_an_order_that_staff_keyed_in_has_no_cart_to_be_seen(origin: Origin) -> None:
    keyed_in = an_order(email("anna"), when=at(10), origin=origin, witness=Witness.SERVER, verified=True)

    assert await coverage_after(a_cart_update(when=at(0)), keyed_in) is None


async def test_an_order_of_a_page_that_is_none_of_the_shops_lowers_nothing() -> None:
    assert await coverage_after(an_order(email("anna"), when=at(10), origin=Origin.UNKNOWN)) is None


def carts_at(minutes: Sequence[int]) -> list[Cart]:
    return [first_seen(a_cart_update(when=at(minute), seq=n + 1)) for n, minute in enumerate(minutes)]


@given(
    carts=st.lists(st.integers(-10_000, 10_000), max_size=4),
    typed=st.lists(st.integers(-10_000, 10_000), max_size=4),
    witnesses=st.lists(st.integers(0, 100), min_size=1, max_size=3),
)
def test_nothing_that_happened_after_every_report_of_an_order_covers_it(
    carts: list[int], typed: list[int], witnesses: list[int]
) -> None:
    reports: list[OrderReported] = [an_order(visitor(LAPTOP), email("anna"), when=at(minute)) for minute in witnesses]
    known = carts_at(carts)
    sightings = [Sighting(LAPTOP, identity_key(email("anna")), at(minute)) for minute in [*typed, *witnesses]]
    first, a_day = min(witnesses), timedelta(days=1) / timedelta(minutes=1)

    covered = coverage_of(reports, known, sightings)

    assert covered is not None
    assert covered.contact_known is any(minute < first for minute in typed)
    assert covered.cart_seen is any(first - a_day <= minute <= first for minute in carts)
    assert coverage_of(list(reversed(reports)), list(reversed(known)), list(reversed(sightings))) == covered
