"""orders as it ships, on a real PostgreSQL and a real Kafka: no grant past an acknowledged order, whoever dies."""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from shared.events.envelope import Event
from shared.events.message import MessagePrepared
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeGranted
from shared.events.reasons import Reason
from tests.support.builders.orders import a_cart_update, a_site, an_ask, an_order, visitor
from tests.support.processes.orders import World, a_world, an_orders

SHOPPERS = [f"shopper{number:015}" for number in range(20)]
ASK_TO_GRANT_SECONDS = 0.5

T = TypeVar("T", bound=Event)


@pytest.fixture
async def world(kafka: str) -> AsyncIterator[World]:
    async with a_world(kafka) as made:
        yield made


async def due_nudges(world: World) -> list[NudgeDue]:
    """Each shopper leaves a cart, and its reminder falls due. A minute lies between cart and purchase: no clock is in doubt."""
    opened_at = datetime.now(UTC) - timedelta(minutes=1)
    await world.publish(a_site().model_copy(update={"abandoned_after_seconds": 1}))
    await world.publish(*(a_cart_update(shopper, opened_at) for shopper in SHOPPERS))
    received = await world.receive(lambda events: len(of(events, NudgeDue)) == len(SHOPPERS), 60)
    return of(received, NudgeDue)


def of(events: Sequence[Event], kind: type[T]) -> list[T]:
    return [event for event in events if isinstance(event, kind)]


def answered(events: Sequence[Event]) -> set[str]:
    """The attempts that have an answer."""
    granted = {event.attempt_id for event in of(events, NudgeGranted)}
    return granted | {event.attempt_id for event in of(events, NudgeCancelled) if event.attempt_id is not None}


async def receive_answers(world: World, *asks: MessagePrepared) -> None:
    """Until each of these has one."""
    wanted = {ask.attempt_id for ask in asks}
    await world.receive(lambda events: wanted <= answered(events), 60)


async def test_an_ask_is_granted_in_half_a_second_and_never_past_an_acknowledged_order(
    world: World, kafka: str, database: str, tmp_path: Path
) -> None:
    with an_orders(kafka, database, tmp_path / "orders.log"):
        dues = await due_nudges(world)
        buyers = {due.visitor_id for due in dues[::2]}
        waits = []
        for due in dues:
            if due.visitor_id in buyers:
                await world.publish(an_order(visitor(due.visitor_id), when=datetime.now(UTC), order_id=None))
            ask = an_ask(due)
            await world.publish(ask)
            asked_at = time.monotonic()
            await receive_answers(world, ask)
            waits.append(time.monotonic() - asked_at)

    granted = {event.cart_id for event in of(world.received, NudgeGranted)}
    assert granted == {due.cart_id for due in dues if due.visitor_id not in buyers}
    assert {event.reason for event in of(world.received, NudgeCancelled)} == {Reason.BOUGHT}
    assert sorted(waits)[-2] < ASK_TO_GRANT_SECONDS, waits


async def test_a_process_killed_between_ask_and_answer_grants_all_and_nothing_twice(
    world: World, kafka: str, database: str, tmp_path: Path
) -> None:
    log = tmp_path / "orders.log"
    with an_orders(kafka, database, log):
        dues = await due_nudges(world)
        await world.publish(*(an_ask(due) for due in dues))
    await world.publish(*(an_order(visitor(due.visitor_id), when=datetime.now(UTC), order_id=None) for due in dues[:10]))

    with an_orders(kafka, database, log):
        seconds = [an_ask(due, number=2) for due in dues]
        await world.publish(*seconds)
        await receive_answers(world, *seconds)

    bought = {due.cart_id for due in dues[:10]}
    late = [event for event in of(world.received, NudgeGranted) if event.attempt_id in {ask.attempt_id for ask in seconds}]
    assert {event.cart_id for event in late} == {due.cart_id for due in dues} - bought
    assert len({event.event_id for event in late}) == len({event.cart_id for event in late})


async def test_two_processes_answer_each_ask_once(world: World, kafka: str, database: str, tmp_path: Path) -> None:
    with an_orders(kafka, database, tmp_path / "1.log"), an_orders(kafka, database, tmp_path / "2.log"):
        dues = await due_nudges(world)
        asks = [an_ask(due) for due in dues]
        half = len(asks) // 2
        await world.publish(*asks[:half])
        await world.publish(*(an_order(visitor(due.visitor_id), when=datetime.now(UTC), order_id=None) for due in dues[half:]))
        await world.publish(*asks[half:])
        await receive_answers(world, *asks)

    emitted = [event.event_id for event in of(world.received, NudgeGranted)]
    assert len(set(emitted)) == len(of(world.received, NudgeGranted)) == half
    assert len(of(world.received, NudgeDue)) == len(SHOPPERS)
