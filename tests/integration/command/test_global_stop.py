"""``beckon pause-all``: nothing leaves, whoever restarts, until ``resume-all``; then what still may leaves once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from click.testing import CliRunner, Result
from prometheus_client import CollectorRegistry

from deploy.command.global_stop import EFFECTIVE_SECONDS
from deploy.command.main import beckon
from services.notify.app import subscriptions
from services.onboarding.storage.global_stops import GlobalStop, GlobalStopStore
from shared.events.message import MessagePrepared
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.producer import create_producer
from shared.runtime.kafka.topics import describe_cluster
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, create_pool
from shared.runtime.postgres.tables import Schema, Tables
from tests.integration.runtime.bench import TOPIC, read_all, remake_topics
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.carriers import FakeCarrier
from tests.support.processes.databases import Database, database
from tests.support.processes.notify import Bench
from tests.support.processes.servers import free_port, kafka_server
from tests.support.waiting import eventually

WHY = ("--reason", "a carrier bills twice", "--by", "sam")
BOTH: tuple[Schema, ...] = ("notify", "onboarding")


@dataclass
class Operator:
    """Somebody at a terminal who reaches onboarding and notify, and a notify that runs or not."""

    made: Database
    pool: Pool
    carrier: FakeCarrier = field(default_factory=FakeCarrier)
    metrics: RuntimeMetrics = field(default_factory=lambda: RuntimeMetrics(CollectorRegistry()))

    async def measures_a_stop(self) -> bool:
        """Whether notify's gauge shows one."""
        return self.metrics.registry.get_sample_value("beckon_sending_stopped") == 1

    async def runs(self, *arguments: str, **environment: str) -> Result:
        """Run ``beckon`` with these arguments."""
        own = {f"BECKON_{service.upper()}_POSTGRES": self.made.dsn(service) for service in BOTH}
        own |= {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server()}
        return await asyncio.to_thread(CliRunner().invoke, beckon, arguments, env=own | environment)

    async def standing(self) -> GlobalStop | None:
        """The stop that onboarding has kept."""
        connection = await asyncpg.connect(self.made.dsn("onboarding"))
        try:
            return await GlobalStopStore(connection).standing()
        finally:
            await connection.close()

    @asynccontextmanager
    async def notify(self, partitions: int = 4) -> AsyncIterator[Bench]:
        """A process of notify that reads what merchants and the operator order from the real topic, or its share of it."""
        bench, producer = Bench(self.pool, carrier=self.carrier), await create_producer(KafkaConnection(kafka_server()))
        relay = Relay(self.pool, Tables("notify"), producer, self.metrics)
        parts = (bench.consumers, bench.dispatcher, bench.questions, bench.transactional)
        actions = [each for each in subscriptions(*parts) if each.topic == TOPIC]
        kafka = KafkaConnection(kafka_server())
        consuming = Consuming(kafka, self.pool, "notify", actions, clock=SystemClock(), metrics=self.metrics, relay=relay)
        await bench.open_shop()
        await consuming.start(await describe_cluster(kafka))
        bench.start("dispatcher", "transactional", "reconciliation")
        try:
            await eventually(lambda: _has_assigned(consuming, partitions))
            yield bench
        finally:
            await bench.close()
            await consuming.stop()
            await producer.stop()


async def _has_assigned(consuming: Consuming, partitions: int) -> bool:
    return len(consuming.assigned) == partitions


@pytest.fixture
async def operator() -> AsyncIterator[Operator]:
    await remake_topics(kafka_server())
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(database(*BOTH))
        pool = await create_pool(made.dsn("notify"), service="notify", size=12)
        stack.push_async_callback(pool.close)
        yield Operator(made, pool)


def report_of(result: Result) -> dict[str, Any]:
    """The one row that the command printed."""
    [row] = json.loads(result.stdout)
    shown: dict[str, Any] = row
    return shown


@asynccontextmanager
async def everything_granted(bench: Bench) -> AsyncIterator[None]:
    """orders grants each ask at once: it is notify alone that keeps back."""

    async def grant() -> None:
        answered: set[str] = set()
        while True:
            for ask in await bench.emitted(MessagePrepared):
                if ask.attempt_id not in answered:
                    answered.add(ask.attempt_id)
                    await bench.nudges(granted(ask))
            await asyncio.sleep(0.01)

    granting = asyncio.create_task(grant())
    try:
        yield
    finally:
        granting.cancel()
        await asyncio.gather(granting, return_exceptions=True)


async def ends_of(bench: Bench, nudge_id: UUID) -> list[str]:
    """The states of a nudge's attempts, without repetition."""
    rows = await bench.pool.fetch("SELECT DISTINCT state FROM notify.attempts WHERE nudge_id = $1 ORDER BY 1", nudge_id)
    return [row["state"] for row in rows]


async def test_a_stop_outlasts_a_restart_and_what_waited_leaves_once(operator: Operator) -> None:
    async with operator.notify() as bench:
        await bench.confirm_anna()
        before = len(operator.carrier.sent)
        stopped = await operator.runs("pause-all", *WHY, "--json")
        due = await bench.due()
        async with everything_granted(bench):
            await bench.eventually(lambda: _is(bench, due.nudge_id, ["not_sent"]))

    async with operator.notify() as bench, everything_granted(bench):
        late = await bench.due(nudge_id=UUID(int=7), cart_id=UUID(int=8), not_after=now() + timedelta(seconds=2))
        await bench.eventually(lambda: _has_passed(late.not_after))
        while_stopped = len(operator.carrier.sent)
        resumed = await operator.runs("resume-all", "--reason", "mended", "--by", "kim", "--json")
        await bench.eventually(lambda: _is(bench, due.nudge_id, ["accepted", "not_sent"]), 30)
        ends_of_late = await ends_of(bench, late.nudge_id)

    assert (stopped.exit_code, report_of(stopped)["in_effect"]) == (0, ["notify"])
    assert report_of(stopped)["seconds"] <= EFFECTIVE_SECONDS
    assert report_of(stopped)["unseen"] == ["BECKON_ORDERS_POSTGRES"]
    assert while_stopped == before
    assert (resumed.exit_code, report_of(resumed)["in_effect"]) == (0, ["notify"])
    assert len(operator.carrier.sent) == before + 1
    assert "accepted" not in ends_of_late


async def _is(bench: Bench, nudge_id: UUID, states: list[str]) -> bool:
    return await ends_of(bench, nudge_id) == states


async def _has_passed(moment: datetime) -> bool:
    return now() > moment


async def test_a_stop_counts_in_each_of_two_processes_of_notify_within_its_seconds(operator: Operator) -> None:
    async with operator.notify() as first, operator.notify(partitions=2) as second:
        first.peers, second.peers = [second], [first]
        await first.confirm_anna()
        before = len(operator.carrier.sent)
        stopped = await operator.runs("pause-all", *WHY, "--json")
        async with everything_granted(first):
            ends = [await ends_of_one_alone(second, first, UUID(int=7)), await ends_of_one_alone(first, second, UUID(int=8))]

    assert (stopped.exit_code, report_of(stopped)["in_effect"]) == (0, ["notify"])
    assert report_of(stopped)["seconds"] <= EFFECTIVE_SECONDS
    assert ends == [["not_sent"], ["not_sent"]]
    assert len(operator.carrier.sent) == before


async def ends_of_one_alone(idle: Bench, working: Bench, nudge_id: UUID) -> list[str]:
    """A nudge falls due while one process sends and the other does not. Returns the states of its attempts."""
    await idle.stop()
    await working.stop()
    working.start("dispatcher")
    due = await working.due(nudge_id=nudge_id, cart_id=nudge_id)
    await working.eventually(lambda: _is(working, due.nudge_id, ["not_sent"]))
    return await ends_of(working, due.nudge_id)


async def test_a_stop_is_kept_with_who_and_why_until_somebody_ends_it(operator: Operator) -> None:
    async with operator.notify():
        first = await operator.runs("pause-all", *WHY)
        again = await operator.runs("pause-all", "--reason", "to be sure", "--by", "kim")
        shown = await operator.runs("resume-all", *WHY, "--dry-run", "--json")
        status = await operator.runs("status", "notify", "--json")
        await eventually(operator.measures_a_stop)
        ended = await operator.runs("resume-all", "--reason", "mended", "--by", "kim")
        nothing = await operator.runs("resume-all", "--reason", "mended", "--by", "kim", "--json")
    left = await operator.standing()

    assert [result.exit_code for result in (first, again, shown, status, ended, nothing)] == [0, 0, 0, 1, 0, 1]
    assert (report_of(shown)["stopped_by"], report_of(shown)["reason"]) == ("sam", "a carrier bills twice")
    assert report_of(status)["wrong"] == ["sending is stopped"]
    assert report_of(nothing)["failed"] == ["no stop is recorded; one that is not is recorded by running pause-all again"]
    assert left is None


async def test_a_stop_is_in_every_partition_under_one_id(operator: Operator) -> None:
    stopped = [await operator.runs("pause-all", *WHY) for _ in range(2)]

    records = await read_all(kafka_server(), TOPIC, 4)

    assert [result.exit_code for result in stopped] == [1, 1]  # notify, which does not run here, has not read it
    assert sorted(record.partition for record in records) == [0, 0, 1, 1, 2, 2, 3, 3]
    assert len({json.loads(record.value)["event_id"] for record in records}) == 1
    assert {json.loads(record.value)["type"] for record in records} == {"sending.paused"}


async def test_a_database_that_is_away_costs_the_record_and_not_the_stop(operator: Operator) -> None:
    nowhere = f"postgresql://beckon@127.0.0.1:{free_port()}/beckon"

    async with operator.notify():
        stopped = await operator.runs("pause-all", *WHY, "--json", BECKON_ONBOARDING_POSTGRES=nowhere)

    report = report_of(stopped)
    assert (stopped.exit_code, report["in_effect"]) == (1, ["notify"])
    assert [failure.split(":")[0] for failure in report["failed"]] == ["who and why is not recorded, so run it again"]
