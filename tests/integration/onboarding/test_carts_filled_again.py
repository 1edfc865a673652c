"""A cart that ended in doubt, or emptied, is shown as what became of it afterwards."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_cart_events
from shared.events.cart import CartAbandoned, CartClosed, CartEvent, CartOutcome
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
VISITOR = "v" * 22


def closed(site_id: UUID, cart_id: UUID, outcome: CartOutcome, minutes: int) -> CartClosed:
    when = NOON + timedelta(minutes=minutes)
    return CartClosed(
        event_id=uuid4(), site_id=site_id, occurred_at=when, received_at=when, cart_id=cart_id, visitor_id=VISITOR,
        outcome=outcome, total=None, opened_at=NOON,
    )  # fmt: skip


def abandoned(site_id: UUID, cart_id: UUID, minutes: int) -> CartAbandoned:
    when = NOON + timedelta(minutes=minutes)
    return CartAbandoned(
        event_id=uuid4(), site_id=site_id, occurred_at=when, received_at=when, cart_id=cart_id, visitor_id=VISITOR,
        abandonment=1, items=(), total=None, return_path=None, opened_at=NOON, abandoned_at=when, planned=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ended_as", "shown"),
    [
        (CartOutcome.BOUGHT_UNCERTAIN, "abandoned"),
        (CartOutcome.EMPTIED, "abandoned"),
        (CartOutcome.BOUGHT, "bought"),
        (CartOutcome.EXPIRED, "expired"),
    ],
)
async def test_a_cart_left_again_is_shown_as_left_unless_its_end_was_sure(
    anna: ConsoleClient, pool: Pool, ended_as: CartOutcome, shown: str
) -> None:
    cart_id = uuid4()
    events: list[CartEvent] = [closed(anna.site_id, cart_id, ended_as, 1), abandoned(anna.site_id, cart_id, 2)]

    assert await state_after(events, pool) == shown


async def test_a_cart_that_repeated_an_order_and_was_bought_then_is_shown_as_bought(anna: ConsoleClient, pool: Pool) -> None:
    cart_id = uuid4()
    doubt = closed(anna.site_id, cart_id, CartOutcome.BOUGHT_UNCERTAIN, 1)

    assert await state_after([doubt, closed(anna.site_id, cart_id, CartOutcome.BOUGHT, 2)], pool) == "bought"
    assert await state_after([doubt], pool) == "bought"


async def state_after(events: list[CartEvent], pool: Pool) -> str:
    """What the console shows of the one cart that there is."""
    async with transaction(pool) as tx:
        await apply_cart_events(events, tx)
    state: str = await pool.fetchval("SELECT state FROM onboarding.carts")
    return state
