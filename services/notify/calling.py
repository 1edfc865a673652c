"""The call: the last look at what forbids it, the confirmed commit, one try, and what is known afterwards.

A call is made only if the commit of ``calling`` was confirmed and nothing has taken too long, measured by this process's
own stopwatch. Who is unsure calls nobody.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

import structlog

from services.notify import telling
from services.notify.attempts import Attempt, AttemptState
from services.notify.carriers import Carrier, Sms, SmsSender
from services.notify.metrics import NotifyMetrics
from services.notify.outcome import Accepted, NotSent, Outcome, Rejected, Unknown
from services.notify.store import Store
from shared.events.envelope import ContactKind, SealedContact
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock
from shared.runtime.postgres import UNREACHABLE, CommitUnconfirmed, Pool, transaction
from shared.runtime.sealing import CannotOpen, ReaderKeys, open_contact, open_secret

GRANT_SECONDS = 4.0
COMMIT_SECONDS = 1.0
MAX_BACK_OFF_SECONDS = 30.0

log = structlog.get_logger("calling")


class Refusal(StrEnum):
    """Why an attempt that was about to call did not."""

    NOT_PREPARED = "not_prepared"
    FORBIDDEN = "forbidden"
    TOO_SLOW = "too_slow"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Cleared:
    """The row says ``calling`` with our token: what to send, and to whom."""

    attempt: Attempt
    sender: SmsSender
    sms: Sms


class Caller:
    """Makes calls for one process."""

    def __init__(
        self,
        pool: Pool,
        carrier: Carrier,
        keys: ReaderKeys,
        clock: Clock,
        new_id: Callable[[], str],
        callback_address: Callable[[Attempt], str],
        committed: Callable[[], None],
        metrics: NotifyMetrics,
    ) -> None:
        self._pool = pool
        self._carrier = carrier
        self._keys = keys
        self._clock = clock
        self._new_id = new_id
        self._callback_address = callback_address
        self._committed = committed
        self._metrics = metrics

    async def call(self, asked: Attempt, body: str, opened_at: float | None) -> None:
        """Call once, if everything still allows it. ``opened_at`` is the opener's stopwatch; None where no grant is needed."""
        caller = self._new_id()
        before = self._clock.monotonic()
        try:
            async with transaction(self._pool) as tx:
                cleared = await self._clear(Store(tx), asked, body, caller)
        except CommitUnconfirmed:
            # It may have failed over to a standby that never heard of it. Not calling is the only safe thing.
            cleared = Refusal.UNCONFIRMED
        if isinstance(cleared, Cleared) and not self._in_time(before, opened_at):
            cleared = Refusal.TOO_SLOW
        if isinstance(cleared, Cleared):
            outcome = await self._carrier.send(cleared.sender, cleared.sms)
            self._metrics.calls.labels(cleared.attempt.kind.value, type(outcome).__name__.lower()).inc()
            await self._store_outcome(cleared.attempt, outcome, caller)
        else:
            self._metrics.refusals.labels(cleared.value).inc()
            await self._step_back(asked, caller, cleared)
        self._committed()

    def _in_time(self, before: float, opened_at: float | None) -> bool:
        now = self._clock.monotonic()
        return now - before < COMMIT_SECONDS and (opened_at is None or now - opened_at < GRANT_SECONDS)

    async def _clear(self, store: Store, asked: Attempt, body: str, caller: str) -> Cleared | Refusal:
        await store.consents.lock_recipient(asked.account_id, asked.recipient_index)
        attempt = await store.attempts.lock_attempt(asked.site_id, asked.attempt_id)
        if attempt is None or attempt.state is not AttemptState.PREPARED:
            return Refusal.NOT_PREPARED
        site = await store.site(asked.site_id)
        sender = None if site is None else self._sender_of(site)
        if site is None or sender is None or await self._is_forbidden(store, attempt, site):
            return Refusal.FORBIDDEN
        number = self._number_of(attempt)
        if number is None or not await store.attempts.start_call(attempt.site_id, attempt.attempt_id, caller, body):
            return Refusal.FORBIDDEN
        valid = int((attempt.send_before - self._clock.now()).total_seconds())
        sms = Sms(number, body, self._callback_address(attempt), valid)
        return Cleared(replace(attempt, body=body), sender, sms)

    async def _is_forbidden(self, store: Store, attempt: Attempt, site: SiteConfigured) -> bool:
        """STOP, suppression, pause, hold and caps, counted again under the lock on the recipient."""
        standing = await store.standing(attempt.site_id)
        if self._clock.now() > attempt.send_before:
            return True
        if attempt.kind is MessageKind.ACKNOWLEDGEMENT:
            return False  # it answers the recipient's own words; STOP's answer must get through
        suppressed_at, lifted_at = await store.consents.suppression(attempt.account_id, attempt.recipient_index)
        suppressed = suppressed_at is not None and (lifted_at is None or lifted_at <= suppressed_at)
        if standing.paused or standing.held or suppressed:
            return True
        if attempt.kind is not MessageKind.REMINDER or attempt.cart_id is None:
            return False
        in_a_day, for_cart = await store.attempts.sent_counts(
            attempt.account_id, attempt.recipient_index, attempt.site_id, attempt.cart_id
        )
        return in_a_day >= site.caps.per_recipient_per_day or for_cart > 0

    def _sender_of(self, site: SiteConfigured) -> SmsSender | None:
        for secret in site.secrets:
            if secret.name == "sms_sender" and secret.reader == "notify":
                try:
                    return SmsSender(**json.loads(open_secret(self._keys, site.site_id, secret.name, secret.box)))
                except (CannotOpen, TypeError, ValueError):
                    log.error("sender_unreadable", site_id=str(site.site_id))
        return None

    async def address_of(self, store: Store, attempt: Attempt) -> tuple[SmsSender, str] | None:
        """Sender and number of an attempt, for asking the carrier about it."""
        site = await store.site(attempt.site_id)
        sender = None if site is None else self._sender_of(site)
        number = self._number_of(attempt)
        return None if sender is None or number is None else (sender, number)

    def _number_of(self, attempt: Attempt) -> str | None:
        contact = SealedContact(kind=ContactKind(attempt.recipient_kind), index=attempt.recipient_index, box=attempt.box)
        try:
            return open_contact(self._keys, attempt.site_id, contact)
        except CannotOpen:
            log.error("contact_unreadable", site_id=str(attempt.site_id))
            return None

    async def _step_back(self, attempt: Attempt, caller: str, refusal: Refusal) -> None:
        """Nothing was called: say so over a row that is prepared or ours, and queue the nudge again."""
        async with transaction(self._pool) as tx:
            store = Store(tx)
            written = await store.attempts.write_not_sent(attempt.site_id, attempt.attempt_id, caller)
            if written and attempt.nudge_id is not None:
                again = timedelta(seconds=back_off(attempt.try_number))
                await store.attempts.set_nudge(attempt.site_id, attempt.nudge_id, "queued", look_in=again)
        log.info("not_called", refusal=refusal.value, kind=attempt.kind.value)

    async def _store_outcome(self, attempt: Attempt, outcome: Outcome, caller: str) -> None:
        """If this fails the row stays ``calling``, and the settlement finds it."""
        try:
            async with transaction(self._pool) as tx:
                await store_outcome(Store(tx), attempt, outcome, caller, self._clock.now())
        except (*UNREACHABLE, CommitUnconfirmed):
            log.warning("outcome_not_stored", attempt_id=attempt.attempt_id)


def back_off(tries: int) -> float:
    """Seconds before a new attempt asks: 0.5 doubling to 30."""
    return min(float(2 ** (min(tries, 10) - 1)), MAX_BACK_OFF_SECONDS)


async def store_outcome(store: Store, attempt: Attempt, outcome: Outcome, caller: str | None, now: datetime) -> None:
    """Write what is known of a call, and tell it."""
    attempts = store.attempts
    match outcome:
        case Accepted(carrier_id):
            if await attempts.settle(attempt.site_id, attempt.attempt_id, AttemptState.ACCEPTED, carrier_id):
                await store.emit([telling.accepted(attempt, now)])
            await _end_nudge(store, attempt)
        case NotSent(retry_after):
            if await attempts.write_not_sent(attempt.site_id, attempt.attempt_id, caller):
                await store.emit([telling.failed(attempt, Reason.NOT_SENT, now, final=False)])
                await _queue_again(store, attempt, retry_after)
        case Rejected(reason):
            if await attempts.settle(attempt.site_id, attempt.attempt_id, AttemptState.REJECTED, None):
                await store.emit([telling.failed(attempt, reason, now, final=True)])
                await _heed_rejection(store, attempt, reason, now)
            await _end_nudge(store, attempt)
        case Unknown():
            if await attempts.settle(attempt.site_id, attempt.attempt_id, AttemptState.UNRESOLVED, None):
                await store.emit([telling.unresolved(attempt, now, given_up=False)])
        case _:
            assert_never(outcome)


async def _end_nudge(store: Store, attempt: Attempt) -> None:
    if attempt.nudge_id is not None:
        await store.attempts.set_nudge(attempt.site_id, attempt.nudge_id, "ended")


async def _queue_again(store: Store, attempt: Attempt, retry_after: float | None) -> None:
    if attempt.nudge_id is not None:
        wait = timedelta(seconds=max(retry_after or 0.0, back_off(attempt.try_number)))
        await store.attempts.set_nudge(attempt.site_id, attempt.nudge_id, "queued", look_in=wait)


async def _heed_rejection(store: Store, attempt: Attempt, reason: Reason, now: datetime) -> None:
    """What the carrier knows of a recipient, we know from now on."""
    if reason is Reason.SUPPRESSED and await store.consents.suppress(attempt.account_id, attempt.recipient_index, now):
        sites = await store.sites_of(attempt.account_id)
        await store.emit(
            [telling.opted_out(site, attempt.recipient_index, attempt.attempt_id, "carrier", now) for site in sites]
        )
    if reason is Reason.CONTACT_INVALID:
        await store.emit([telling.invalid(attempt, now)])
