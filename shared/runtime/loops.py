"""Loops of a process, and when each last ran: one that hangs ends nothing, while the process answers its probes.

The consumer's is ``beckon_consumer_last_poll_timestamp_seconds``. What waits for somebody to ask, such as mails, is no loop.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Protocol

from prometheus_client import REGISTRY, CollectorRegistry, Gauge

from shared.events.catalogue import Service
from shared.runtime.clock import Clock

LOOPS: Mapping[Service, tuple[str, ...]] = {
    "ingest": ("settings",),
    "sources": ("outbox", "polls", "retention"),
    "orders": ("granting", "outbox", "retention", "timers"),
    "notify": ("dispatcher", "outbox", "questions", "reconciliation", "retention", "transactional"),
    "onboarding": ("coverage", "outbox", "retention", "shop_checks"),
}
"""Every loop of a service. The slow ones of the rule in deploy/alerts are ``coverage``, ``polls`` and ``retention``."""

_RAN: ContextVar[Callable[[], None] | None] = ContextVar("ran", default=None)


class Loop(Protocol):
    """What runs until it is cancelled, and calls ``ran`` each time around."""

    async def run(self) -> None: ...


class Loops:
    """The loops of one service, each served from the start; one that has not run yet is no number."""

    def __init__(self, service: Service, clock: Clock, registry: CollectorRegistry = REGISTRY) -> None:
        gauge = Gauge("beckon_loop_last_run_timestamp_seconds", "When a loop last went around.", ["loop"], registry=registry)
        self._clock = clock
        self._moments = {name: gauge.labels(name) for name in LOOPS[service]}
        for moment in self._moments.values():
            moment.set(math.nan)

    def start(self, **loops: Loop) -> list[asyncio.Task[None]]:
        """Start loops by their names. All that ``LOOPS`` names have to be among those of a service, and no others."""
        assert loops.keys() == self._moments.keys(), "LOOPS has every loop"
        return [asyncio.create_task(self.run(name, loop.run())) for name, loop in loops.items()]

    async def run(self, name: str, running: Awaitable[None]) -> None:
        """Run one loop in this task; ``ran`` is its own inside."""
        moment = self._moments[name]
        _RAN.set(lambda: moment.set(self._clock.now().timestamp()))
        await running


def ran() -> None:
    """Record that the loop of the current task goes around once more."""
    if (record := _RAN.get()) is not None:
        record()
