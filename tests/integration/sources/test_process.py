"""The sources as they ship, beside a real orders: what staff key in silences its cart, whoever is killed."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from shared.events.envelope import Channel, ContactKind, Event, Identity, IdentityKind
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeGranted
from shared.events.reasons import Reason
from shared.events.settings import Campaign, CampaignStep, SiteConfigured
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import PEPPER
from tests.support.builders.orders import a_cart_update, an_ask, an_identification
from tests.support.builders.sources import connected
from tests.support.processes.databases import Database
from tests.support.processes.orders import World, a_world, an_orders
from tests.support.processes.sources import some_sources
from tests.support.processes.xml_tools import FakeAccount, FakeOrder, xml_tools

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
