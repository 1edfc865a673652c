"""A consumer that no longer polls is distinguished from one of an empty topic."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from shared.runtime.kafka.liveness import POLL_MS, STUCK_SECONDS, Liveness
from shared.runtime.metrics import RuntimeMetrics
from tests.support.builders.ingest import StoppedClock


@dataclass
class Part:
    """Half of a client: the task that keeps it going."""

    _fetch_task: "asyncio.Future[None]"
    _coordination_task: "asyncio.Future[None]"
    _sync_task: "asyncio.Future[None]"

    async def _metadata_update(self, cluster: object, topics: object) -> bool:
        return True


@dataclass
class Client:
    """As far as it is read."""

    dying: str = "fetching"
    waited_ms: list[int] = field(default_factory=list)
    task: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def __post_init__(self) -> None:
        going_on = asyncio.get_running_loop().create_future()
        parts = [self.task if each == self.dying else going_on for each in ("fetching", "coordinating", "metadata")]
        self._fetcher = self._coordinator = self._client = Part(*parts)

    async def getmany(self, *_: Any, timeout_ms: int = 0, max_records: int | None = None) -> dict[Any, Any]:
        """Nothing has come."""
        self.waited_ms.append(timeout_ms)
        return {}


def a_liveness(clock: StoppedClock) -> Liveness:
    return Liveness(clock, RuntimeMetrics(CollectorRegistry()))


async def test_one_that_asks_and_gets_nothing_is_well() -> None:
    clock, client = StoppedClock(), Client()
    liveness = a_liveness(clock)
    liveness.watch(client)

    clock.pass_seconds(STUCK_SECONDS + 1)
    await client.getmany()

    assert liveness.error() is None


async def test_one_that_does_not_ask_for_long_is_stuck() -> None:
    clock, client = StoppedClock(), Client()
    liveness = a_liveness(clock)
    liveness.watch(client)

    clock.pass_seconds(STUCK_SECONDS + 1)

    assert liveness.error() == "the consumer no longer asks for records"


@pytest.mark.parametrize("dying", ["fetching", "coordinating", "metadata"])
@pytest.mark.parametrize("error", [None, RuntimeError("a bug of the client")], ids=["ended", "failed"])
async def test_one_whose_task_is_gone_has_ended_however_often_it_asks(dying: str, error: Exception | None) -> None:
    client = Client(dying)
    liveness = a_liveness(StoppedClock())
    liveness.watch(client)

    client.task.set_result(None) if error is None else client.task.set_exception(error)
    await client.getmany()

    assert liveness.error() == "the Kafka consumer has ended"
    assert client.task.exception() is error


async def test_watching_again_changes_nothing() -> None:
    client = Client()
    liveness = a_liveness(StoppedClock())
    liveness.watch(client)
    once = client.getmany

    liveness.watch(client)

    assert client.getmany is once


async def test_a_poll_waits_for_records_however_short_its_asker_would() -> None:
    client = Client()
    a_liveness(StoppedClock()).watch(client)

    await client.getmany(timeout_ms=20)
    await client.getmany(timeout_ms=900)

    assert client.waited_ms == [POLL_MS, 900]
