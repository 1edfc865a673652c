"""Readers of what the snippet sends, one for each event type: strict for what could cause a message, else lenient."""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Literal

from pydantic import ValidationError

from services.ingest.amounts.money import Prices, prices_of
from services.ingest.beacons.parsing import Beacon, Sender, envelope_of, needed, visitor_of
from services.ingest.beacons.push import PUSH_READERS
from services.ingest.beacons.reader_names import reader_of
from services.ingest.contacts import shop_cart
from services.ingest.items import PAGE, Lines, read_lines
from services.ingest.notes import Note, unread
from services.ingest.orders.reports import BrowserReport, read_browser_order, to_visitor
from services.ingest.origin import RequestOrigin
from services.ingest.product_addresses import cart_suffix
from services.ingest.wire_fields import Fields, Unreadable, is_keyword, path_within, text, whole_number
from shared.events.envelope import Channel, ContactKind, Event, Money, Origin, Recipient, SealedContact
from shared.events.identifiers import cart_id_of, link_id_of
from shared.events.storefront import (
    CartUpdated,
    ConsentGiven,
    ConsentSource,
    ConsentWithdrawn,
    LinkFollowed,
    PageSeen,
    ShopperIdentified,
)

LARGEST_SEQ = 2**31 - 1
LARGEST_VERSION = 2**53 - 1
LONGEST_CONSENT_TEXT = 2000
LONGEST_AGO_MS = 7 * 24 * 3600 * 1000
NAMED_CONTACTS = (
    ("email", ContactKind.EMAIL),
    ("phone", ContactKind.PHONE),
    ("customerID", ContactKind.CUSTOMER),
)

BoxState = Literal["ticked_by_shopper", "pre_ticked", "unknown"]
BOX_STATES: Mapping[str | None, BoxState] = MappingProxyType(
    {"ticked_by_shopper": "ticked_by_shopper", "pre_ticked": "pre_ticked"}
)


@dataclass(frozen=True)
class ReadBeacon:
    """A typed event, and what could not be read of it."""

    event: Event
    notes: tuple[Note, ...] = ()


def read_beacon(beacon: Beacon, sender: Sender) -> ReadBeacon:
    """The event that a beacon reports. Its type must be one that ``knows`` accepts.

    Raises:
        Unreadable: a field is missing or makes no sense. Never raised for an order that names somebody.
        NoIdentity: an order that names nobody.
    """
    if beacon.type == "order.reported":
        context = BrowserReport(
            sender.visitor_id, beacon.client_id, sender.request_origin, beacon.occurred_at, sender.received_at
        )
        report = read_browser_order(beacon.fields, context, sender.site, sender.contacts)
        return ReadBeacon(report.event, report.notes)
    try:
        read = READERS[beacon.type](beacon, sender)
        return read if isinstance(read, ReadBeacon) else ReadBeacon(read)
    except ValidationError as error:
        where = error.errors(include_input=False, include_url=False)[0]["loc"]
        raise Unreadable(str(where[0]) if where else "d") from None


def knows(event_type: str) -> bool:
    """Whether browsers may send this type at all."""
    return event_type == "order.reported" or event_type in READERS


def _page_seen(beacon: Beacon, sender: Sender) -> PageSeen:
    if sender.request_origin is RequestOrigin.SANDBOX:  # a step of a checkout: the shopper is there, and nothing else is known
        return PageSeen(**envelope_of(beacon, sender), visitor_id=visitor_of(sender), origin=Origin.UNKNOWN, path=None)
    head = beacon.fields.get("head")
    is_of_staff = sender.request_origin is RequestOrigin.BACK_OFFICE or beacon.fields.get("office") is True
    return PageSeen(
        **envelope_of(beacon, sender),
        visitor_id=visitor_of(sender),
        origin=Origin.BACK_OFFICE if is_of_staff else Origin.STOREFRONT,
        path=path_within(beacon.path, frozenset()),
        in_head=head if isinstance(head, bool) else None,
        office_visitor=to_visitor(beacon.fields.get("staff")),
    )


def _cart_updated(beacon: Beacon, sender: Sender) -> ReadBeacon:
    visitor, site, fields = visitor_of(sender), sender.site, beacon.fields
    seq = needed("seq", whole_number(fields.get("seq"), 1, LARGEST_SEQ))
    prices = prices_of(fields.get("currency"), site)
    total = prices.read(fields.get("total"))
    lines = _lines_of(fields, prices, total, site.hosts)
    event = CartUpdated(
        **envelope_of(beacon, sender),
        visitor_id=visitor,
        origin=Origin.STOREFRONT,
        cart_id=cart_id_of(site.site_id, visitor, seq),
        cart_seq=seq,
        cart_version=needed("version", whole_number(fields.get("version"), 0, LARGEST_VERSION)),
        items=lines.items,
        unread_lines=lines.unread,
        total=total,
        currency_assumed=total is not None and prices.is_assumed,
        return_path=(path := path_within(fields.get("returnURL"), site.hosts)),
        return_suffix=None if path is None else cart_suffix(fields.get("returnURL")),
        shop_cart=shop_cart(site.site_id, fields.get("cartID")),
        earliest_at=beacon.earliest_at,
        acted_at=_acted_at(beacon),
        reader=reader_of(fields),
    )
    return ReadBeacon(event, (*_unread_amounts(fields, event, prices), *lines.notes))


def _lines_of(fields: Fields, prices: Prices, total: Money | None, hosts: Set[str]) -> Lines:
    """A cart of which nothing but a total could be read is a full one all the same; one that was emptied has none.

    Raises:
        Unreadable: neither lines nor a total.
    """
    is_worth_something = total is not None and total.minor > 0
    lines = read_lines(fields.get("items"), PAGE, prices, hosts)
    if lines is None:
        if not is_worth_something:
            raise Unreadable("items")
        return Lines((), 1, 0, (unread("items"),))
    if not lines.items and is_worth_something:
        return replace(lines, unread=lines.unread + lines.absent)
    return lines


def _unread_amounts(fields: Fields, event: CartUpdated, prices: Prices) -> Iterator[Note]:
    """The note for a merchant: an amount that stands there and is not known."""
    if prices.currency is None:
        yield unread("currency")
    if fields.get("total") not in (None, "") and event.total is None:
        yield unread("total")


def _acted_at(beacon: Beacon) -> datetime | None:
    """When the shopper put something into a cart: given in milliseconds before the event, so that one clock measured both."""
    ago = whole_number(beacon.fields.get("acted"), 0, LONGEST_AGO_MS)
    return None if ago is None else beacon.occurred_at - timedelta(milliseconds=ago)


def _shopper_identified(beacon: Beacon, sender: Sender) -> ShopperIdentified:
    """The first of its contacts that names somebody; "guest" and the like do not."""
    given = [(name, kind, raw) for name, kind in NAMED_CONTACTS if (raw := beacon.fields.get(name)) is not None]
    origin = Origin.UNKNOWN if sender.request_origin is RequestOrigin.SANDBOX else Origin.STOREFRONT
    for _, kind, raw in given:
        if not is_keyword(raw) and (contact := sender.contacts.seal_any(kind, raw)) is not None:
            return ShopperIdentified(
                **envelope_of(beacon, sender),
                visitor_id=visitor_of(sender),
                origin=origin,
                contact=contact,
                also=sender.contacts.indexes(kind, raw)[1:],
            )
    raise Unreadable(given[0][0] if given else "email")


def _consent_given(beacon: Beacon, sender: Sender) -> ConsentGiven:
    fields = beacon.fields
    wording = needed("text", text(fields.get("text"), LONGEST_CONSENT_TEXT))
    contact = needed("phone", sender.contacts.seal(ContactKind.PHONE, fields.get("phone")))
    return ConsentGiven(
        **envelope_of(beacon, sender),
        visitor_id=visitor_of(sender),
        origin=Origin.STOREFRONT,
        channel=Channel.SMS,
        contact=contact,
        also=sender.contacts.indexes(ContactKind.PHONE, fields.get("phone"))[1:],
        text_hash=sha256(wording.encode()).hexdigest(),
        wording=wording,
        page_path=path_within(beacon.path, frozenset()),
        box_state=BOX_STATES.get(text(fields.get("box_state"), 32), "unknown"),
        locale=text(fields.get("locale"), 35),
        time_zone=text(fields.get("time_zone"), 64),
        ip=_evidence(sender, ContactKind.IP, sender.ip),
        user_agent=_evidence(sender, ContactKind.USER_AGENT, sender.user_agent),
        source=ConsentSource.CHECKOUT_BOX,
    )


def _consent_withdrawn(beacon: Beacon, sender: Sender) -> ConsentWithdrawn:
    """The withdrawal of every number that the field may mean."""
    index, *others = needed("phone", sender.contacts.indexes(ContactKind.PHONE, beacon.fields.get("phone")) or None)
    return ConsentWithdrawn(
        **envelope_of(beacon, sender),
        visitor_id=sender.visitor_id,
        channel=Channel.SMS,
        recipient=Recipient(kind=ContactKind.PHONE, index=index),
        also=tuple(others),
    )


def _link_followed(beacon: Beacon, sender: Sender) -> LinkFollowed:
    token = needed("token", text(beacon.fields.get("token"), 64))
    return LinkFollowed(
        **envelope_of(beacon, sender),
        visitor_id=visitor_of(sender),
        link_id=link_id_of(token),  # the token opens the cart, so it goes no further
        via="hosted_page" if sender.request_origin is RequestOrigin.HOSTED_PAGE else "snippet",
    )


READERS: Mapping[str, Callable[[Beacon, Sender], Event | ReadBeacon]] = MappingProxyType(
    {
        "page.seen": _page_seen,
        "cart.updated": _cart_updated,
        "shopper.identified": _shopper_identified,
        "consent.given": _consent_given,
        "consent.withdrawn": _consent_withdrawn,
        "link.followed": _link_followed,
        **PUSH_READERS,
    }
)


def _evidence(sender: Sender, kind: ContactKind, raw: str) -> SealedContact | None:
    return sender.contacts.seal(kind, raw) if raw else None
