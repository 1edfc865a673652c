"""The polls of back offices: claim one that is due, report its orders, then vouch for the moment at which it was begun.

A process that is killed leaves a claim that runs out. What it had reported stays reported, and its poll begins again from
where the last whole one ended; a report leaves with the transaction that remembers it, so none is lost and none is doubled.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from services.ingest.sources.events import signal_event, source_synced_event
from services.ingest.sources.metrics import SourcesMetrics
from services.ingest.sources.nexternal.clock import AccountClock
from services.ingest.sources.nexternal.polling import NexternalPoll
from services.ingest.sources.states import PollFailed, SourceState, retry_after
from services.ingest.sources.storage.connections import ClaimLost, Connection, PollEnd, end_poll, renew
from services.ingest.sources.storage.sweeps import CLAIMED_FOR, claim_due, count_by_state
from shared.events.envelope import Event
from shared.events.signals import SignalKind
from shared.runtime.cancellation import cancel
from shared.runtime.clock import Clock
from shared.runtime.loops import ran
from shared.runtime.postgres.pool import Pool, is_away, transaction

AT_ONCE = 4
LOOK_SECONDS = 1.0
POLL_SECONDS = 600.0
"""The longest that a poll may take."""
RENEW_SECONDS = 15.0
SIGNAL_EVERY = timedelta(minutes=1)

log = structlog.get_logger("poller")


@dataclass(frozen=True)
class Polling:
    """What polls need: how often, of which kind, and whom to wake once something is stored."""

    pool: Pool
    nexternal: NexternalPoll
    clock: Clock
    every: timedelta
    metrics: SourcesMetrics
    stored: Callable[[], None]
    new_id: Callable[[], UUID]


class PollLoop:
    """Polls what is due, a few at a time, until cancelled."""

    def __init__(self, polling: Polling) -> None:
        self._polling = polling

    async def run(self) -> None:
        """Poll until cancelled. Nothing that a back office answers ends it."""
        while True:
            ran()
            try:
                claimed = await claim_due(self._polling.pool, self._polling.clock.now(), AT_ONCE, self._polling.new_id())
                await asyncio.gather(*(poll(connection, self._polling) for connection in claimed))
                await self._count()
                if claimed:
                    continue
            except Exception as error:
                log.warning("polls_wait", error=type(error).__name__, exc_info=not is_away(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _count(self) -> None:
        counted = await count_by_state(self._polling.pool)
        for state in SourceState:
            self._polling.metrics.connected.labels(state.value).set(counted.get(state.value, 0))


async def poll(connection: Connection, polling: Polling) -> None:
    """Poll a claimed source once and store how that ended. What fails otherwise leaves the claim to run out."""
    began_at = polling.clock.now()
    renewing = asyncio.create_task(_keep_claim(connection, polling))
    try:
        state, known = await _outcome(connection, began_at, polling)
        now = polling.clock.now()
        end = _end(connection, state, known, began_at, now, polling)
        async with transaction(polling.pool) as tx:
            await end_poll(tx, connection, end, now)
    except ClaimLost:
        log.info("claim_lost", site=str(connection.site_id), source=connection.source)
        return
    except Exception as error:
        log.error("poll_failed", site=str(connection.site_id), error=type(error).__name__, exc_info=not is_away(error))
        return
    finally:
        await cancel([renewing])
    polling.stored()
    polling.metrics.polls.labels(state.value).inc()


async def _keep_claim(connection: Connection, polling: Polling) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew(polling.pool, connection, polling.clock.now() + CLAIMED_FOR)
        except Exception as error:
            log.warning("claim_not_renewed", error=type(error).__name__, exc_info=not is_away(error))


async def _outcome(connection: Connection, began_at: datetime, polling: Polling) -> tuple[SourceState, AccountClock]:
    """The state that the poll ended in, and what is known of the source's clock by then."""
    before = AccountClock(connection.utc_offset, connection.highest_order)
    try:
        async with asyncio.timeout(POLL_SECONDS):
            return SourceState.CONNECTED, await polling.nexternal.run(connection, began_at)
    except PollFailed as failed:
        return failed.state, before
    except TimeoutError:
        return SourceState.SLOW, before


def _end(
    connection: Connection, state: SourceState, known: AccountClock, began_at: datetime, now: datetime, polling: Polling
) -> PollEnd:
    whole = state is SourceState.CONNECTED
    failures = 0 if whole else connection.failures + 1
    events: list[Event] = [source_synced_event(connection.site_id, connection.source, began_at, now)] if whole else []
    is_due = connection.signalled_at is None or now - connection.signalled_at >= SIGNAL_EVERY
    if signals := is_due or state is not connection.state:
        kind, field = (SignalKind.SOURCE_SYNCED, None) if whole else (SignalKind.SOURCE_FAILED, state.value)
        events.append(signal_event(polling.new_id(), connection.site_id, kind, field, now))
    return PollEnd(
        state=state,
        poll_after=now + (polling.every if whole else retry_after(state, failures)),
        failures=failures,
        polled_through=began_at if whole else connection.polled_through,
        utc_offset=known.offset,
        highest_order=known.highest_order,
        signalled_at=now if signals else connection.signalled_at,
        events=events,
    )
