"""A process of notify at a shop that pushes, and an ask that is granted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.notify.channels.results import Outcome
from shared.events.message import MessagePrepared
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify_answers import granted
from tests.support.builders.push import a_push_shop
from tests.support.processes.carriers import FakePush
from tests.support.processes.notify import Bench


@asynccontextmanager
async def a_pushing_bench(pool: Pool) -> AsyncIterator[Bench]:
    """Its loops run."""
    bench = Bench(pool, push=FakePush())
    async with bench.database.transaction() as store:
        await bench.consumers.apply_site_settings([a_push_shop()], store)
    bench.start("transactional", "dispatcher", "reconciliation")
    yield bench
    await bench.close()


async def asked(bench: Bench, count: int = 1) -> MessagePrepared:
    """The latest of so many asks."""
    return (await bench.asks(count))[-1]


async def goes(bench: Bench, outcome: Outcome | None = None, ask: int = 1) -> MessagePrepared:
    """The ask of that number is granted, and the push service gives this answer."""
    prepared = await asked(bench, ask)
    bench.push.answers = [] if outcome is None else [outcome]
    await bench.nudges(granted(prepared))
    return prepared
