"""Consents, bindings, questions and suppressions in dictionaries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.delivery.attempts import Attempt, AttemptState
from services.notify.opt_in.bindings import Binding
from services.notify.rules.suppression import Suppression
from services.notify.storage.recipient_protocols import Question, Row
from shared.events.message import MessageKind
from shared.events.storefront import ConsentGiven, PushSubscribed
from shared.runtime.clock import Clock
from tests.support.memory.notify_attempts import OUT, AttemptTables

TICK = timedelta(milliseconds=1)
ASKED_LONG_AGO = timedelta(days=30)
BindingKey = tuple[UUID, str, str, str]
"""Site, visitor, channel, recipient."""


@dataclass(frozen=True)
class QuestionRow:
    """Which attempt asked for which binding."""

    asked_at: datetime
    site_id: UUID
    visitor_id: str
    attempt_id: str


@dataclass
class PeopleTables(AttemptTables):
    """By site, or by account and recipient."""

    evidence: dict[tuple[UUID, UUID], ConsentGiven] = field(default_factory=dict)
    receipts: set[tuple[UUID, UUID]] = field(default_factory=set)
    tombstones: dict[tuple[UUID, str], UUID] = field(default_factory=dict)
    bindings: dict[BindingKey, Binding] = field(default_factory=dict)
    look_at: dict[BindingKey, datetime] = field(default_factory=dict)
    withdrawals: dict[BindingKey, datetime] = field(default_factory=dict)
    withdrawn_by: dict[BindingKey, UUID] = field(default_factory=dict)
    questions: dict[tuple[UUID, str], tuple[QuestionRow, ...]] = field(default_factory=dict)
    suppressions: dict[tuple[UUID, str], Suppression] = field(default_factory=dict)
    inbound: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    budget_uses: dict[tuple[UUID, str, UUID], tuple[UUID, datetime]] = field(default_factory=dict)
    verified_orders: dict[tuple[UUID, str], datetime] = field(default_factory=dict)
    raised_budgets: dict[tuple[UUID, UUID, str], tuple[int, datetime]] = field(default_factory=dict)
    held_by: dict[BindingKey, str] = field(default_factory=dict)


def key_of(binding: Binding) -> BindingKey:
    """Where a binding is."""
    return binding.site_id, binding.visitor_id, binding.channel, binding.recipient_index


class MemoryConsents:
    """Consents, and the bindings that follow from them."""

    def __init__(self, tables: PeopleTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def add_consent(self, event: ConsentGiven) -> Binding | None:
        if any((event.site_id, key) in self._tables.tombstones for key in (event.visitor_id, event.contact.index)):
            self._tables.receipts.add((event.site_id, event.event_id))
        if (event.site_id, event.event_id) in self._tables.receipts:
            return None
        self._tables.evidence.setdefault((event.site_id, event.event_id), event)
        fresh = self._fresh(event)
        known = self._tables.bindings.get(key_of(fresh))
        if known is not None:
            weakens = fresh.box_state == "pre_ticked" and known.box_state != "pre_ticked"
            if known.given_at >= fresh.given_at or weakens:
                return None
            fresh = replace(
                fresh,
                time_zone=fresh.time_zone or known.time_zone,
                state="new" if _may_be_asked_anew(known, fresh.given_at) else known.state,
                refused_reason=known.refused_reason,
                asked_at=known.asked_at,
                confirmed_at=known.confirmed_at,
                withdrawn_at=known.withdrawn_at,
            )
        self._tables.bindings[key_of(fresh)] = fresh
        self._tables.look_at[key_of(fresh)] = self._clock.now()
        return fresh

    def _fresh(self, event: ConsentGiven) -> Binding:
        channel, index = event.channel.value, event.contact.index
        places = [(event.site_id, visitor, channel, index) for visitor in (event.visitor_id, "")]
        withdrawn = [self._tables.withdrawals[place] for place in places if place in self._tables.withdrawals]
        return Binding(
            site_id=event.site_id,
            visitor_id=event.visitor_id,
            channel=channel,
            recipient_kind=event.contact.kind.value,
            recipient_index=index,
            box=event.contact.box,
            consent_event_id=event.event_id,
            given_at=event.occurred_at,
            time_zone=event.time_zone,
            box_state=event.box_state,
            state="new",
            refused_reason=None,
            asked_at=None,
            confirmed_at=None,
            withdrawn_at=max(withdrawn, default=None),
        )

    async def withdraw(
        self, site_id: UUID, visitor_id: str | None, channel: str, index: str, at: datetime, cause: UUID
    ) -> None:
        place = (site_id, visitor_id or "", channel, index)
        if self._tables.withdrawn_by.get(place) == cause:
            return
        self._tables.withdrawn_by[place] = cause
        self._tables.withdrawals[place] = max(self._tables.withdrawals.get(place, at), at)
        for key, binding in self._tables.bindings.items():
            if (key[0], key[2], key[3]) == (site_id, channel, index) and visitor_id in (None, key[1]):
                self._tables.bindings[key] = replace(binding, withdrawn_at=_latest_of(binding, at))

    async def subscribe(self, event: PushSubscribed) -> bool:
        fresh = self._subscribed(event)
        others = [key for key in self._tables.bindings if (key[0], key[1], key[2]) == (event.site_id, event.visitor_id, "push")]
        known = self._tables.bindings.get(key_of(fresh))
        if any(self._tables.bindings[key].given_at > fresh.given_at for key in others):
            return False
        if known is not None and (known.given_at >= fresh.given_at or known.consent_event_id == fresh.consent_event_id):
            return False
        for key in others:
            del self._tables.bindings[key]
        withdrawn_at = fresh.withdrawn_at if known is None else known.withdrawn_at
        self._tables.bindings[key_of(fresh)] = replace(fresh, withdrawn_at=withdrawn_at)
        return True

    def _subscribed(self, event: PushSubscribed) -> Binding:
        index = event.subscription.index
        places = [(event.site_id, visitor, "push", known) for visitor in (event.visitor_id, "") for known in (index, "")]
        withdrawn = [self._tables.withdrawals[place] for place in places if place in self._tables.withdrawals]
        return Binding(
            site_id=event.site_id,
            visitor_id=event.visitor_id,
            channel="push",
            recipient_kind=event.subscription.kind.value,
            recipient_index=index,
            box=event.subscription.box,
            consent_event_id=event.event_id,
            given_at=event.occurred_at,
            time_zone=None,
            box_state="ticked_by_shopper",
            state="confirmed",
            refused_reason=None,
            asked_at=None,
            confirmed_at=event.occurred_at,
            withdrawn_at=max(withdrawn, default=None),
            vapid_public=event.vapid_public,
        )

    async def unsubscribe(self, site_id: UUID, visitor_id: str, index: str | None, at: datetime, cause: UUID) -> None:
        place = (site_id, visitor_id, "push", index or "")
        if self._tables.withdrawn_by.get(place) == cause:
            return
        self._tables.withdrawn_by[place] = cause
        self._tables.withdrawals[place] = max(self._tables.withdrawals.get(place, at), at)
        for key, binding in self._tables.bindings.items():
            if key[:3] == (site_id, visitor_id, "push") and index in (None, key[3]):
                self._tables.bindings[key] = replace(binding, withdrawn_at=_latest_of(binding, at))

    async def forget(self, site_id: UUID, channel: str, index: str) -> None:
        for key in [key for key in self._tables.bindings if (key[0], key[2], key[3]) == (site_id, channel, index)]:
            del self._tables.bindings[key]

    async def binding(self, site_id: UUID, visitor_id: str | None, channel: str, index: str) -> Binding | None:
        return None if visitor_id is None else self._tables.bindings.get((site_id, visitor_id, channel, index))

    async def bindings_of(self, site_id: UUID, visitor_id: str) -> list[Binding]:
        return [binding for key, binding in self._tables.bindings.items() if key[:2] == (site_id, visitor_id)]

    async def set_binding(self, binding: Binding, state: str, reason: str | None, look_at: datetime | None) -> None:
        known = self._tables.bindings.get(key_of(binding))
        if known is not None:
            self._tables.bindings[key_of(binding)] = replace(known, state=state, refused_reason=reason)
            self._tables.held_by.pop(key_of(binding), None)
            if look_at is not None:
                self._tables.look_at[key_of(binding)] = look_at


def _latest_of(binding: Binding, at: datetime) -> datetime:
    noted = [moment + TICK for moment in (binding.asked_at, binding.confirmed_at) if moment is not None]
    return max([at, *noted, *([] if binding.withdrawn_at is None else [binding.withdrawn_at])])


def _may_be_asked_anew(known: Binding, given_at: datetime) -> bool:
    confirmed, withdrawn, asked = known.confirmed_at, known.withdrawn_at, known.asked_at
    match known.state:
        case "refused":
            return True
        case "confirmed":
            return confirmed is not None and withdrawn is not None and withdrawn >= confirmed
        case "asked":
            return asked is not None and asked < given_at - ASKED_LONG_AGO
        case _:
            return False


class MemoryRecipients:
    """Everything by account and recipient."""

    def __init__(self, tables: PeopleTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def lock(self, account_id: UUID, recipient_index: str) -> None:
        """One transaction at a time is lock enough."""

    async def add_question(self, account_id: UUID, binding: Binding, attempt_id: str, asked_at: datetime) -> None:
        key = (account_id, binding.recipient_index)
        before = [row.asked_at + TICK for row in self._tables.questions.get(key, ())]
        row = QuestionRow(max([asked_at, *before]), binding.site_id, binding.visitor_id, attempt_id)
        self._tables.questions[key] = (*self._tables.questions.get(key, ()), row)
        known = self._tables.bindings.get(key_of(binding))
        if known is not None:
            later = asked_at if known.withdrawn_at is None else max(asked_at, known.withdrawn_at + TICK)
            asked = replace(known, state="asked", asked_at=later, refused_reason=None)
            self._tables.bindings[key_of(binding)] = asked

    async def last_question(self, account_id: UUID, index: str) -> Question | None:
        for row in sorted(self._tables.questions.get((account_id, index), ()), key=lambda row: row.asked_at, reverse=True):
            attempt = self._tables.attempts[row.site_id, row.attempt_id].attempt
            if attempt.state not in (AttemptState.REJECTED, AttemptState.NOT_SENT):
                return Question(row.asked_at, row.site_id, row.visitor_id, attempt.state in OUT)
        return None

    async def is_contested(self, account_id: UUID, site_id: UUID, visitor_id: str, index: str, since: datetime) -> bool:
        return any(
            b.recipient_index == index
            and b.channel == "sms"
            and (b.site_id, b.visitor_id) != (site_id, visitor_id)
            and b.box_state != "pre_ticked"
            and b.given_at > since
            for b in self._tables.bindings.values()
        )

    async def tries_of_question(self, site_id: UUID, consent_event_id: UUID) -> int:
        cause = (site_id, MessageKind.QUESTION, str(consent_event_id))
        attempts = [row.attempt for row in self._tables.attempts.values()]
        return sum((attempt.site_id, attempt.kind, attempt.cause) == cause for attempt in attempts)

    async def ask_again(self, attempt: Attempt, wait: timedelta) -> None:
        key = (attempt.site_id, attempt.visitor_id or "", attempt.channel, attempt.recipient_index)
        known = self._tables.bindings.get(key)
        if known is not None and known.state == "asked":
            self._tables.bindings[key] = replace(known, state="new", asked_at=None)
            self._tables.look_at[key] = self._clock.now() + wait

    async def confirm(self, site_id: UUID, visitor_id: str, index: str, at: datetime) -> Binding | None:
        key = (site_id, visitor_id, "sms", index)
        known = self._tables.bindings.get(key)
        if known is None:
            return None
        latest = max(moment for moment in (known.confirmed_at, known.asked_at, at) if moment is not None)
        confirmed = replace(known, state="confirmed", confirmed_at=latest, refused_reason=None)
        self._tables.bindings[key] = confirmed
        return confirmed

    async def suppress(self, account_id: UUID, index: str, at: datetime) -> bool:
        known = self._of(account_id, index)
        stopped, lifted = known.suppressed_at, known.lifted_at
        if stopped is not None and not (lifted is not None and lifted > stopped):
            return False
        later = at if lifted is None else max(at, lifted + TICK)
        self._tables.suppressions[account_id, index] = replace(known, suppressed_at=later)
        return True

    async def suppress_by_merchant(self, account_id: UUID, index: str, at: datetime) -> None:
        self._tables.suppressions[account_id, index] = replace(self._of(account_id, index), by_merchant=True)

    async def lift_suppression(self, account_id: UUID, index: str, at: datetime) -> bool:
        known = self._of(account_id, index)
        if known.suppressed_at is None or not replace(known, by_merchant=False).stands:
            return False
        self._tables.suppressions[account_id, index] = replace(known, lifted_at=max(at, known.suppressed_at + TICK))
        return True

    async def suppression(self, account_id: UUID, index: str) -> Suppression:
        return self._of(account_id, index)

    def _of(self, account_id: UUID, index: str) -> Suppression:
        return self._tables.suppressions.get((account_id, index), Suppression())

    async def last_written(self, site_id: UUID, index: str) -> tuple[str | None, UUID | None]:
        kinds = (MessageKind.REMINDER, MessageKind.QUESTION)
        sent = [
            row
            for (site, _), row in self._tables.attempts.items()
            if site == site_id
            and row.attempt.recipient_index == index
            and row.attempt.kind in kinds
            and row.attempt.state in OUT
        ]
        if not sent:
            return None, None
        last = max(sent, key=lambda row: row.opened_at).attempt
        return last.visitor_id, last.cart_id

    async def first_inbound(self, site_id: UUID, message_id: str, received_at: datetime) -> bool:
        first = (site_id, message_id) not in self._tables.inbound
        self._tables.inbound.setdefault((site_id, message_id), received_at)
        return first


class MemoryPersonData:
    """Nobody asks the memory for a person: what PostgreSQL answers is tested over PostgreSQL."""

    async def opt_ins(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def consents(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def receipts(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def messages(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def links(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        return []

    async def due(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        return []

    async def questions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def refusals(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        return []

    async def suppressions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        return []
