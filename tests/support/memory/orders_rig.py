"""orders over a memory: what ships, without sockets, and what its tests ask of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from prometheus_client import CollectorRegistry

from services.orders.consumers import apply_merchant_actions, apply_site_settings, apply_storefront_events
from services.orders.grants.barrier import GrantingLoop, NotAppended
from services.orders.handlers.message_events import apply_message_events
from services.orders.metrics import OrdersMetrics
from services.orders.timers import TimerLoop
from shared.events.envelope import (
    Channel,
    Event,
)
from shared.events.markers import BarrierMarked
from shared.events.merchant import MerchantAction
from shared.events.message import (
    MessageAccepted,
    MessageFailed,
    MessageKind,
    MessageTopicEvent,
)
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeGranted,
    NudgeLapsed,
    NudgePostponed,
    NudgeWithheld,
)
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.events.storefront import StorefrontEvent
from tests.support.builders.orders import NOON, SITE, a_cart_update, a_site, an_ask, an_id, at
from tests.support.memory.orders import MemoryDatabase

ANSWERS = NudgeGranted | NudgeWithheld | NudgePostponed | NudgeCancelled | NudgeLapsed


@dataclass
class SetClock:
    """A clock that moves only when a test moves it."""

    wall: datetime = NOON

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.wall.timestamp()


@dataclass
class MemoryLog:
    """Storefront-events of one partition: what was acknowledged, and up to where it is applied."""

    records: list[StorefrontEvent] = field(default_factory=list)
    applied: int = 0
    refuses: bool = False
    on_append: Callable[[], None] = lambda: None

    async def append(self, marker: BarrierMarked, partition: int) -> None:
        if self.refuses:
            raise NotAppended("no leader")
        self.records.append(marker)
        self.on_append()


class Rig:
    """orders over a memory: what ships, without sockets. Build it inside a running loop."""

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        self.clock = SetClock()
        self.database = database or MemoryDatabase()
        self.log = MemoryLog()
        self.registry = CollectorRegistry()
        metrics = OrdersMetrics(self.registry)
        self.timers = TimerLoop(self.database, self.clock, lambda: None, metrics)
        ids = count(1)
        self.granting = GrantingLoop(self.database, self.log, self.clock, lambda: f"{next(ids):032x}", lambda: None, metrics)

    async def storefront(self, *events: StorefrontEvent) -> None:
        """Acknowledged and applied, in one transaction."""
        self.log.records.extend(events)
        await self.catch_up()

    async def catch_up(self) -> None:
        """Apply what the log holds and nobody has read."""
        batch = self.log.records[self.log.applied :]
        async with self.database.transaction() as store:
            await apply_storefront_events(batch, store, self.clock.now())
        self.log.applied += len(batch)
        for event in batch:
            if isinstance(event, BarrierMarked):
                self.granting.marker_applied(event.marker_id)

    async def messages(self, *events: MessageTopicEvent) -> None:
        """Apply what notify emitted."""
        async with self.database.transaction() as store:
            await apply_message_events(events, store, self.clock.now())

    async def merchant(self, *events: MerchantAction) -> None:
        """Apply what a merchant did."""
        async with self.database.transaction() as store:
            await apply_merchant_actions(events, store, self.clock.now())

    async def configure(self, site: SiteConfigured) -> None:
        """Settings were read."""
        async with self.database.transaction() as store:
            await apply_site_settings([site], store)

    async def pass_time(self, to: datetime) -> None:
        """Let the clock go on to then and fire all that falls due, each at most a minute late."""
        while self.clock.wall < to:
            due = [moment for moment in self.database.tables.timers.values() if moment <= to]
            earliest = min([*due, to])
            # One below the floor is found by the next full scan.
            self.clock.wall = min(to, earliest if earliest > self.clock.wall else self.clock.wall + timedelta(minutes=1))
            while await self.timers.run_once():
                pass

    async def grant(self) -> None:
        """One round of the barrier, with a consumer that reads along."""
        loop = asyncio.get_running_loop()
        reading: list[asyncio.Task[None]] = []
        self.log.on_append = lambda: reading.append(loop.create_task(self.catch_up()))
        for partition in await self.database.partitions_with_asks():
            await self.granting.run_once(partition)
        await asyncio.gather(*reading)
        self.log.on_append = lambda: None

    def emitted(self, event_type: type[Event]) -> list[Event]:
        """What was emitted of one type."""
        return [event for event in self.database.emitted if isinstance(event, event_type)]

    def due(self) -> NudgeDue:
        """The newest nudge that fell due."""
        found = [event for event in self.database.emitted if isinstance(event, NudgeDue)]
        assert found, "no nudge fell due"
        return found[-1]


async def an_abandoned_cart(site: SiteConfigured | None = None) -> Rig:
    """A cart that was filled at noon, left, and whose first reminder is due."""
    rig = Rig()
    await rig.configure(site or a_site())
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(31))
    return rig


async def answer_to(rig: Rig, number: int = 1) -> Reason | str:
    """Ask once more; returns the reason of the answer, or ``granted``."""
    await rig.messages(an_ask(rig.due(), number=number))
    before = len(rig.database.emitted)
    await rig.grant()
    emitted = [event for event in rig.database.emitted[before:] if isinstance(event, ANSWERS)]
    assert len(emitted) == 1, emitted
    return "granted" if isinstance(emitted[0], NudgeGranted) else emitted[0].reason


def accepted(rig: Rig) -> MessageAccepted:
    due = rig.due()
    return MessageAccepted(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=rig.clock.wall,
        received_at=rig.clock.wall,
        attempt_id=an_ask(due).attempt_id,
        kind=MessageKind.REMINDER,
        channel=Channel.SMS,
        nudge_id=due.nudge_id,
        cart_id=due.cart_id,
        link_id="a" * 32,
    )


def failed(rig: Rig, number: int, *, final: bool) -> MessageFailed:
    due = rig.due()
    return MessageFailed(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=rig.clock.wall,
        received_at=rig.clock.wall,
        attempt_id=an_ask(due, number=number).attempt_id,
        kind=MessageKind.REMINDER,
        channel=Channel.SMS,
        nudge_id=due.nudge_id,
        cart_id=due.cart_id,
        reason=Reason.NOT_SENT,
        final=final,
    )
