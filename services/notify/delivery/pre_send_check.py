"""The check before a call: the very rules again, with the recipient locked, in the transaction that writes ``calling``."""

from datetime import datetime, timedelta
from typing import assert_never

from services.notify.delivery.recipient_facts import contested, recipient_facts, zones_of
from services.notify.delivery.routes import PushRoute, Route, Routes
from services.notify.rules.attempts import Attempt
from services.notify.rules.country import region_of
from services.notify.rules.opt_in import NotAsked, QuestionFacts, may_ask
from services.notify.rules.planning import Moment, Prepare, decide_one
from services.notify.rules.quiet_hours import candidate_zones, closing, next_opening
from services.notify.storage.protocols import Store
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured

ANSWERS_A_CONSENT = ("yes:", "start:")
LONGEST_VALIDITY = timedelta(hours=4)
LONGEST_TTL = timedelta(days=28)


async def why_not(store: Store, attempt: Attempt, site: SiteConfigured, routes: Routes, now: datetime) -> Reason | None:
    """The reason that forbids this call now, None without one. The caller holds the recipient's lock, and the route."""
    if now > attempt.send_before:
        return Reason.TOO_LATE
    if (reason := await silence(store, attempt)) is not None:
        return reason
    match attempt.kind:
        case MessageKind.ACKNOWLEDGEMENT:
            return None
        case MessageKind.REMINDER:
            return await _reminder_refusal(store, attempt, site, routes, now)
        case MessageKind.QUESTION:
            return await _question_refusal(store, attempt, site, routes, now)
        case MessageKind.TEST:
            return _test_refusal(attempt, site, routes, now)
        case _:
            assert_never(attempt.kind)


async def silence(store: Store, attempt: Attempt) -> Reason | None:
    """The reason why nothing may go: the site is paused or held, or a STOP stands.

    Answers to STOP and HELP are always sent. Answers to YES and START are not sent if a STOP has arrived in the meantime.
    A pause or a hold keeps no answer back.
    """
    if attempt.kind is not MessageKind.ACKNOWLEDGEMENT:
        if (reason := (await store.site_status(attempt.site_id)).reason) is not None:
            return reason
    elif not attempt.cause.startswith(ANSWERS_A_CONSENT):
        return None
    suppression = await store.recipients.suppression(attempt.account_id, attempt.recipient_index)
    return Reason.SUPPRESSED if suppression.stands else None


async def _reminder_refusal(
    store: Store, attempt: Attempt, site: SiteConfigured, routes: Routes, now: datetime
) -> Reason | None:
    assert attempt.cart_id is not None, "a reminder is about a cart"
    await store.attempts.lock_cart(attempt.site_id, attempt.cart_id)
    due = await store.nudges.due(attempt.site_id, attempt.cause_id)
    binding = await store.consents.binding(attempt.site_id, attempt.visitor_id, attempt.channel, attempt.recipient_index)
    if due is None:
        return Reason.TOO_LATE
    if binding is None:
        return Reason.ERASED
    facts = await recipient_facts(store, binding, due, site, routes)
    if facts is None:
        return Reason.CONTACT_INVALID
    decision = decide_one(facts, site, Moment(due.abandoned_at, due.not_after, now))
    return None if isinstance(decision, Prepare) else decision.reason


async def _question_refusal(
    store: Store, attempt: Attempt, site: SiteConfigured, routes: Routes, now: datetime
) -> Reason | None:
    """This attempt is the one question of the 30 days, so when the number was asked last is not evaluated again."""
    binding = await store.consents.binding(attempt.site_id, attempt.visitor_id, attempt.channel, attempt.recipient_index)
    if binding is None:
        return Reason.ERASED
    if (number := routes.open(attempt)) is None:
        return Reason.CONTACT_INVALID
    facts = QuestionFacts(
        suppression=await store.recipients.suppression(attempt.account_id, attempt.recipient_index),
        last_asked_at=None,
        last_is_out=False,
        contested=await contested(store, binding, site, now),
        silent=None,
        has_sender=True,
        zones=zones_of(binding, site, number),
        region=region_of(number),
    )
    verdict = may_ask(binding, site, facts, now)
    return verdict.reason if isinstance(verdict, NotAsked) else None


def _test_refusal(attempt: Attempt, site: SiteConfigured, routes: Routes, now: datetime) -> Reason | None:
    """Only to a phone that the merchant has named as their own."""
    if attempt.recipient_index not in site.test_recipients:
        return Reason.NOT_CONFIRMED
    if (number := routes.open(attempt)) is None:
        return Reason.CONTACT_INVALID
    opening = next_opening(now, candidate_zones(number, [site.time_zone]), site.hours)
    return None if opening == now else Reason.OUTSIDE_HOURS


def valid_for(attempt: Attempt, site: SiteConfigured, route: Route, now: datetime) -> timedelta:
    """How long the carrier or push service may go on trying: at most until ``send_before``.

    A text, unless it answers a reply, also not beyond the end of the recipient's legal hours.
    """
    if isinstance(route, PushRoute):
        return max(timedelta(seconds=1), min(attempt.send_before - now, LONGEST_TTL))
    ends = [attempt.send_before, now + LONGEST_VALIDITY]
    if attempt.kind is not MessageKind.ACKNOWLEDGEMENT:
        closes = closing(now, candidate_zones(route.number, [site.time_zone]), site.hours)
        ends += [] if closes is None else [closes]
    return max(timedelta(seconds=1), min(ends) - now)
