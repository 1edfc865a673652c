"""Processes as ``app.py`` puts them together, over the memories; each may die between any two steps."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from services.notify.channels.push.subscriptions import PushServices
from services.notify.consumers import STOREFRONT_WANTED
from services.notify.consumers import Consumers as NotifyConsumers
from services.notify.delivery.dispatcher import Dispatcher
from services.notify.delivery.evaluate_nudge import NudgeEvaluator
from services.notify.delivery.reconciliation import Reconciliation
from services.notify.delivery.results import ResultWriter
from services.notify.delivery.send import AttemptSender
from services.notify.delivery.transactional import TransactionalMessages
from services.notify.metrics import NotifyMetrics
from services.notify.opt_in.request import OptInEvaluator
from services.notify.rules.budgets import Limits
from services.orders.consumers import apply_storefront_events
from services.orders.grants.barrier import GrantingLoop
from services.orders.handlers.message_events import apply_message_events
from services.orders.metrics import OrdersMetrics
from services.orders.timers import TimerLoop
from shared.events.markers import BarrierMarked
from tests.simulator.carrier import Carrier
from tests.simulator.consumers import Group, Reader
from tests.simulator.databases import NotifyDatabase, OrdersDatabase
from tests.simulator.faults import Faults
from tests.simulator.log import Log
from tests.simulator.relay import relay
from tests.simulator.virtual_time import SteppingClock, VirtualClock
from tests.support.builders.notify import KEYS, some_routes
from tests.support.processes.carriers import FakePush

GIVE_UP_AFTER = timedelta(seconds=12)
ANY_NUMBER = Limits(10**6, 10**6)
"""A simulated shop has every shopper's number in one range: budgets have their own tests."""
Apply = Callable[[Any, Any], Awaitable[None]]
Committed = Callable[[Any], Awaitable[None]]


@dataclass
class World:
    """Everything that outlives a process."""

    faults: Faults
    log: Log
    orders: OrdersDatabase
    notify: NotifyDatabase
    carrier: Carrier
    groups: dict[str, Group]
    clock: VirtualClock = field(default_factory=VirtualClock)
    broken: list[BaseException] = field(default_factory=list)

    def process_clock(self) -> SteppingClock:
        """The clock of a process that starts now: in some runs an hour off, and set right or wrong while it runs."""
        start = self.clock.monotonic()
        draw = self.faults.random
        hours = self.faults.clock_hours
        steps = [(start, draw.choice(hours)), (start + draw.uniform(1, 20), draw.choice(hours)), (self.faults.calm_after, 0.0)]
        return SteppingClock(sorted(steps))


class Process:
    """Loops that live and die together. What was only in memory dies with them."""

    def __init__(self, name: str, world: World, build: Callable[[str, World], Sequence[Coroutine[Any, Any, None]]]) -> None:
        self.name = name
        self._world = world
        self._build = build
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """A new process of the same name."""
        self._tasks = [asyncio.create_task(loop) for loop in self._build(self.name, self._world)]

    async def kill(self) -> None:
        """Between whatever two steps each of its loops is at. A loop that had ended by itself has a bug."""
        self._world.broken += [error for task in self._tasks if task.done() and (error := task.exception())]
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def orders_process(name: str, world: World) -> Sequence[Coroutine[Any, Any, None]]:
    """What ``services/orders/app.py`` starts."""
    metrics, clock, database = OrdersMetrics(CollectorRegistry()), world.process_clock(), world.orders
    granting = GrantingLoop(database, world.log, clock, world.faults.new_id, _nothing, metrics)
    timers = TimerLoop(database, clock, _nothing, metrics)

    async def storefront(events: Sequence[Any], store: Any) -> None:
        await apply_storefront_events(events, store, clock.now())

    async def storefront_committed(events: Sequence[Any]) -> None:
        for event in events:
            if isinstance(event, BarrierMarked):
                granting.marker_applied(event.marker_id)

    async def messages(events: Sequence[Any], store: Any) -> None:
        await apply_message_events(events, store, clock.now())

    async def messages_committed(_: object) -> None:
        granting.wake()

    readers = _readers(name, world, database, {
        "storefront-events": (storefront, storefront_committed),
        "message-events": (messages, messages_committed),
    })  # fmt: skip
    return [granting.run(), timers.run(), relay(name, database, world.log, world.faults), *readers]


def notify_process(name: str, world: World) -> Sequence[Coroutine[Any, Any, None]]:
    """What ``services/notify/app.py`` starts for messages: reminders, and what merchants send to their own phones."""
    metrics, clock = NotifyMetrics(CollectorRegistry()), world.process_clock()
    database, group, new_id = world.notify, world.groups["notify"], world.faults.new_id
    routes, results = some_routes(clock, 20, 20), ResultWriter(new_id)
    sender = AttemptSender(
        database, world.carrier, FakePush(), routes, clock, new_id, lambda a: a.attempt_id, _nothing, metrics
    )
    nudge_evaluator = NudgeEvaluator(
        routes, clock, world.faults.new_token, lambda token: f"https://go.example/l/{token}", "", metrics, ANY_NUMBER
    )

    def partitions() -> list[int]:
        return [partition for topic, partition in group.believed_by(name) if topic == "nudge-events"]

    dispatcher = Dispatcher(database, sender, nudge_evaluator, clock, new_id, partitions, _nothing, metrics)
    reconciliation = Reconciliation(database, world.carrier, sender, clock, GIVE_UP_AFTER, _nothing, metrics, results)
    consumers = NotifyConsumers(clock, new_id, KEYS, PushServices(), sample_link="https://n.example/l/0", any_hour=True)
    opt_in_evaluator = OptInEvaluator(routes, clock, metrics, ANY_NUMBER)
    questions = Dispatcher(database, sender, opt_in_evaluator, clock, new_id, partitions, _nothing, metrics)
    transactional = TransactionalMessages(database, sender, clock, metrics)
    readers = _readers(name, world, database, _notify_topics(consumers, dispatcher, questions, transactional))
    loops = [each.run() for each in (dispatcher, questions, transactional, reconciliation)]
    return [*loops, relay(name, database, world.log, world.faults), *readers]


def _notify_topics(
    consumers: NotifyConsumers, dispatcher: Dispatcher[Any], questions: Dispatcher[Any], transactional: TransactionalMessages
) -> dict[str, tuple[Apply, Committed]]:
    async def storefront(events: Sequence[Any], store: Any) -> None:
        await consumers.apply_storefront_events([event for event in events if event.type in STOREFRONT_WANTED], store)

    async def storefront_committed(_: object) -> None:
        questions.wake()

    async def answers_committed(events: Sequence[Any]) -> None:
        await dispatcher.nudges_committed(events)
        await questions.nudges_committed(events)

    async def actions_committed(_: object) -> None:
        transactional.wake()

    return {
        "storefront-events": (storefront, storefront_committed),
        "nudge-events": (consumers.apply_nudge_events, answers_committed),
        "merchant-actions": (consumers.apply_merchant_actions, actions_committed),
    }


def _readers(
    name: str, world: World, database: OrdersDatabase | NotifyDatabase, handlers: dict[str, tuple[Apply, Committed]]
) -> list[Coroutine[Any, Any, None]]:
    group = world.groups[name.split("-")[0]]
    return [
        Reader(name, group, place, database, world.log, world.faults, *handlers[place[0]]).run() for place in group.partitions
    ]


def _nothing() -> None:
    """The relay polls often enough."""
