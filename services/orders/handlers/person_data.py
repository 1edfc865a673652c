"""Requests for a person's data: marked in the log, resolved once everything before the mark is applied, answered in a box.

orders alone knows which browsers and contacts belong together. What it finds theirs alone it writes into the log of the shop,
where notify reads it behind everything that the request is to hold.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.orders.events import data_collected_events, person_data_marked_event, person_resolved_event
from services.orders.rules.erasure import identities_of
from services.orders.rules.evidence import SHARED_BY_TOO_MANY, Neighbourhood, key_of, visitor_key
from services.orders.rules.person_data import (
    SHARED_BROWSERS,
    SHARED_BY_MANY,
    SHARED_CONTACTS,
    SHARED_ORDERS,
    browsers_of,
    claim_of_browser,
    claim_of_order,
    is_theirs_alone,
    order_record,
    orders_of,
    reached_contacts,
)
from services.orders.storage.protocols import Store
from shared.events.markers import PersonDataMarked
from shared.events.merchant import PersonDataRequested
from shared.events.storefront import OrderReported
from shared.runtime.security.sealed_answers import LEFT_OUT, MOST_ROWS, newest, seal_answer

ANSWERED_WITHIN = timedelta(days=7)
"""As long as answers are kept: an older request, met where a log is read anew, has nobody any more who could open one."""
MOST_CONTACTS = 10


@dataclass(frozen=True)
class Person:
    """What belongs to one person alone, and how much is left out because it may not."""

    visitor_ids: frozenset[str]
    contacts: frozenset[str]
    orders: tuple[OrderReported, ...]
    left_out: dict[str, int]


async def apply_person_data_requested(event: PersonDataRequested, store: Store, now: datetime) -> None:
    """Append the marker of a request to the log: what was acknowledged before it belongs to the answer."""
    if now - event.received_at > ANSWERED_WITHIN:
        return
    await store.emit([person_data_marked_event(event)])


async def apply_person_data_marked(event: PersonDataMarked, store: Store, now: datetime) -> None:
    """Resolve the person behind the marker, emit the answer of orders, and name whom notify is to answer about."""
    if now - event.received_at > ANSWERED_WITHIN:
        return
    asked = frozenset(key_of(each.kind.value, each.index) for each in event.recipients)
    person = await resolve_person(event.site_id, asked, store)
    answer = await answer_about(event.site_id, person, store)
    boxes = seal_answer(event.reader_key, event.site_id, event.request_id, "orders", answer)
    parts = data_collected_events(event, boxes, now)
    await store.emit([*parts, person_resolved_event(event, person.visitor_ids, person.contacts, now)])


async def answer_about(site_id: UUID, person: Person, store: Store) -> dict[str, Any]:
    """Returns all that orders keeps of a person."""
    visitors, contacts = sorted(person.visitor_ids), sorted(person.contacts)
    rows = await store.person_data.collect(site_id, visitors, contacts)
    answer = newest({**rows, "orders": [order_record(report) for report in person.orders]})
    return {
        "visitor_ids": visitors,
        "contacts": [identity.model_dump(mode="json") for identity in identities_of(person.contacts)],
        "never_written_to": await store.person_data.is_suppressed(site_id, contacts),
        **answer,
        LEFT_OUT: {**answer[LEFT_OUT], **person.left_out},
    }


async def resolve_person(site_id: UUID, asked: frozenset[str], store: Store) -> Person:
    """The person that the contacts stand for."""
    namers: dict[str, Neighbourhood] = {}
    too_many = 0
    for contact in sorted(asked):
        visitors = await store.evidence.visitors_naming(site_id, [contact])
        if len(visitors) > SHARED_BY_TOO_MANY:
            too_many += 1
            continue
        for visitor in visitors:
            namers.setdefault(visitor, await store.evidence.neighbourhood(site_id, visitor))
    browsers, shared = browsers_of(asked, namers)
    keys = [*asked, *(visitor_key(visitor) for visitor in browsers)]
    orders, others = orders_of(asked, browsers, await store.person_data.reports_naming(site_id, sorted(keys)))
    reached = sorted(reached_contacts(asked, browsers, namers, orders))
    theirs = [contact for contact in reached[:MOST_CONTACTS] if await _is_theirs_alone(site_id, contact, asked, store)]
    left_out = {
        SHARED_BROWSERS: shared,
        SHARED_CONTACTS: len(reached) - len(theirs),
        SHARED_ORDERS: others,
        SHARED_BY_MANY: too_many,
    }
    kept = {name: count for name, count in left_out.items() if count}
    return Person(browsers, asked | frozenset(theirs), tuple(orders), kept)


async def _is_theirs_alone(site_id: UUID, contact: str, asked: frozenset[str], store: Store) -> bool:
    visitors = await store.evidence.visitors_naming(site_id, [contact])
    if len(visitors) > SHARED_BY_TOO_MANY:
        return False
    sightings = await store.person_data.sightings_of(site_id, visitors)
    reports = await store.person_data.reports_naming(site_id, [contact])
    if sightings is None or len(reports) > MOST_ROWS:
        return False  # more than can be searched may name anybody
    claims = [claim_of_browser(visitor, sightings) for visitor in visitors]
    return is_theirs_alone(contact, asked, claims + [claim_of_order(report) for report in reports])
