"""Planning of a due nudge: each rule in its order, each with its reason, and the next allowed moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notify.rules.bindings import Binding, RecipientFacts
from services.notify.rules.consent import consent_refusal
from services.notify.rules.country import country_refusal
from services.notify.rules.frequency_cap import is_over_cap
from services.notify.rules.quiet_hours import next_opening
from shared.events.envelope import Channel
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured


@dataclass(frozen=True)
class Moment:
    """When a cart was abandoned, until when it may be nudged, and now."""

    abandoned_at: datetime
    not_after: datetime
    now: datetime


@dataclass(frozen=True)
class Prepare:
    """Open an attempt on this channel."""

    binding: Binding


@dataclass(frozen=True)
class Declined:
    """The nudge may not go as things are; ``reason`` is the rule's."""

    reason: Reason


@dataclass(frozen=True)
class Deferred:
    """The nudge may go at ``until``, not before."""

    reason: Reason
    until: datetime


Decision = Prepare | Declined | Deferred


def decide(channels: Sequence[Channel], candidates: Sequence[RecipientFacts], site: SiteConfigured, moment: Moment) -> Decision:
    """The first channel of the step's order that may be used, else the reason that is nearest to being removed."""
    refusals: list[Declined | Deferred] = []
    for channel in channels:
        own = [facts for facts in candidates if facts.binding.channel == channel.value]
        for facts in sorted(own, key=_newest, reverse=True):
            decision = decide_one(facts, site, moment)
            if isinstance(decision, Prepare):
                return decision
            refusals.append(decision)
        if not own:
            refusals.append(Declined(Reason.NO_CHANNEL if channel is Channel.PUSH else Reason.NO_CONSENT))
    return _nearest(refusals)


def _newest(facts: RecipientFacts) -> tuple[datetime, str]:
    return facts.binding.given_at, facts.binding.recipient_index


def _nearest(refusals: Sequence[Declined | Deferred]) -> Declined | Deferred:
    deferred = [refusal for refusal in refusals if isinstance(refusal, Deferred)]
    if deferred:
        return min(deferred, key=lambda refusal: refusal.until)
    specific = [refusal for refusal in refusals if refusal.reason is not Reason.NO_CHANNEL]
    return specific[0] if specific else Declined(Reason.NO_CHANNEL)


def decide_one(facts: RecipientFacts, site: SiteConfigured, moment: Moment) -> Decision:
    """Whether this one binding may be used now: consent, suppression, cap, and for a phone the law's hours and countries."""
    if (refusal := consent_refusal(facts.binding, facts.suppression)) is not None:
        return Declined(refusal)
    if facts.suppression.stands:
        return Declined(Reason.SUPPRESSED)
    if is_over_cap(facts.sent_in_a_day, site.caps.per_recipient_per_day, facts.region):
        return Declined(Reason.OVER_CAP)
    if facts.binding.channel == Channel.SMS and (not_now := _phone_refusal(facts, site, moment)) is not None:
        return not_now
    return Prepare(facts.binding) if facts.no_route is None else Declined(facts.no_route)


def _phone_refusal(facts: RecipientFacts, site: SiteConfigured, moment: Moment) -> Declined | Deferred | None:
    opening = next_opening(moment.now, facts.zones, site.hours)
    if opening is None or opening > moment.not_after:
        return Declined(Reason.OUTSIDE_HOURS)
    if opening > moment.now:
        return Deferred(Reason.OUTSIDE_HOURS, opening)
    refusal = country_refusal(facts.region, site.country, facts.sent_for_cart, moment.abandoned_at, moment.now)
    return None if refusal is None else Declined(refusal)
