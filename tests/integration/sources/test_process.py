"""The sources as they ship, beside a real orders: what staff key in silences its cart, whoever is killed."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from aiokafka import TopicPartition

from shared.events.catalogue import TOPICS
from shared.events.codec import decode
from shared.events.envelope import Channel, ContactKind, Event, Identity, IdentityKind
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeGranted
from shared.events.reasons import Reason
from shared.events.settings import Campaign, CampaignStep, SiteConfigured
from shared.events.storefront import OrderReported, SourceSynced
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import PEPPER
from tests.support.builders.orders import a_cart_update, an_ask, an_identification
from tests.support.builders.sources import connected
from tests.support.processes.databases import Database
from tests.support.processes.orders import World, a_world, an_orders
from tests.support.processes.sources import some_sources
from tests.support.processes.xml_tools import FakeAccount, FakeOrder, xml_tools

ORDERS = 60
CALLER, READER = "callercallercallercall", "readerreaderreaderread"


@pytest.fixture
async def world(kafka: str) -> AsyncIterator[World]:
    async with a_world(kafka) as made:
        yield made


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount()


@pytest.fixture
def address(account: FakeAccount) -> Iterator[str]:
    with xml_tools(account) as address:
        yield address


def a_shop() -> SiteConfigured:
    """Whose carts are left after a second, and whose reminders are due at once."""
    step = CampaignStep(delay_seconds=0, channel_order=(Channel.SMS,), template="{link}")
    campaign = Campaign(id="default", steps=(step,))
    return connected().model_copy(update={"campaign": campaign, "abandoned_after_seconds": 1, "control_share": 0.0})


async def leave_carts(world: World) -> dict[str, NudgeDue]:
    """Two shoppers leave a cart; one of them named an address. Returns each one's due reminder."""
    opened_at = datetime.now(UTC) - timedelta(minutes=1)
    index = contact_index(PEPPER, ContactKind.EMAIL, "anna@example.com")
    address = Identity(kind=IdentityKind.EMAIL, index=index)
    await world.publish(a_shop())
    await world.publish(*(a_cart_update(visitor, opened_at) for visitor in (CALLER, READER)))
    await world.publish(an_identification(CALLER, address, opened_at))
    received = await world.receive(lambda events: sum(isinstance(each, NudgeDue) for each in events) == 2, 60)
    return {each.visitor_id: each for each in received if isinstance(each, NudgeDue)}


def has_answer(attempt_id: str, events: Sequence[Event]) -> bool:
    """Whether an attempt was answered."""
    return any(getattr(each, "attempt_id", None) == attempt_id for each in events)


async def final_answer(world: World, due: NudgeDue) -> NudgeGranted | NudgeCancelled:
    """Ask until the answer is one that lasts, as notify does."""
    number, deadline = 0, time.monotonic() + 60
    while time.monotonic() < deadline:
        number += 1
        ask = an_ask(due, number=number)
        await world.publish(ask)
        for event in await world.receive(partial(has_answer, ask.attempt_id)):
            if isinstance(event, NudgeGranted | NudgeCancelled) and event.nudge_id == due.nudge_id:
                return event
    raise AssertionError("nobody answered for good")


async def test_an_order_that_staff_key_in_silences_its_cart_and_no_other(
    world: World, kafka: str, made: Database, account: FakeAccount, address: str, tmp_path: Path
) -> None:
    with an_orders(kafka, made.dsn("orders"), tmp_path / "orders.log"):
        dues = await leave_carts(world)
        account.orders.append(FakeOrder(1001, datetime.now(UTC).replace(tzinfo=None)))
        with some_sources(kafka, made.dsn("sources"), address, tmp_path / "sources.log"):
            silenced = await final_answer(world, dues[CALLER])
            granted = await final_answer(world, dues[READER])

    assert isinstance(silenced, NudgeCancelled)
    assert silenced.reason is Reason.BOUGHT_UNCERTAIN
    assert isinstance(granted, NudgeGranted)


async def test_a_source_that_does_not_answer_keeps_reminders_waiting(
    world: World, kafka: str, made: Database, account: FakeAccount, address: str, tmp_path: Path
) -> None:
    account.reply = (503, b"")
    with an_orders(kafka, made.dsn("orders"), tmp_path / "orders.log"):
        due = (await leave_carts(world))[READER]
        with some_sources(kafka, made.dsn("sources"), address, tmp_path / "sources.log"):
            ask = an_ask(due)
            await world.publish(ask)
            received = await world.receive(partial(has_answer, ask.attempt_id))
            assert [getattr(each, "reason", None) for each in received][-1] is Reason.SOURCE_STALE
            account.reply = None
            await poll_now(made.dsn("sources"))
            assert isinstance(await final_answer(world, due.model_copy()), NudgeGranted)


async def poll_now(dsn: str) -> None:
    """Let the next poll, or the end of a claim, come at once."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE sources.connections SET poll_after = clock_timestamp()")
    await connection.close()


async def test_killed_at_any_point_it_loses_no_order_and_doubles_none(
    world: World, kafka: str, made: Database, account: FakeAccount, address: str, tmp_path: Path
) -> None:
    placed_at = datetime.now(UTC).replace(tzinfo=None)
    customers = [5000 + 50 * number for number in range(ORDERS)]  # far apart: a request for each
    account.emails = {customer: f"shopper{customer}@example.com" for customer in customers}
    account.orders = [FakeOrder(1000 + n, placed_at, customer, "Chrome") for n, customer in enumerate(customers)]
    await world.publish(a_shop())

    for requests in (1, 10, 27, 5, 30):  # 61 are a whole poll, of which 25 orders at a time stay reported
        before = len(account.bodies)
        with some_sources(kafka, made.dsn("sources"), address, tmp_path / "sources.log"):
            await wait_until(partial(has_asked, account, before + requests))  # and it is killed
        await poll_now(made.dsn("sources"))
    with some_sources(kafka, made.dsn("sources"), address, tmp_path / "sources.log"):
        left = await storefront_events(kafka, SourceSynced)

    reports = {event.event_id: event.order_id for event in left if isinstance(event, OrderReported)}
    assert sorted(int(order_id or "0") for order_id in reports.values()) == [1000 + n for n in range(ORDERS)]


def has_asked(account: FakeAccount, requests: int) -> bool:
    """Whether so many requests came."""
    return len(account.bodies) >= requests


async def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.005)


async def storefront_events(kafka: str, last: type[Event]) -> list[Event]:
    """Everything of storefront-events up to the first event of a type."""
    topic, found = "storefront-events", list[Event]()
    consumer = KafkaConnection(kafka).consumer()
    await consumer.start()
    try:
        places = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        async with asyncio.timeout(60):
            while not any(isinstance(event, last) for event in found):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    found += [decode(topic, record.value or b"") for record in records]
        return found
    finally:
        await consumer.stop()
