"""When a shopper was seen to put something into a cart, as browsers report it."""

from datetime import timedelta

import pytest

from shared.events.storefront import CartUpdated
from tests.support.builders.ingest import NOON, a_body, a_cart_event, a_rig
from tests.support.processes.ingest_client import post


@pytest.mark.parametrize(
    ("acted", "seconds"),
    [(1500, 1.5), (0, 0.0), ("2000", 2.0), (None, None), (-1, None), (True, None), (7 * 86_400_000 + 1, None), ("now", None)],
)
async def test_an_act_is_dated_from_the_event_that_reports_it(acted: object, seconds: float | None) -> None:
    rig = a_rig()

    await post(rig, a_body(a_cart_event(acted=acted)))

    (cart,) = rig.kafka.events()
    assert isinstance(cart, CartUpdated)
    assert cart.acted_at == (None if seconds is None else NOON - timedelta(seconds=seconds))
