"""An order that is dated before the cart that it bought silences it all the same, as a purchase that is not certain."""

from datetime import timedelta

import pytest

from services.orders.rules.evidence import Bought, find_silence
from shared.events.cart import CartClosed, CartOutcome
from shared.events.envelope import Origin
from shared.events.reasons import Reason
from shared.events.storefront import OrderReported, Witness
from tests.support.builders.orders import LAPTOP, NOON, a_cart_update, a_site, an_order, at, email, visitor
from tests.support.memory.orders_rig import Rig, an_abandoned_cart, answer_to
from tests.unit.orders.rules.test_evidence import around

FIVE_SECONDS = timedelta(seconds=5)


@pytest.mark.parametrize("dated", [-2, -60, -300, -30 * 24 * 60])
async def test_an_order_dated_before_its_cart_cancels_the_reminder(dated: int) -> None:
    rig = await an_abandoned_cart()

    await rig.storefront(an_order(when=at(dated), received=at(31), until=at(31) + FIVE_SECONDS, witness=Witness.SERVER))

    assert await answer_to(rig) == Reason.BOUGHT_UNCERTAIN
    (closed,) = rig.emitted(CartClosed)
    assert isinstance(closed, CartClosed)
    assert closed.outcome is CartOutcome.BOUGHT_UNCERTAIN


async def test_a_cart_opened_after_an_import_counts_from_its_claim_is_reminded_of() -> None:
    rig = Rig()
    await rig.configure(a_site())
    old = an_order(
        when=at(-60), received=at(2), until=at(-60) + FIVE_SECONDS, witness=Witness.SERVER, origin=Origin.IMPORT, verified=True
    )
    await rig.storefront(a_cart_update(), old)
    await rig.pass_time(at(33))

    assert await answer_to(rig) == "granted"


async def test_a_cart_opened_after_the_receipt_is_another() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(an_order(when=at(-60), received=at(-1), until=at(-1) + FIVE_SECONDS))
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(31))

    assert await answer_to(rig) == "granted"


@pytest.mark.parametrize("order", [an_order(when=at(-2)), an_order(when=at(-2), until=at(1))])
def test_a_record_without_the_newer_field_keeps_its_meaning(order: OrderReported) -> None:
    expected = None if order.fences_until is None else Bought(order.event_id, certain=False)

    assert find_silence(NOON, around(orders=(order,))) == expected


def test_a_repeat_by_another_clock_widens_and_makes_nothing_surer() -> None:
    first = an_order(visitor(LAPTOP), when=at(5), received=at(5), until=at(5) + FIVE_SECONDS)
    reported_later = first.model_copy(update={"effective_at": at(-10), "fences_until": at(9)})

    assert find_silence(at(7), around(orders=(first, reported_later))) == Bought(first.event_id, certain=False)


async def test_a_cart_dated_after_its_order_by_a_clock_that_was_set_back_is_silenced() -> None:
    """Filled, bought, and only then delivered, by a browser whose clock was set back meanwhile."""
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(an_order(email("anna"), visitor(LAPTOP), when=at(0), until=at(0) + FIVE_SECONDS))
    cart = a_cart_update(when=at(10)).model_copy(update={"earliest_at": at(-7 * 24 * 60)})
    await rig.storefront(cart)
    await rig.pass_time(at(60))

    assert rig.emitted(CartClosed) != []


async def test_a_cart_from_the_future_is_opened_when_it_was_received() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(when=at(90)).model_copy(update={"received_at": NOON}))
    await rig.storefront(an_order(when=at(3), until=at(3) + FIVE_SECONDS))

    assert rig.emitted(CartClosed) != []
