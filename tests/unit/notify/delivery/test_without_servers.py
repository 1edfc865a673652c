"""The loops that ship, over a memory in dictionaries: what they promise does not depend on PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry

from services.notify.delivery.dispatcher import Dispatcher
from services.notify.delivery.evaluate_nudge import NudgeEvaluator
from services.notify.delivery.send import AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.budgets import Limits
from shared.events.message import MessageAccepted, MessageFailed, MessagePrepared
from shared.events.reasons import Reason
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id, new_token_base62
from tests.support.builders.notify import ANNA, LAPTOP, SITE, a_consent, a_due_nudge, a_site, some_routes
from tests.support.builders.notify_answers import granted, now
from tests.support.memory.notify import MemoryDatabase
from tests.support.processes.carriers import FakeCarrier, FakePush


class Desk:
    """Dispatcher and caller, with Anna's cart due."""

    def __init__(self) -> None:
        clock, metrics = SystemClock(), NotifyMetrics(CollectorRegistry())
        routes = some_routes(clock)
        self.memory, self.carrier = MemoryDatabase(clock), FakeCarrier()
        nudge_evaluator = NudgeEvaluator(
            routes, clock, new_token_base62, "https://go.example/l/{}".format, "", metrics, Limits()
        )
        sender = AttemptSender(
            self.memory,
            self.carrier,
            FakePush(),
            routes,
            clock,
            new_random_id,
            lambda attempt: attempt.attempt_id,
            self._nothing,
            metrics,
        )
        self.dispatcher = Dispatcher(
            self.memory, sender, nudge_evaluator, clock, new_random_id, lambda: range(16), self._nothing, metrics
        )

    def _nothing(self) -> None:
        """Nobody relays."""

    async def open(self) -> None:
        """Anna has answered YES and left a cart."""
        async with self.memory.transaction() as store:
            await store.put_site(a_site())
            await store.consents.add_consent(a_consent(occurred_at=now() - timedelta(minutes=5)))
            await store.recipients.confirm(SITE, LAPTOP, ANNA.index, now() - timedelta(minutes=4))
            await store.nudges.queue(a_due_nudge(abandoned_at=now() - timedelta(minutes=1)))

    async def sees(self, kind: type[MessagePrepared] | type[MessageAccepted] | type[MessageFailed], count: int = 1) -> None:
        """Wait until so many were emitted."""
        async with asyncio.timeout(10):
            while sum(isinstance(event, kind) for event in self.memory.emitted) < count:
                await asyncio.sleep(0.005)

    @property
    def asks(self) -> list[MessagePrepared]:
        """All of them."""
        return [event for event in self.memory.emitted if isinstance(event, MessagePrepared)]


async def test_one_grant_is_one_call() -> None:
    desk = Desk()
    await desk.open()
    running = asyncio.create_task(desk.dispatcher.run())
    await desk.sees(MessagePrepared)

    await desk.dispatcher.nudges_committed([granted(desk.asks[0]), granted(desk.asks[0])])
    await desk.sees(MessageAccepted)

    running.cancel()
    assert len(desk.carrier.sent) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_an_unconfirmed_commit_calls_nobody_and_a_new_attempt_asks(kept: bool) -> None:
    """Whether it was kept or lost."""
    desk = Desk()
    await desk.open()
    running = asyncio.create_task(desk.dispatcher.run())
    await desk.sees(MessagePrepared)
    doubts = [kept]
    desk.memory.unconfirmed = lambda: doubts.pop() if doubts else None

    await desk.dispatcher.nudges_committed([granted(desk.asks[0])])
    await desk.sees(MessagePrepared, 2)

    running.cancel()
    (failed,) = [event for event in desk.memory.emitted if isinstance(event, MessageFailed)]
    assert desk.carrier.sent == []
    assert (failed.reason, failed.final) == (Reason.NOT_SENT, False)
    assert desk.asks[1].try_number == 2


async def test_finishing_waits_for_the_call_in_hand() -> None:
    desk = Desk()
    desk.carrier.held = asyncio.Event()
    await desk.open()
    running = asyncio.create_task(desk.dispatcher.run())
    await desk.sees(MessagePrepared)
    await desk.dispatcher.nudges_committed([granted(desk.asks[0])])
    finishing = asyncio.create_task(desk.dispatcher.finish(5))

    done, _ = await asyncio.wait({finishing}, timeout=0.2)
    desk.carrier.held.set()
    await finishing

    running.cancel()
    assert not done
    assert any(isinstance(event, MessageAccepted) for event in desk.memory.emitted)
