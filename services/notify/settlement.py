"""Calls whose end nobody stored: settled by the carrier's own word, else given up and shown. Never sent again."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from services.notify import telling
from services.notify.attempts import Attempt, AttemptState
from services.notify.calling import Caller, store_outcome
from services.notify.carriers import Carrier
from services.notify.metrics import NotifyMetrics
from services.notify.outcome import Accepted, rank_of
from services.notify.store import Store
from services.notify.sweeps import expose_crashed_calls, unresolved
from shared.events.reasons import Reason
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, CommitUnconfirmed, Pool, transaction

CALL_IS_OVER = timedelta(seconds=15)
POLL_SECONDS = 1.0
LIST_EVERY_SECONDS = 5.0

log = structlog.get_logger("settlement")


class Settlement:
    """Finds calls whose caller died, asks the carrier's list, and gives up in the end."""

    def __init__(
        self,
        pool: Pool,
        carrier: Carrier,
        caller: Caller,
        clock: Clock,
        give_up_after: timedelta,
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._pool = pool
        self._carrier = carrier
        self._caller = caller
        self._clock = clock
        self._give_up_after = give_up_after
        self._committed = committed
        self._metrics = metrics

    async def run(self) -> None:
        """Settle until cancelled."""
        while True:
            try:
                await self.turn()
            except (*UNREACHABLE, CommitUnconfirmed):
                log.warning("settlement_waits")
            await asyncio.sleep(POLL_SECONDS)

    async def turn(self) -> None:
        """One look at everything that is open."""
        async with transaction(self._pool) as tx:
            exposed = await expose_crashed_calls(tx, CALL_IS_OVER)
            now = self._clock.now()
            await Store(tx).emit([telling.unresolved(attempt, now, given_up=False) for attempt in exposed])
        waiting = await unresolved(self._pool)
        self._metrics.unresolved.set(len(waiting))
        for attempt in waiting:
            await self._settle(attempt)
        if exposed or waiting:
            self._committed()

    async def _settle(self, attempt: Attempt) -> None:
        carrier_id = await self._listed(attempt)
        now = self._clock.now()
        async with transaction(self._pool) as tx:
            store = Store(tx)
            if carrier_id is not None:
                await store_outcome(store, attempt, Accepted(carrier_id), None, now)
            elif attempt.called_at is not None and now - attempt.called_at > self._give_up_after:
                await give_up(store, attempt, self._clock)

    async def _listed(self, attempt: Attempt) -> str | None:
        """The carrier's name for it. A reminder's text is told apart by its link; absence from the list proves nothing."""
        async with transaction(self._pool) as tx:
            to = await self._caller.address_of(Store(tx), attempt)
        if to is None or attempt.link_id is None:
            return None
        sender, number = to
        listed = await self._carrier.list_sent(sender, number)
        return next((message.carrier_id for message in listed if message.body == attempt.body), None)


async def give_up(store: Store, attempt: Attempt, clock: Clock) -> None:
    """Say that nobody will know."""
    if await store.attempts.give_up(attempt.site_id, attempt.attempt_id):
        await store.emit([telling.unresolved(attempt, clock.now(), given_up=True)])
        if attempt.nudge_id is not None:
            await store.attempts.set_nudge(attempt.site_id, attempt.nudge_id, "ended")


async def apply_callback(store: Store, attempt: Attempt, status: str, carrier_id: str, clock: Clock) -> bool:
    """The carrier's own word on an attempt. Late, repeated and reordered words change nothing. False for unknown words."""
    rank, now = rank_of(status), clock.now()
    if rank == 0:
        return False
    if attempt.state in (AttemptState.CALLING, AttemptState.UNRESOLVED):
        await store_outcome(store, attempt, Accepted(carrier_id), None, now)
    if await store.attempts.raise_rank(attempt.site_id, attempt.attempt_id, rank):
        if status == "delivered":
            await store.emit([telling.delivered(attempt, now)])
        elif status in ("undelivered", "failed"):
            await store.emit([telling.failed(attempt, Reason.NOT_DELIVERED, now, final=True)])
    return True
