"""Reads order reports, of browsers and of servers. What cannot be read becomes null and is noted; the rest silences."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TypeVar
from uuid import UUID

import structlog

from services.ingest.amounts.money import prices_of_order, to_currency
from services.ingest.contacts import Contacts, shop_cart
from services.ingest.items import PAGE, SERVER, ItemNames, read_lines
from services.ingest.notes import Note
from services.ingest.orders.moments import zoned
from services.ingest.orders.spellings import resolve
from services.ingest.orders.statuses import Status, to_status
from services.ingest.origin import RequestOrigin
from services.ingest.sites import Site
from services.ingest.wire_fields import Fields, is_keyword, text
from shared.events.envelope import CartItem, ContactKind, Identity, IdentityKind, Money, Origin
from shared.events.identifiers import browser_event_id, server_event_id
from shared.events.signals import SignalKind
from shared.events.storefront import OrderReported, Witness

UNCERTAINTY_SECONDS = 5
PROMPT = timedelta(minutes=15)
FURTHEST_BACK = timedelta(days=30)
PROVABLY_OLD = frozenset({Origin.BATCH, Origin.IMPORT})
"""Only who signs may claim so: of a page the origin is decided by its host."""

SERVER_ORIGINS = {origin.value: origin for origin in (Origin.STOREFRONT, Origin.BACK_OFFICE, Origin.BATCH, Origin.IMPORT)}
CONTACT_FIELDS = (
    (ContactKind.EMAIL, "email"),
    (ContactKind.PHONE, "phone"),
    (ContactKind.CUSTOMER, "customer_id"),
)
NAMES_ON_PAGES = {"order_id": "orderID", "customer_id": "customerID", "cart_id": "cartID"}

_VISITOR = re.compile(r"[A-Za-z0-9_-]{22}")
Read = TypeVar("Read")

log = structlog.get_logger("order_reports")


@dataclass(frozen=True)
class Report:
    """An order report as far as it could be read, and what could not."""

    event: OrderReported
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class OrderMoment:
    """Carts opened until ``fences_until`` are silenced; those opened before ``effective_at`` were bought for certain."""

    effective_at: datetime
    fences_until: datetime
    uncertainty_seconds: int = UNCERTAINTY_SECONDS


class NoIdentity(Exception):
    """A report that names nobody: there is nothing that it could silence. Has the notes of what could not be read."""

    def __init__(self, notes: Iterable[Note] = ()) -> None:
        super().__init__()
        self.notes = tuple(notes)


@dataclass
class _Reader:
    """Reads the fields of one report and notes what it could not read."""

    fields: Fields
    names: Mapping[str, str]
    notes: list[Note] = field(default_factory=list)

    def get(self, name: str, read: Callable[[object], Read | None]) -> Read | None:
        raw = self.fields.get(self.names.get(name, name))
        if raw is None or raw == "":
            return None
        if is_keyword(raw):
            self.notes.append(Note(SignalKind.KEYWORD_NOT_REPLACED, name))
            return None
        value = _read_or_none(name, read, raw)
        if value is None:
            self.notes.append(Note(SignalKind.UNREADABLE_FIELD, name))
        return value


def _read_or_none(name: str, read: Callable[[object], Read | None], raw: object) -> Read | None:
    try:
        return read(raw)
    except Exception as error:  # a bug of a reader costs its field: an order is never refused for one
        log.error("field_not_read", field=name, error=type(error).__name__, exc_info=error)
        return None


@dataclass(frozen=True)
class _Reported:
    """What both kinds of witness report."""

    order_id: str | None
    status: Status
    identities: tuple[Identity, ...]
    total: Money | None
    currency_assumed: bool
    items: tuple[CartItem, ...]


@dataclass(frozen=True)
class BrowserReport:
    """What surrounds a report that came from a page."""

    visitor_id: str | None
    client_id: str | None
    request_origin: RequestOrigin
    occurred_at: datetime
    received_at: datetime


def read_browser_order(fields: Fields, context: BrowserReport, site: Site, contacts: Contacts) -> Report:
    """A confirmation page's report.

    Raises:
        NoIdentity: neither a visitor nor a contact.
    """
    resolved = resolve(fields)
    reader = _Reader(resolved.fields, NAMES_ON_PAGES, [*resolved.notes])
    reported = _read(reader, site, contacts, context.visitor_id, PAGE)
    identities = reported.identities
    if context.request_origin is RequestOrigin.BACK_OFFICE:
        identities = _without_the_clerk(identities)
    client_id = context.client_id or _digest(reported, context.occurred_at.date().isoformat())
    dated = order_moment(context.occurred_at, context.received_at, _origin_of(context.request_origin))
    event = OrderReported(
        event_id=browser_event_id(site.site_id, context.visitor_id or "", client_id),
        site_id=site.site_id,
        occurred_at=context.occurred_at,
        received_at=context.received_at,
        witness=Witness.BROWSER,
        verified=False,
        status=reported.status,
        origin=_origin_of(context.request_origin),
        order_id=reported.order_id,
        effective_at=dated.effective_at,
        uncertainty_seconds=dated.uncertainty_seconds,
        fences_until=dated.fences_until,
        identities=identities,
        total=reported.total,
        currency_assumed=reported.currency_assumed,
        items=reported.items,
    )
    return Report(event, tuple(reader.notes))


def read_server_order(
    fields: Fields, received_at: datetime, site: Site, contacts: Contacts,
    lag: timedelta = timedelta(0), witness: Witness = Witness.SERVER,
) -> Report:  # fmt: skip
    """A report that a shop's server or its platform signed. ``lag`` is the most by which its clock can be slow.

    Raises:
        NoIdentity: it names nobody.
    """
    reader = _Reader(fields, {})
    reported = _read(reader, site, contacts, reader.get("visitor_id", to_visitor), SERVER)
    placed_at = reader.get("placed_at", zoned)
    changed_at = reader.get("updated_at", zoned) or placed_at
    origin = reader.get("origin", lambda raw: SERVER_ORIGINS.get(str(raw))) or Origin.UNKNOWN
    dated = order_moment(placed_at, received_at, origin, lag)
    event = OrderReported(
        event_id=_server_id(witness, reported, site, changed_at, received_at),
        site_id=site.site_id,
        occurred_at=dated.effective_at,
        received_at=received_at,
        witness=witness,
        verified=True,
        status=reported.status,
        origin=origin,
        order_id=reported.order_id,
        placed_at=placed_at,
        effective_at=dated.effective_at,
        uncertainty_seconds=dated.uncertainty_seconds,
        fences_until=dated.fences_until,
        identities=reported.identities,
        total=reported.total,
        currency_assumed=reported.currency_assumed,
        items=reported.items,
    )
    return Report(event, tuple(reader.notes))


def order_moment(claimed: datetime | None, received_at: datetime, origin: Origin, lag: timedelta = timedelta(0)) -> OrderMoment:
    """The moment of a report that claims to be of ``claimed``, received then.

    A promise counts from the acknowledgement, so a report's own clock may only widen its fence. Clocks of shops are slow, hold
    local time under a ``Z``, or are set while an outbox waits; none of it may date an order before a cart that it bought.
    A batch or an import that claims more than 15 minutes is old, and counts from its claim. Every other report is taken for a
    prompt one: neither the time that a server writes nor the age of an entry in a browser's outbox proves that its clock was
    right when the order was placed. ``lag`` is by how much the witness's clock is known to be slow: it widens too.
    """
    within = received_at if claimed is None else min(max(claimed, received_at - FURTHEST_BACK), received_at)
    margin = timedelta(seconds=UNCERTAINTY_SECONDS)
    old = origin in PROVABLY_OLD and received_at - within >= PROMPT
    return OrderMoment(within, min(within + lag, received_at) + margin if old else received_at + margin)


def to_visitor(raw: object) -> str | None:
    """A visitor id, or None."""
    is_one = isinstance(raw, str) and _VISITOR.fullmatch(raw) is not None and len(set(raw)) > 1  # all noughts are nobody's
    return raw if is_one and isinstance(raw, str) else None


def _read(reader: _Reader, site: Site, contacts: Contacts, visitor: str | None, names: ItemNames) -> _Reported:
    reader.get("currency", lambda raw: to_currency(raw, site.currency, site.country))  # for its note
    prices = prices_of_order(reader.fields.get("currency"), reader.fields.get("total"), site)
    total = reader.get("total", prices.read)
    identities = _identities(reader, site, contacts, visitor)
    if not identities:
        raise NoIdentity(reader.notes)
    lines = reader.get("items", lambda raw: read_lines(raw, names, prices, site.hosts))
    reader.notes.extend(() if lines is None else lines.notes)
    return _Reported(
        order_id=reader.get("order_id", lambda raw: text(raw, 128)),
        status=reader.get("status", to_status) or "placed",
        identities=identities,
        total=total,
        currency_assumed=total is not None and prices.is_assumed,
        items=() if lines is None else lines.items,
    )


def _identities(reader: _Reader, site: Site, contacts: Contacts, visitor: str | None) -> tuple[Identity, ...]:
    found = [Identity(kind=IdentityKind.VISITOR, index=visitor)] if visitor is not None else []
    for kind, name in CONTACT_FIELDS:
        found += reader.get(name, partial(contacts.identities, kind)) or ()
    cart = reader.get("cart_id", lambda raw: shop_cart(site.site_id, raw))
    return tuple(found + ([cart] if cart is not None else []))


def _without_the_clerk(identities: tuple[Identity, ...]) -> tuple[Identity, ...]:
    """In the back office the browser is a clerk's: fencing it would silence everybody whom the clerk ever served."""
    others = tuple(identity for identity in identities if identity.kind is not IdentityKind.VISITOR)
    return others or identities


def _origin_of(request_origin: RequestOrigin) -> Origin:
    match request_origin:
        case RequestOrigin.STOREFRONT:
            return Origin.STOREFRONT
        case RequestOrigin.BACK_OFFICE:
            return Origin.BACK_OFFICE
        case RequestOrigin.HOSTED_PAGE | RequestOrigin.SANDBOX | RequestOrigin.FOREIGN:
            return Origin.UNKNOWN


def _server_id(witness: Witness, reported: _Reported, site: Site, changed_at: datetime | None, received_at: datetime) -> UUID:
    """An event id: the same for a repeat, another for anything that may be another order.

    Shops restart their numbers. An order id alone would make next month's order a repeat of this month's and lose its
    silence, so who bought for how much is part of the name, and the day where the shop reports no moment of its own.
    """
    day = received_at.replace(hour=0, minute=0, second=0, microsecond=0)
    name = f"{reported.order_id or ''}#{_digest(reported)}"
    return server_event_id(site.site_id, witness, name, reported.status, changed_at or day)


def _digest(reported: _Reported, more: str = "") -> str:
    who = sorted(f"{identity.kind}:{identity.index}" for identity in reported.identities)
    amount = "" if reported.total is None else f"{reported.total.minor}{reported.total.currency}"
    return sha256("|".join([reported.order_id or "", reported.status, amount, more, *who]).encode()).hexdigest()[:22]
