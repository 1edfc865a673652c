"""An order that is reported once more, as by an old confirmation page, was not surely what bought a newer cart."""

from collections.abc import Sequence
from datetime import datetime
from itertools import permutations

import pytest

from shared.events.cart import CartClosed, CartOutcome
from shared.events.storefront import OrderReported, StorefrontEvent, Witness
from tests.support.builders.orders import LAPTOP, a_cart_update, a_site, an_order, at, email, visitor
from tests.support.memory.orders_rig import Rig


def an_order_at(when: datetime, order_id: str | None = "1001", witness: Witness = Witness.BROWSER) -> OrderReported:
    return an_order(email("anna"), visitor(LAPTOP), when=when, order_id=order_id, witness=witness)


async def outcomes_of(*batches: Sequence[StorefrontEvent]) -> list[CartOutcome]:
    """How the carts ended, in the order in which they did."""
    rig = Rig()
    await rig.configure(a_site())
    for batch in batches:
        await rig.pass_time(max(event.received_at for event in batch))
        await rig.storefront(*batch)
    return [closed.outcome for closed in rig.emitted(CartClosed) if isinstance(closed, CartClosed)]


OLD_CART, NEW_CART = a_cart_update(when=at(0)), a_cart_update(when=at(60), seq=2)
ORDER, AGAIN = an_order_at(at(10)), an_order_at(at(70))


async def test_an_old_confirmation_page_beside_a_new_cart_is_a_doubtful_purchase() -> None:
    outcomes = await outcomes_of([OLD_CART], [ORDER], [NEW_CART], [AGAIN])

    assert outcomes == [CartOutcome.BOUGHT, CartOutcome.BOUGHT_UNCERTAIN]


@pytest.mark.parametrize("reports", list(permutations((ORDER, AGAIN, an_order_at(at(80))))))
async def test_the_order_of_the_reports_makes_it_no_surer(reports: tuple[OrderReported, ...]) -> None:
    assert await outcomes_of([NEW_CART], reports) == [CartOutcome.BOUGHT_UNCERTAIN]


async def test_a_second_witness_of_the_same_purchase_leaves_it_certain() -> None:
    witness = an_order_at(at(11), witness=Witness.SERVER)

    assert await outcomes_of([OLD_CART], [ORDER], [witness]) == [CartOutcome.BOUGHT]
    assert await outcomes_of([OLD_CART], [witness, ORDER]) == [CartOutcome.BOUGHT]


@pytest.mark.parametrize("order_id", ["1002", None])
async def test_another_order_has_bought_the_new_cart(order_id: str | None) -> None:
    outcomes = await outcomes_of([OLD_CART], [ORDER], [NEW_CART], [an_order_at(at(70), order_id)])

    assert outcomes == [CartOutcome.BOUGHT, CartOutcome.BOUGHT]
