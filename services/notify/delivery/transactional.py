"""Messages that need no grant: answers to replies, and tests. The same attempts as those that ask."""

import asyncio
from datetime import timedelta
from uuid import UUID

from services.notify.delivery.failures import Failures
from services.notify.delivery.send import AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import Database, Store
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.loops import ran

POLL_SECONDS = 0.2
AT_ONCE = 20
LEASE = timedelta(seconds=15)
FAILED_RETRY = timedelta(minutes=5)


class TransactionalMessages:
    """Sends what needs no grant. A carrier that hangs delays nobody else's answer."""

    def __init__(self, database: Database, sender: AttemptSender, clock: Clock, metrics: NotifyMetrics) -> None:
        self._database = database
        self._sender = sender
        self._clock = clock
        self._failures = Failures("transactional", database, metrics)
        self._awake = asyncio.Event()
        self._in_hand = 0
        self._stopping = False

    def wake(self) -> None:
        """Run at once: a reply has come, or a test is wanted."""
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                ran()
                try:
                    await self._run_once(tasks)
                except Exception as error:
                    self._failures.record(error, "transactional_waits")
                await self._rest()

    async def _run_once(self, tasks: asyncio.TaskGroup) -> None:
        if self._stopping:
            return
        free = AT_ONCE - self._in_hand
        for site_id, attempt_id in await self._database.claim_transactional(free, LEASE) if free else []:
            self._in_hand += 1
            tasks.create_task(self._send(site_id, attempt_id))

    async def finish(self, seconds: float) -> None:
        """Take nothing new and wait for the calls in hand."""
        self._stopping = True
        deadline = self._clock.monotonic() + seconds
        while self._in_hand and self._clock.monotonic() < deadline:
            await asyncio.sleep(0.05)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._awake.wait()
        except TimeoutError:
            pass
        self._awake.clear()

    async def _send(self, site_id: UUID, attempt_id: str) -> None:
        try:
            async with self._database.transaction() as store:
                attempt = await self._with_a_slot(store, site_id, attempt_id)
            if attempt is not None:
                with tracing.go_on("send a message", attempt.cause_span, kind_of_message=attempt.kind.value):
                    await self._sender.call(attempt, None)
        except Exception as error:
            if self._failures.record(error, "message_failed", site_id=str(site_id), attempt_id=attempt_id):
                await self._set_aside(site_id, attempt_id)
        finally:
            self._in_hand -= 1
            self.wake()

    async def _set_aside(self, site_id: UUID, attempt_id: str) -> None:
        """Try a message whose handling failed again later, if it was not called."""
        try:
            async with self._database.transaction() as store:
                await store.attempts.call_later(site_id, attempt_id, FAILED_RETRY)
        except Exception as error:
            self._failures.record(error, "set_aside_failed", site_id=str(site_id), attempt_id=attempt_id)

    async def _with_a_slot(self, store: Store, site_id: UUID, attempt_id: str) -> Attempt | None:
        """What waits to be called, if its sender has a free slot now; otherwise it waits for one."""
        attempt = await store.attempts.lock_attempt(site_id, attempt_id)
        if attempt is None or attempt.state is not AttemptState.PREPARED:
            return None
        if (wait := await self._sender.slot_in(store, attempt)) > 0:
            await store.attempts.call_later(site_id, attempt_id, timedelta(seconds=wait))
            return None
        return attempt
