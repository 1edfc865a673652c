"""Granting: the answer to an ask, which is the purchase check right before the call, and the draw of the control group.

Every fact was read behind the barrier: no order that was acknowledged before the ask's marker was appended is missing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never
from uuid import UUID

from services.orders.rules.carts import Cart, CartState
from services.orders.rules.evidence import BackOfficeBrowser, Bought, Erased, Finding, Unclear
from shared.events.reasons import Reason
from shared.events.settings import SiteMode

RETRY_SECONDS = 5
DROPPED = "dropped"
"""The recorded answer of an ask that nobody waits for any more."""
STALE_AFTER = timedelta(seconds=30)
CONTROL_ARM_HOLDS_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Granted:
    """The message may be sent: notify may make its one request to the carrier or push service."""


@dataclass(frozen=True)
class Withheld:
    """The nudge would have gone out, and does not; final."""

    reason: Reason


@dataclass(frozen=True)
class Postponed:
    """The attempt may not call now; a later one may ask again."""

    reason: Reason


@dataclass(frozen=True)
class Cancelled:
    """The nudge never goes out; final."""

    reason: Reason


Answer = Granted | Withheld | Postponed | Cancelled


@dataclass(frozen=True)
class Ask:
    """An attempt asks to be granted. ``try_number`` counts the attempts of its nudge, from 1."""

    site_id: UUID
    attempt_id: str
    nudge_id: UUID
    cart_id: UUID
    visitor_id: str
    channel: str
    recipient_index: str
    try_number: int


@dataclass(frozen=True)
class Terms:
    """The site's settings and its merchant's orders. ``source_fresh_through`` is None without a polled source."""

    mode: SiteMode
    is_test_recipient: bool
    paused: bool
    held: bool
    needs_source: bool
    source_fresh_through: datetime | None


@dataclass(frozen=True)
class Facts:
    """All that an answer depends on."""

    cart: Cart | None
    finding: Finding | None
    withdrawn: Reason | None
    terms: Terms | None
    abandonment: int
    due_at: datetime
    not_after: datetime
    now: datetime


def answer(ask: Ask, facts: Facts) -> Answer:
    """Decide whether the nudge that ``ask`` names may leave now."""
    return answer_by(why_never(ask, facts), facts.terms, facts.due_at)


def answer_by(never: Reason | None, terms: Terms | None, due_at: datetime) -> Answer:
    """Cancelled for a reason that lasts, postponed for one that passes, withheld because of the site's mode, else granted."""
    if never is not None:
        return Cancelled(never)
    if (reason := why_terms_wait(terms, due_at)) is not None:
        return Postponed(reason)
    assert terms is not None, "no settings is a reason to wait"
    if (reason := why_held_back(terms)) is not None:
        return Withheld(reason)
    return Granted()


def why_never(ask: Ask, facts: Facts) -> Reason | None:
    """The reason that no waiting removes, None without one."""
    cart = facts.cart
    if cart is None:
        return Reason.ERASED
    assert cart.cart_id == ask.cart_id, "the cart of the ask was loaded"
    if facts.finding is not None:
        return reason_of(facts.finding)
    if (reason := why_not_waiting(cart, facts.abandonment)) is not None:
        return reason
    if cart.visitor_id != ask.visitor_id:
        return Reason.NO_CHANNEL  # a cart is nudged only on a channel bound to its own visitor
    if facts.withdrawn is not None:
        return facts.withdrawn
    return Reason.TOO_LATE if facts.now > facts.not_after else None


def why_not_waiting(cart: Cart, abandonment: int) -> Reason | None:
    """The reason why a cart does not wait for a reminder of that abandonment any more, None where it does."""
    if cart.state is CartState.ABANDONED and cart.abandonment == abandonment:
        return None
    return Reason.SHOPPER_RETURNED if cart.state.living else Reason(cart.state.value)


def reason_of(finding: Finding) -> Reason:
    """The reason of a finding."""
    match finding:
        case Bought(certain=True):
            return Reason.BOUGHT
        case Bought():
            return Reason.BOUGHT_UNCERTAIN
        case BackOfficeBrowser():
            return Reason.BACK_OFFICE_BROWSER
        case Unclear():
            return Reason.IDENTITY_UNCLEAR
        case Erased():
            return Reason.ERASED
        case _:
            assert_never(finding)


def why_terms_wait(terms: Terms | None, due_at: datetime) -> Reason | None:
    """The reason of the site's terms that may pass, None without one."""
    if terms is None:
        return Reason.SETTINGS_UNREAD
    if terms.paused:
        return Reason.PAUSED
    if terms.held:
        return Reason.ON_HOLD
    fresh = terms.source_fresh_through
    if terms.needs_source and (fresh is None or fresh < due_at - STALE_AFTER):
        return Reason.SOURCE_STALE
    return None


def why_held_back(terms: Terms) -> Reason | None:
    """The reason that the merchant chose, None without one. The control group is drawn after this, from the rest alone."""
    match terms.mode:
        case SiteMode.OBSERVE:
            return Reason.OBSERVING
        case SiteMode.TEST:
            return None if terms.is_test_recipient else Reason.TEST_MODE
        case SiteMode.LIVE:
            return None
        case _:
            assert_never(terms.mode)


def draws_control(account_id: UUID, recipient_index: str, now: datetime, share: float) -> bool:
    """Whether the recipient is drawn for the control group; the same all day long. Once stored, the arm holds for 30 days."""
    digest = hashlib.sha256(f"{account_id}|{recipient_index}|{now:%Y-%m-%d}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share
