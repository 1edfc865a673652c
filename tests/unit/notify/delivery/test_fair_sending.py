"""Sites that share one number to send from: a sale of one is not the other's wait."""

import asyncio
from datetime import timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry

from services.notify.delivery.dispatcher import Dispatcher
from services.notify.delivery.evaluate_nudge import NudgeEvaluator
from services.notify.delivery.send import AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.budgets import Limits
from shared.events.message import MessagePrepared
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id, new_token_base62
from tests.support.builders.notify import SITE, a_consent, a_due_nudge, a_site, sealed, some_routes
from tests.support.builders.notify_answers import now, withheld
from tests.support.memory.notify import MemoryDatabase
from tests.support.processes.carriers import FakeCarrier, FakePush

SIBLING = UUID("01940000-0000-7000-8000-000000000002")


async def reminders(memory: MemoryDatabase, site: UUID, count: int, first: int) -> None:
    """So many carts of confirmed shoppers fall due."""
    async with memory.transaction() as store:
        await store.put_site(a_site(site_id=site))
        for number in range(first, first + count):
            visitor, contact = f"{number:022d}", sealed(f"+1202{5560000 + number}", site)
            await store.consents.add_consent(a_consent(site_id=site, visitor_id=visitor, contact=contact, occurred_at=now()))
            await store.recipients.confirm(site, visitor, contact.index, now())
            await store.nudges.queue(a_due_nudge(site_id=site, visitor_id=visitor, abandoned_at=now() - timedelta(minutes=1)))


async def test_two_sites_of_one_sender_remind_round_robin() -> None:
    clock, metrics = SystemClock(), NotifyMetrics(CollectorRegistry())
    memory, routes = MemoryDatabase(clock), some_routes(clock, per_second=20, burst=1)
    nudge_evaluator = NudgeEvaluator(routes, clock, new_token_base62, "https://go.example/l/{}".format, "", metrics, Limits())
    sender = AttemptSender(
        memory, FakeCarrier(), FakePush(), routes, clock, new_random_id, lambda each: each.attempt_id, lambda: None, metrics
    )
    dispatcher = Dispatcher(memory, sender, nudge_evaluator, clock, new_random_id, lambda: range(16), lambda: None, metrics)
    await reminders(memory, SITE, 60, first=0)
    await reminders(memory, SIBLING, 5, first=100)
    running, answered = asyncio.create_task(dispatcher.run()), 0

    def asks() -> list[MessagePrepared]:
        return [event for event in memory.emitted if isinstance(event, MessagePrepared)]

    async with asyncio.timeout(20):
        while sum(ask.site_id == SIBLING for ask in asks()) < 5:
            for ask in asks()[answered:]:
                await dispatcher.nudges_committed([withheld(ask)])
                answered += 1
            await asyncio.sleep(0.005)

    running.cancel()
    assert len(asks()) <= 20, "five in turn with the other site's, and a few that were under way"
