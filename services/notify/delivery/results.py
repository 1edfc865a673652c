"""Results of an attempt, after its call or instead of it: stored, emitted, and where nothing was sent tried again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from services.notify import events
from services.notify.channels.results import Accepted, Gone, NotSent, Outcome, Rejected, Unknown
from services.notify.opt_out import opt_out
from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import Store
from shared.events.envelope import Channel
from shared.events.message import MessageKind
from shared.events.reasons import Reason

FIRST_BACK_OFF_SECONDS = 0.5
LONGEST_BACK_OFF_SECONDS = 30.0
MOST_PUSHES = 3
BY_CHANCE = (Reason.NOT_SENT, Reason.ACCOUNT_REFUSED)
"""Reasons of no rule: the next try may succeed."""


def back_off(tries: int) -> timedelta:
    """The wait before a new attempt asks: 0.5 s, doubling to 30 s."""
    return timedelta(seconds=min(FIRST_BACK_OFF_SECONDS * 2 ** (min(tries, 10) - 1), LONGEST_BACK_OFF_SECONDS))


class ResultWriter:
    """Stores and emits results. ``new_id`` names the attempt that follows one that was not sent."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    async def apply(self, store: Store, attempt: Attempt, outcome: Outcome, caller: str | None, now: datetime) -> None:
        """Store what is known of a call, and emit it."""
        match outcome:
            case Accepted(carrier_id):
                await _accept(store, attempt, carrier_id, now)
            case NotSent(retry_after, reason):
                wait = max(timedelta(seconds=retry_after or 0.0), back_off(attempt.try_number))
                await self.not_sent(store, attempt, caller, reason, wait, now)
            case Rejected(reason):
                if await store.attempts.record_result(attempt.site_id, attempt.attempt_id, AttemptState.REJECTED, None):
                    await store.emit([events.failed_event(attempt, reason, now, final=True)])
                    await heed(store, attempt, reason, now)
                    await _end_nudge(store, attempt)
                    if attempt.kind is MessageKind.QUESTION:
                        await refuse_question(store, attempt, reason, now)
            case Gone():
                if await self.not_sent(store, attempt, caller, Reason.CONTACT_INVALID, timedelta(0), now):
                    await store.consents.forget(attempt.site_id, attempt.channel, attempt.recipient_index)
                    await heed(store, attempt, Reason.CONTACT_INVALID, now)
            case Unknown(retry_after):
                if await store.attempts.record_result(attempt.site_id, attempt.attempt_id, AttemptState.UNRESOLVED, None):
                    await store.emit([events.unresolved_event(attempt, now, given_up=False)])
                    await self.after_unknown(store, attempt, retry_after, now)
            case _:
                assert_never(outcome)

    async def after_unknown(self, store: Store, attempt: Attempt, retry_after_seconds: float | None, now: datetime) -> None:
        """A text waits for the carrier's report. A push replaces itself, so its step asks again, a few times in all."""
        if attempt.channel != Channel.PUSH or attempt.nudge_id is None:
            return
        if await _accept_taken(store, attempt, now):
            return
        if await store.attempts.unresolved_pushes(attempt.site_id, attempt.cause) >= MOST_PUSHES:
            await give_up(store, attempt, now)
            return
        wait = max(timedelta(seconds=retry_after_seconds or 0.0), back_off(attempt.try_number))
        await store.nudges.queue_again(attempt.site_id, attempt.nudge_id, wait)

    async def not_sent(
        self, store: Store, attempt: Attempt, caller: str | None, reason: Reason, wait: timedelta, now: datetime
    ) -> bool:
        """Provably not sent, over a row that is prepared or bears the caller's token. What it was for is tried again."""
        if not await store.attempts.write_not_sent(attempt.site_id, attempt.attempt_id, caller):
            return False
        await self.emit_not_sent(store, attempt, reason, wait, now)
        return True

    async def emit_not_sent(self, store: Store, attempt: Attempt, reason: Reason, wait: timedelta, now: datetime) -> None:
        """Emit that an attempt was written off, and let a later one do what it did not."""
        await store.emit([events.failed_event(attempt, reason, now, final=False)])
        match attempt.kind:
            case MessageKind.REMINDER:
                if not await _accept_taken(store, attempt, now):
                    await store.nudges.queue_again(attempt.site_id, attempt.cause_id, wait)
            case MessageKind.QUESTION:
                await store.recipients.ask_again(attempt, wait)
            case MessageKind.ACKNOWLEDGEMENT | MessageKind.TEST:
                row = await store.attempts.lock_attempt(attempt.site_id, attempt.attempt_id)
                erased = row is None or not row.box  # while it was called
                if reason in BY_CHANCE and now + wait < attempt.send_before and not erased:
                    again = replace(attempt, attempt_id=self._new_id(), try_number=attempt.try_number + 1)
                    await store.attempts.open_attempt(again, wait)
            case _:
                assert_never(attempt.kind)


async def _accept(store: Store, attempt: Attempt, carrier_id: str, now: datetime) -> None:
    """Record that the carrier took it, and end its nudge.

    The answer to a push may come after its step was asked again: a later attempt that has not called is withdrawn. One that
    calls keeps its chance, and this one is accepted when that came to nothing (``_accept_taken``).
    """
    if attempt.channel == Channel.PUSH:
        await store.attempts.withdraw_others(attempt)
    if await store.attempts.record_result(attempt.site_id, attempt.attempt_id, AttemptState.ACCEPTED, carrier_id):
        await store.emit([events.accepted_event(attempt, now)])
        if await _was_shown(store, attempt):
            await store.emit([events.delivered_event(attempt, now)])
        await _end_nudge(store, attempt)
        await _note_asked(store, attempt, now)


async def _was_shown(store: Store, attempt: Attempt) -> bool:
    """Whether a browser has reported a push before its service's answer was stored."""
    row = await store.attempts.lock_attempt(attempt.site_id, attempt.attempt_id) if attempt.channel == Channel.PUSH else None
    return row is not None and row.delivery_rank > 0


async def _accept_taken(store: Store, attempt: Attempt, now: datetime) -> bool:
    """Accept the earlier push of this nudge that its service had taken while this attempt was called, where there is one."""
    taken = await store.attempts.taken_push(attempt.site_id, attempt.cause) if attempt.channel == Channel.PUSH else None
    if taken is None or taken.carrier_id is None:
        return False
    await _accept(store, taken, taken.carrier_id, now)
    return True


async def _end_nudge(store: Store, attempt: Attempt) -> None:
    if attempt.nudge_id is not None:
        await store.nudges.end(attempt.site_id, attempt.nudge_id)


async def _note_asked(store: Store, attempt: Attempt, now: datetime) -> None:
    """Emit that the handset has the question: from here on that is the reason why its browser gets no text."""
    if attempt.kind is MessageKind.QUESTION and attempt.visitor_id is not None:
        await store.emit([events.asked(attempt, now)])
        await store.nudges.wake(attempt.site_id, attempt.visitor_id)


async def refuse_question(store: Store, attempt: Attempt, reason: Reason, now: datetime) -> None:
    """The question of this attempt will not be asked. A tick that came meanwhile is a new one, and is evaluated itself."""
    binding = await store.consents.binding(attempt.site_id, attempt.visitor_id, attempt.channel, attempt.recipient_index)
    if binding is None or binding.state not in ("new", "asked") or attempt.visitor_id is None:
        return
    if str(binding.consent_event_id) != attempt.cause:
        await store.recipients.ask_again(attempt, timedelta(0))
        return
    await store.consents.set_binding(binding, "refused", reason.value, None)
    await store.emit([events.opt_in_refused_event(attempt, reason, now)])
    await store.nudges.wake(attempt.site_id, attempt.visitor_id)


async def give_up(store: Store, attempt: Attempt, now: datetime) -> None:
    """Emit that the result will never be known. It is never sent again."""
    if await store.attempts.give_up(attempt.site_id, attempt.attempt_id):
        await store.emit([events.unresolved_event(attempt, now, given_up=True)])
        await _end_nudge(store, attempt)


async def heed(store: Store, attempt: Attempt, reason: Reason, now: datetime) -> None:
    """Keep what a carrier reports of a recipient: an opt-out, or a contact that is invalid. Nothing of an erased attempt."""
    if not attempt.recipient_index:
        return
    if reason is Reason.SUPPRESSED:
        await opt_out(store, attempt.account_id, attempt.recipient_index, attempt.attempt_id, "carrier", now)
    if reason is Reason.CONTACT_INVALID:
        await store.emit([events.contact_invalid_event(attempt, now)])
