"""The rule of the one opt-in question (promise P5): the only message that unsigned evidence can cause."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.notify.rules.bindings import Binding
from services.notify.rules.country import is_served
from services.notify.rules.quiet_hours import next_opening
from services.notify.rules.suppression import Suppression
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured, SiteMode

ASK_EVERY = timedelta(days=30)
ASK_WITHIN = timedelta(hours=48)
"""An opt-in that is older is not asked about any more: nobody remembers the box, and a replay must not wake the past.

So long two browsers that ticked for one number compete for its YES.
"""
EVALUATE_AGAIN_AFTER = timedelta(seconds=10)


@dataclass(frozen=True)
class Ask:
    """Send the question."""


@dataclass(frozen=True)
class NotAsked:
    """Why the question is not sent; ``until`` where it is evaluated again."""

    reason: Reason
    until: datetime | None = None


@dataclass(frozen=True)
class QuestionFacts:
    """What the rule needs beside the binding. ``last_asked_at``: this number, any site and browser of the account.

    ``last_is_out`` once the carrier has, or may have, that question. ``contested`` while another browser competes for it.
    """

    suppression: Suppression
    last_asked_at: datetime | None
    last_is_out: bool
    contested: bool
    silent: Reason | None  # paused or held
    has_sender: bool
    zones: frozenset[str]
    region: str | None


def may_ask(binding: Binding, site: SiteConfigured, facts: QuestionFacts, now: datetime) -> Ask | NotAsked:
    """Once per number, account and 30 days; never for a box that nobody ticked. Who has bought since, orders knows."""
    if (reason := why_never(binding, site, facts, now)) is not None:
        return NotAsked(reason)
    if facts.silent is not None:
        return NotAsked(facts.silent, now + EVALUATE_AGAIN_AFTER)
    opening = next_opening(now, facts.zones, site.hours)
    if opening is None or opening > binding.given_at + ASK_WITHIN:
        return NotAsked(Reason.OUTSIDE_HOURS)
    return NotAsked(Reason.OUTSIDE_HOURS, opening) if opening > now else Ask()


def why_never(binding: Binding, site: SiteConfigured, facts: QuestionFacts, now: datetime) -> Reason | None:
    """The reason that no waiting removes, None without one."""
    if binding.box_state != "ticked_by_shopper":
        return Reason.NO_CONSENT
    if binding.withdrawn_at is not None and binding.withdrawn_at >= binding.given_at:
        return Reason.WITHDRAWN
    if facts.suppression.stands:
        return Reason.SUPPRESSED
    if (reason := _why_not_this_browser(facts, now)) is not None:
        return reason
    if now > binding.given_at + ASK_WITHIN:
        return Reason.TOO_LATE
    if not is_served(facts.region, site.country):
        return Reason.COUNTRY_RULE
    if (mode := _mode_refusal(binding, site)) is not None:
        return mode
    return None if facts.has_sender else Reason.NO_SENDER


def _why_not_this_browser(facts: QuestionFacts, now: datetime) -> Reason | None:
    """One question in 30 days, and none while it would be uncertain whose YES it brings."""
    asked = facts.last_asked_at is not None and now - facts.last_asked_at < ASK_EVERY
    if asked and facts.last_is_out:
        return Reason.ASKED_RECENTLY
    if facts.contested:
        return Reason.CONTESTED
    return Reason.ASKED_RECENTLY if asked else None


def _mode_refusal(binding: Binding, site: SiteConfigured) -> Reason | None:
    """Only a live site asks; in test mode the merchant's own phones alone are asked."""
    if site.mode is SiteMode.LIVE:
        return None
    if site.mode is SiteMode.OBSERVE:
        return Reason.OBSERVING
    return None if binding.recipient_index in site.test_recipients else Reason.TEST_MODE
