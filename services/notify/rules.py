"""How and whether a due nudge may go: each rule in its order, each with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.quiet_hours import next_opening
from shared.events.envelope import Channel
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured

US_WINDOW = timedelta(hours=48)
"""One SMS per abandoned cart within 48 hours: T-Mobile's code of conduct (2020), applied by the US carriers."""


@dataclass(frozen=True)
class Binding:
    """A channel that this shopper's own browser named. ``confirmed_at`` is when its handset said YES to the question."""

    site_id: UUID
    visitor_id: str
    channel: str
    recipient_kind: str
    recipient_index: str
    box: str
    consent_event_id: UUID
    given_at: datetime
    time_zone: str | None
    box_state: str
    state: str
    refused_reason: str | None
    confirmed_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True)
class RecipientFacts:
    """What is known of the recipient of one binding."""

    binding: Binding
    suppressed_at: datetime | None
    suppression_lifted_at: datetime | None
    sent_in_a_day: int
    sent_for_cart: int
    zones: frozenset[str]
    is_north_american: bool


@dataclass(frozen=True)
class Prepare:
    """Open an attempt on this channel."""

    binding: Binding


@dataclass(frozen=True)
class Declined:
    """Not as things stand."""

    reason: Reason


@dataclass(frozen=True)
class Deferred:
    """Not before then."""

    reason: Reason
    until: datetime


Decision = Prepare | Declined | Deferred


def decide(
    channels: tuple[Channel, ...],
    candidates: list[RecipientFacts],
    site: SiteConfigured,
    abandoned_at: datetime,
    not_after: datetime,
    now: datetime,
) -> Decision:
    """The first channel of the step's order that may be used, else the reason that is nearest to being removed."""
    refusals: list[Declined | Deferred] = []
    for channel in channels:
        own = [facts for facts in candidates if facts.binding.channel == channel.value]
        if not own:
            refusals.append(Declined(Reason.NO_CONSENT if channel is Channel.SMS else Reason.NO_CHANNEL))
            continue
        newest = max(own, key=lambda facts: (facts.binding.given_at, facts.binding.recipient_index))
        decision = decide_one(newest, site, abandoned_at, not_after, now)
        if isinstance(decision, Prepare):
            return decision
        refusals.append(decision)
    deferred = [refusal for refusal in refusals if isinstance(refusal, Deferred)]
    told = [refusal for refusal in refusals if refusal != Declined(Reason.NO_CHANNEL)]
    return min(deferred, key=lambda d: d.until) if deferred else (told or refusals or [Declined(Reason.NO_CHANNEL)])[0]


def decide_one(
    facts: RecipientFacts, site: SiteConfigured, abandoned_at: datetime, not_after: datetime, now: datetime
) -> Decision:
    """Whether this one binding may be used now."""
    if (reason := consent_refusal(facts)) is not None:
        return Declined(reason)
    if facts.sent_for_cart > 0:
        return Declined(Reason.ONE_PER_CART)
    if facts.sent_in_a_day >= site.caps.per_recipient_per_day:
        return Declined(Reason.OVER_CAP)
    if facts.is_north_american and now > abandoned_at + US_WINDOW:
        return Declined(Reason.COUNTRY_RULE)
    opening = next_opening(now, facts.zones, site.hours)
    if opening is None or opening > not_after:
        return Declined(Reason.OUTSIDE_HOURS)
    return Deferred(Reason.OUTSIDE_HOURS, opening) if opening > now else Prepare(facts.binding)


def consent_refusal(facts: RecipientFacts) -> Reason | None:
    """A YES counts when nothing later takes it back; START alone gives nothing back."""
    binding = facts.binding
    if is_suppressed(facts.suppressed_at, facts.suppression_lifted_at):
        return Reason.SUPPRESSED
    if binding.withdrawn_at is not None and (binding.confirmed_at is None or binding.withdrawn_at >= binding.confirmed_at):
        return Reason.WITHDRAWN
    if binding.confirmed_at is None or binding.box_state == "pre_ticked":
        asked_before = binding.refused_reason == Reason.ASKED_RECENTLY.value
        return Reason.ASKED_RECENTLY if asked_before else Reason.NOT_CONFIRMED
    if facts.suppressed_at is not None and binding.confirmed_at <= facts.suppressed_at:
        return Reason.NOT_CONFIRMED
    return None


def is_suppressed(suppressed_at: datetime | None, lifted_at: datetime | None) -> bool:
    """Suppressed until a START that is later."""
    return suppressed_at is not None and (lifted_at is None or lifted_at <= suppressed_at)


@dataclass(frozen=True)
class Ask:
    """Send the one opt-in question."""


@dataclass(frozen=True)
class NotAsked:
    """Why the question is not sent; ``until`` where it may be later."""

    reason: Reason
    until: datetime | None = None


QUESTION_EVERY = timedelta(days=30)


def may_ask(
    binding: Binding,
    site: SiteConfigured,
    *,
    is_live: bool,
    suppressed: bool,
    last_question_at: datetime | None,
    ordered_since: bool,
    zones: frozenset[str],
    now: datetime,
) -> Ask | NotAsked:
    """Once per number, account and 30 days (promise P5): never for a pre-ticked box, never after the shopper has bought."""
    if binding.box_state != "ticked_by_shopper":
        return NotAsked(Reason.NO_CONSENT)
    if suppressed:
        return NotAsked(Reason.SUPPRESSED)
    if last_question_at is not None and now - last_question_at < QUESTION_EVERY:
        return NotAsked(Reason.ASKED_RECENTLY)
    if ordered_since:
        return NotAsked(Reason.BOUGHT)
    if not is_live:
        return NotAsked(Reason.PAUSED, now + timedelta(seconds=10))
    opening = next_opening(now, zones, site.hours)
    if opening is None:
        return NotAsked(Reason.OUTSIDE_HOURS)
    return NotAsked(Reason.OUTSIDE_HOURS, opening) if opening > now else Ask()
