"""Waiting for what notify emits about opt-ins."""

from shared.events.message import OptInHandled, QuestionPrepared
from tests.support.processes.notify import (
    Bench,
)


async def handled(bench: Bench, count: int = 1) -> list[OptInHandled]:
    """What became of so many opt-ins."""

    async def enough() -> bool:
        return len(await bench.emitted(OptInHandled)) >= count

    await bench.eventually(enough, seconds=15 + count / 10)
    return await bench.emitted(OptInHandled)


async def sent(bench: Bench, count: int = 1) -> None:
    async def enough() -> bool:
        return len(bench.carrier.sent) >= count

    await bench.eventually(enough)


async def question_asks(bench: Bench, count: int = 1) -> list[QuestionPrepared]:
    """Wait until so many attempts at a question have asked."""

    async def enough() -> bool:
        return len(await bench.emitted(QuestionPrepared)) >= count

    await bench.eventually(enough)
    return await bench.emitted(QuestionPrepared)


async def confirmed_browsers(bench: Bench) -> list[str]:
    """The browsers for which the number has answered YES."""
    rows = await bench.pool.fetch("SELECT visitor_id FROM notify.bindings WHERE confirmed_at IS NOT NULL ORDER BY visitor_id")
    return [row["visitor_id"] for row in rows]
