"""The facts behind each nudge of a cart, as each service's tables have them. No statement reads a contact or a text.

A contact is shown by its kind and the end of its index: enough to see that two are the same, and no way back to either.
"""

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from deploy.command.sessions import Session
from services.onboarding.results.timelines import entry_of
from services.orders.rules.evidence import Bought, find_silence, visitor_key
from services.orders.storage.evidence import SqlEvidence
from shared.events.storefront import OrderReported
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.security.redaction import redact

MOST = 200
"""Rows of one kind: whoever floods one cart makes no endless answer."""


@dataclass(frozen=True)
class Fact:
    """One line of the answer. ``at`` is None for what holds now; ``nudge`` is the reminder's id, where it is about one."""

    at: datetime | None
    service: str
    event: str
    nudge: UUID | None = None
    reason: str | None = None
    detail: str = ""


@dataclass(frozen=True)
class Subject:
    """The cart that is asked about. A browser's id is known once orders or notify has named it."""

    site_id: UUID
    cart_id: UUID


Row = asyncpg.Record
Read = Callable[[Session, Subject], Coroutine[Any, Any, list[Fact]]]

CART = """
    SELECT visitor_id, state, opened_at, abandoned_at, last_active_at, closed_by, abandonment, reader,
           json_array_length(items::json) AS lines
      FROM orders.carts WHERE site_id = $1 AND cart_id = $2
"""
SIGHTINGS = "SELECT key, seen_at FROM orders.sightings WHERE site_id = $1 AND visitor_id = $2 ORDER BY seen_at LIMIT $3"
REPORTS = """
    SELECT r.report_id, r.report, r.effective_at, f.key, f.stands_until
      FROM orders.fences AS f LEFT JOIN orders.reports AS r ON r.site_id = f.site_id AND r.report_id = f.report_id
     WHERE f.site_id = $1 AND f.key = ANY($2::text[]) ORDER BY f.stands_until DESC LIMIT $3
"""
NUDGES = """
    SELECT nudge_id, step, channels, due_at, not_after, state, final_reason, last_reason
      FROM orders.nudges WHERE site_id = $1 AND cart_id = $2 ORDER BY due_at LIMIT $3
"""
ASKS = """
    SELECT nudge_id, channel, try_number, arrived_at, answered_at, answer, marker_id IS NOT NULL AS behind_a_marker
      FROM orders.asks WHERE site_id = $1 AND cart_id = $2 ORDER BY arrived_at LIMIT $3
"""
WITHDRAWALS = """
    SELECT channel, reason, withdrawn_at FROM orders.withdrawals
     WHERE site_id = $1 AND key = ANY($2::text[]) ORDER BY withdrawn_at LIMIT $3
"""
FOLLOWED = "SELECT followed_at FROM orders.followed_links WHERE site_id = $1 AND visitor_id = $2 ORDER BY followed_at LIMIT $3"
BINDINGS = """
    SELECT b.channel, b.recipient_kind, b.recipient_index, b.state, b.refused_reason, b.given_at, b.asked_at, b.confirmed_at,
           b.withdrawn_at, p.suppressed_at, p.merchant_at, p.lifted_at
      FROM notify.bindings AS b
      JOIN notify.sites AS s ON s.site_id = b.site_id
      LEFT JOIN notify.suppressions AS p ON p.account_id = s.account_id AND p.recipient_index = b.recipient_index
     WHERE b.site_id = $1
       AND b.visitor_id IN (SELECT visitor_id FROM notify.nudges WHERE site_id = $1 AND cart_id = $2)
     ORDER BY b.given_at LIMIT $3
"""
QUEUED = """
    SELECT nudge_id, state, tries, told_reason, look_at FROM notify.nudges
     WHERE site_id = $1 AND cart_id = $2 ORDER BY not_after LIMIT $3
"""
ATTEMPTS = """
    SELECT nudge_id, kind, channel, recipient_kind, recipient_index, try_number, opened_at, called_at, settled_at, state,
           given_up, delivery_rank
      FROM notify.attempts WHERE site_id = $1 AND cart_id = $2 ORDER BY opened_at LIMIT $3
"""
TIMELINE = """
    SELECT happened_at, event::jsonb - '{wording,box,recipient}'::text[] AS event FROM onboarding.timeline
     WHERE site_id = $1 AND cart_id = $2 ORDER BY happened_at LIMIT $3
"""
STANDING = """
    SELECT (SELECT string_agg(reason, '; ') FROM ~holds
             WHERE site_id IN ($1, '00000000-0000-0000-0000-000000000000') AND released_at IS NULL) AS held,
           (SELECT bool_or(paused) FROM ~pauses
             WHERE site_id IN ($1, '00000000-0000-0000-0000-000000000000')) AS paused
"""


def named(kind: str, index: str) -> str:
    """A contact, so that two can be told apart."""
    return f"{kind} …{index[-6:]}"


async def standing(session: Session, subject: Subject, service: Schema) -> list[Fact]:
    """What silences the whole site now."""
    row = await session.fetchrow(Tables(service).named(STANDING), subject.site_id)
    assert row is not None, "a statement without a table returns one row"
    held = [Fact(None, service, "site is held", reason=redact(row["held"]))] if row["held"] else []
    return held + ([Fact(None, service, "sending is paused")] if row["paused"] else [])


async def of_orders(session: Session, subject: Subject) -> list[Fact]:
    """The cart, the evidence around its browser, and each reminder with its asks and answers."""
    key = (subject.site_id, subject.cart_id)
    facts = await standing(session, subject, "orders")
    cart = await session.fetchrow(CART, *key)
    if cart is None:
        return [*facts, Fact(None, "orders", "cart is not known", detail="it was never reported, or is older than 60 days")]
    facts += _of_cart(cart) + await _evidence(session, subject.site_id, cart)
    for row in await session.fetch(NUDGES, *key, MOST):
        ended = row["final_reason"] or row["last_reason"]
        detail = f"step {row['step']} by {', '.join(row['channels'])}, until {row['not_after']:%Y-%m-%d %H:%M}"
        facts.append(Fact(row["due_at"], "orders", f"reminder {row['state']}", row["nudge_id"], ended, detail))
    for row in await session.fetch(ASKS, *key, MOST):
        detail = f"try {row['try_number']} by {row['channel']}"
        facts.append(Fact(row["arrived_at"], "orders", "purchase check asked for", row["nudge_id"], detail=detail))
        if row["answered_at"] is not None:
            behind = "read behind a marker" if row["behind_a_marker"] else ""
            facts.append(Fact(row["answered_at"], "orders", f"purchase check: {row['answer']}", row["nudge_id"], detail=behind))
    return facts


def _of_cart(cart: Row) -> list[Fact]:
    read_by = f", read by {cart['reader']}" if cart["reader"] else ""
    facts = [Fact(cart["opened_at"], "orders", "cart opened", detail=f"{cart['lines']} lines{read_by}")]
    if cart["abandoned_at"] is not None:
        facts.append(Fact(cart["abandoned_at"], "orders", "cart left behind", detail=f"for the {cart['abandonment']}. time"))
    by = f"by report {cart['closed_by']}" if cart["closed_by"] else ""
    return [*facts, Fact(cart["last_active_at"], "orders", f"cart last reported, now {cart['state']}", detail=by)]


async def _evidence(session: Session, site_id: UUID, cart: Row) -> list[Fact]:
    """What links this browser to others, the orders on any of their keys, and what the rule finds of it now."""
    around = await SqlEvidence(session).neighbourhood(site_id, cart["visitor_id"])
    facts = [
        Fact(row["seen_at"], "orders", "browser named", detail=named(*row["key"].split(":", 1)))
        for row in await session.fetch(SIGHTINGS, site_id, cart["visitor_id"], MOST)
    ]
    keys = sorted({fence.key for fence in around.fences})
    facts += [_of_report(row) for row in await session.fetch(REPORTS, site_id, keys, MOST)]
    withdrawn = [visitor_key(cart["visitor_id"]), *(sighting.key.partition(":")[2] for sighting in around.sightings)]
    for row in await session.fetch(WITHDRAWALS, site_id, withdrawn, MOST):
        facts.append(Fact(row["withdrawn_at"], "orders", f"{row['channel']} refused", reason=row["reason"]))
    for row in await session.fetch(FOLLOWED, site_id, cart["visitor_id"], MOST):
        facts.append(Fact(row["followed_at"], "orders", "link followed"))
    finding = find_silence(cart["opened_at"], around)
    by = f"by report {finding.report_id}" if isinstance(finding, Bought) else ""
    found = "nothing silences this cart" if finding is None else f"silenced: {type(finding).__name__.lower()}"
    others = len({sighting.visitor_id for sighting in around.sightings} - {cart["visitor_id"]})
    return [*facts, Fact(None, "orders", found, detail=f"{by} {others} other browsers share a key".strip())]


def _of_report(row: Row) -> Fact:
    kind, _, index = row["key"].partition(":")
    stands = f"on {named(kind, index)}, silences carts opened until {row['stands_until']:%Y-%m-%d %H:%M:%S}"
    if not row["report"]:
        return Fact(row["effective_at"], "orders", "order reported", detail=stands)
    report = OrderReported.model_validate_json(row["report"])
    signed = "verified" if report.verified else "unsigned"
    detail = f"report {row['report_id']} {stands}"
    return Fact(row["effective_at"], "orders", f"order {report.status}, {signed} by {report.witness}", detail=detail)


async def of_notify(session: Session, subject: Subject) -> list[Fact]:
    """Consents of the cart's browser, what kept each reminder waiting, and every attempt with its outcome."""
    key = (subject.site_id, subject.cart_id, MOST)
    facts = await standing(session, subject, "notify")
    for row in await session.fetch(BINDINGS, *key):
        facts += _of_binding(row)
    for row in await session.fetch(QUEUED, *key):
        detail = f"{row['tries']} tries, evaluated again {row['look_at']:%Y-%m-%d %H:%M:%S}" if row["state"] == "queued" else ""
        facts.append(Fact(None, "notify", f"reminder {row['state']}", row["nudge_id"], row["told_reason"], detail))
    for row in await session.fetch(ATTEMPTS, *key):
        facts += _of_attempt(row)
    return facts


def _of_binding(row: Row) -> Sequence[Fact]:
    whom = named(row["recipient_kind"], row["recipient_index"])
    moments = {
        f"consent to {row['channel']} given": row["given_at"],
        "asked to answer YES": row["asked_at"],
        f"{row['channel']} confirmed": row["confirmed_at"],
        f"consent to {row['channel']} taken back": row["withdrawn_at"],
        "said STOP": row["suppressed_at"],
        "said START": row["lifted_at"],
        "suppressed by the merchant": row["merchant_at"],
    }
    facts = [Fact(moment, "notify", event, detail=whom) for event, moment in moments.items() if moment is not None]
    return [*facts, Fact(None, "notify", f"binding {row['state']}", reason=row["refused_reason"], detail=whom)]


def _of_attempt(row: Row) -> Sequence[Fact]:
    whom = f"{row['kind']} by {row['channel']}, try {row['try_number']}, {named(row['recipient_kind'], row['recipient_index'])}"
    facts = [Fact(row["opened_at"], "notify", "attempt opened", row["nudge_id"], detail=whom)]
    if row["called_at"] is not None:
        facts.append(Fact(row["called_at"], "notify", "carrier called", row["nudge_id"], detail=whom))
    outcome = "given up" if row["given_up"] else row["state"]
    return [*facts, Fact(row["settled_at"], "notify", f"attempt {outcome}", row["nudge_id"], detail=whom)]


async def of_onboarding(session: Session, subject: Subject) -> list[Fact]:
    """The timeline as the console shows it: each event with its reason."""
    facts = []
    for row in await session.fetch(TIMELINE, subject.site_id, subject.cart_id, MOST):
        event = json.loads(row["event"])
        entry = entry_of(event, row["happened_at"])
        nudge = UUID(event["nudge_id"]) if event.get("nudge_id") else None
        facts.append(Fact(entry.at, "onboarding", entry.title, nudge, entry.reason, redact(entry.sentence)))
    return facts


READERS: Mapping[Schema, Read] = {"orders": of_orders, "notify": of_notify, "onboarding": of_onboarding}
