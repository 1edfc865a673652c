"""The parts of notify put together as in a process, around a fake carrier, and with events handed in by the test."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from services.notify.addresses import Addresses
from services.notify.channels.push.subscriptions import PushServices
from services.notify.channels.sms import Carrier
from services.notify.channels.sms.twilio import signature_of
from services.notify.consumers import Consumers
from services.notify.delivery.dispatcher import Dispatcher
from services.notify.delivery.evaluate_nudge import NudgeEvaluator
from services.notify.delivery.reconciliation import Reconciliation
from services.notify.delivery.results import ResultWriter
from services.notify.delivery.send import AttemptSender
from services.notify.delivery.transactional import TransactionalMessages
from services.notify.http.carrier import CarrierHttp
from services.notify.http.public import PublicHttp
from services.notify.metrics import NotifyMetrics
from services.notify.opt_in.request import OptInEvaluator
from services.notify.rules.budgets import Limits
from services.notify.storage.postgres import SqlDatabase
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.codec import decode
from shared.events.envelope import Event
from shared.events.message import MessagePrepared, QuestionPrepared
from shared.events.nudge import (
    NudgeDue,
    NudgeEvent,
)
from shared.events.settings import SiteConfigured
from shared.messages.rendering import SAMPLE_TOKEN
from shared.runtime.clock import SystemClock
from shared.runtime.http.metering import Metered
from shared.runtime.ids import new_random_id, new_token_base62
from shared.runtime.metrics import HttpMetrics
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import CONSOLE_KEYS, KEYS, SITE, TOKEN, a_consent, a_due_nudge, a_site, some_routes
from tests.support.builders.notify_answers import now, question_granted
from tests.support.processes.carriers import FakeCarrier, FakePush
from tests.support.waiting import DEADLINE_SECONDS

PUBLIC = "https://go.example"
SAMPLE_LINK = f"{PUBLIC}/l/{SAMPLE_TOKEN}"
INGEST = "https://in.example"


class Bench:
    """One process of notify without Kafka: what would come from a topic is applied by ``apply``."""

    def __init__(
        self,
        pool: Pool,
        *,
        carrier: FakeCarrier | None = None,
        wire: Carrier | None = None,
        push: FakePush | None = None,
        sender: type[AttemptSender] = AttemptSender,
        give_up_seconds: float = 3600.0,
        per_second: float = 1000,
        burst: int = 1000,
        limits: Limits | None = None,
    ) -> None:
        self.pool = pool
        self.database = SqlDatabase(pool)
        self.carrier = carrier or FakeCarrier()
        wire = wire or self.carrier
        self.clock = SystemClock()
        self.addresses = Addresses(PUBLIC, [b"k" * 32])
        self.registry = CollectorRegistry()
        self.metrics = NotifyMetrics(self.registry)
        self.limits = limits or Limits()
        self.push = push or FakePush()
        self.routes = some_routes(self.clock, per_second, burst)
        self.results = ResultWriter(new_random_id)
        self.consumers = Consumers(self.clock, new_random_id, KEYS, PushServices(), sample_link=SAMPLE_LINK, any_hour=True)
        self._put_together(wire, sender, timedelta(seconds=give_up_seconds))
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(self._public()), base_url=PUBLIC)
        self._tasks: list[asyncio.Task[None]] = []
        self._decoded: dict[int, Event] = {}
        self.peers: list[Bench] = []

    def _put_together(self, wire: Carrier, sender: type[AttemptSender], give_up_after: timedelta) -> None:
        self.sender = sender(
            self.database,
            wire,
            self.push,
            self.routes,
            self.clock,
            new_random_id,
            self.addresses.callback,
            _nothing,
            self.metrics,
        )
        nudge_evaluator = NudgeEvaluator(
            self.routes, self.clock, new_token_base62, self.addresses.link, INGEST, self.metrics, self.limits
        )
        self.dispatcher = Dispatcher(
            self.database, self.sender, nudge_evaluator, self.clock, new_random_id, _all_partitions, _nothing, self.metrics
        )
        opt_in_evaluator = OptInEvaluator(self.routes, self.clock, self.metrics, self.limits)
        self.questions = Dispatcher(
            self.database, self.sender, opt_in_evaluator, self.clock, new_random_id, _all_partitions, _nothing, self.metrics
        )
        self.transactional = TransactionalMessages(self.database, self.sender, self.clock, self.metrics)
        self.reconciliation = Reconciliation(
            self.database,
            wire,
            self.sender,
            self.clock,
            give_up_after,
            _nothing,
            self.metrics,
            self.results,
        )

    def _public(self) -> Metered:
        reports = CarrierHttp(
            self.database,
            KEYS,
            KEYS.public_key(),
            CONSOLE_KEYS.public_key(),
            self.addresses,
            self.clock,
            new_random_id,
            self.transactional.wake,
            self.metrics,
        )
        return Metered(PublicHttp(self.database, self.clock, reports, _nothing).app(), self.clock, HttpMetrics(self.registry))

    async def open_shop(self, **changes: Any) -> SiteConfigured:
        """Read the settings of a site."""
        site = a_site(**changes)
        async with self.database.transaction() as store:
            await self.consumers.apply_site_settings([site], store)
        return site

    def start(self, *loops: str) -> None:
        """Run some of: dispatcher, questions, transactional, reconciliation.

        With ``transactional`` numbers are asked as well, and orders grants each question at once; a test that wants to answer
        itself starts ``questions`` alone.
        """
        for loop in loops:
            self._tasks.append(asyncio.create_task(getattr(self, loop).run()))
        if "transactional" in loops:
            self._tasks += [asyncio.create_task(self.questions.run()), asyncio.create_task(self._grant_questions())]

    async def _grant_questions(self) -> None:
        answered: set[str] = set()
        while True:
            for ask in await self.emitted(QuestionPrepared):
                if ask.attempt_id not in answered:
                    answered.add(ask.attempt_id)
                    await self.nudges(question_granted(ask))
            await asyncio.sleep(0.01)

    def running(self) -> bool:
        """Whether every loop that was started still runs."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    async def close(self) -> None:
        """End what was started."""
        await self.stop()
        await self.http.aclose()

    async def stop(self) -> None:
        """End the loops where they are, as a process that dies does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def storefront(self, *events: Any) -> None:
        """What ingest would have published."""
        async with self.database.transaction() as store:
            await self.consumers.apply_storefront_events(events, store)
        self.questions.wake()

    async def nudges(self, *events: NudgeEvent) -> None:
        """What orders would have published."""
        async with self.database.transaction() as store:
            await self.consumers.apply_nudge_events(events, store)
        for each in (self, *self.peers):  # who asked waits for the answer in its own process
            await each.dispatcher.nudges_committed(events)
            await each.questions.nudges_committed(events)

    async def merchant(self, *events: Any) -> None:
        """What the console would have published."""
        async with self.database.transaction() as store:
            await self.consumers.apply_merchant_actions(events, store)

    async def emitted(self, kind: type[Event] | None = None) -> list[Any]:
        """Everything that waits to leave, in order; of one kind where one is named."""
        rows = await self.pool.fetch("SELECT id, topic, value FROM notify.outbox ORDER BY id")
        for row in rows:
            if row["id"] not in self._decoded:
                self._decoded[row["id"]] = decode(row["topic"], row["value"])
        events = [self._decoded[row["id"]] for row in rows]
        return [event for event in events if kind is None or isinstance(event, kind)]

    async def reply(
        self, text: str, message_id: str | None = None, number: str = "+12025550143", **changes: str
    ) -> httpx.Response:
        """A handset answers, through the carrier."""
        form = {"From": number, "To": "+12025550100", "Body": text, "MessageSid": message_id or new_random_id()} | changes
        return await self.post_signed(f"/in/twilio/{SITE}", form)

    async def post_signed(self, path: str, form: dict[str, str], token: str = TOKEN) -> httpx.Response:
        """POST as the carrier does."""
        signature = signature_of(token, f"{PUBLIC}{path}", form)
        return await self.http.post(path, data=form, headers={"X-Twilio-Signature": signature})

    async def confirm_anna(self, **changes: Any) -> None:
        """Anna ticks, is asked, answers YES, and is welcomed: the carrier's next answer is for what the test does next."""
        await self.storefront(a_consent(occurred_at=now() - timedelta(minutes=5), **changes))
        await self.eventually(self._all_accepted)
        await self.reply("YES")
        await self.eventually(self._all_accepted)

    async def _all_accepted(self) -> bool:
        rows = await self.pool.fetch("SELECT state FROM notify.attempts WHERE kind <> 'reminder'")
        return bool(rows) and all(row["state"] == "accepted" for row in rows)

    async def due(self, **changes: Any) -> NudgeDue:
        """A cart of hers falls due."""
        due = a_due_nudge(**({"abandoned_at": now() - timedelta(minutes=1)} | changes))
        await self.nudges(due)
        return due

    async def asks(self, count: int = 1) -> list[MessagePrepared]:
        """Wait until so many asks were made."""
        await self.eventually(lambda: self._has_asked(count))
        asked: list[MessagePrepared] = await self.emitted(MessagePrepared)
        return asked

    async def _has_asked(self, count: int) -> bool:
        return len(await self.emitted(MessagePrepared)) >= count

    async def state_of(self, attempt_id: str) -> str:
        """The state of an attempt's row."""
        state: str = await self.pool.fetchval("SELECT state FROM notify.attempts WHERE attempt_id = $1", attempt_id)
        return state

    async def becomes(self, attempt_id: str, state: str) -> None:
        """Wait until an attempt is in a state."""

        async def is_so() -> bool:
            return await self.state_of(attempt_id) == state

        await self.eventually(is_so)

    async def eventually(self, condition: Callable[[], Awaitable[object]], seconds: float = DEADLINE_SECONDS) -> None:
        """Return as soon as the condition holds; fail when it does not within the deadline."""
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(0.01)


def _nothing() -> None:
    """Nobody relays an outbox here."""


def _all_partitions() -> Sequence[int]:
    return range(NUDGE_EVENTS.partitions)
