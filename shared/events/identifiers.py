"""Derived ids: the same cause always makes the same id, in any process, before and after any crash.

These are contracts (``tests/contract/test_identifiers.py`` holds their vectors): what was written with one of them is
compared with what will be written in years.
"""

import hashlib
from datetime import datetime
from uuid import UUID, uuid5

from shared.events.envelope import to_wire_time

BECKON = UUID("6d2a7c1e-0b1f-5e0a-9c64-2f8d1be0c0a1")
BROWSER_EVENT = uuid5(BECKON, "browser-event")
SERVER_EVENT = uuid5(BECKON, "server-event")
DERIVED_EVENT = uuid5(BECKON, "derived-event")
CART = uuid5(BECKON, "cart")
NUDGE = uuid5(BECKON, "nudge")


def name_uuid(namespace: UUID, name: str) -> UUID:
    """``uuid5`` of RFC 9562 by ``hashlib`` alone: a third of the cost of ``uuid.uuid5``, which the beacon path pays."""
    digest = bytearray(hashlib.sha1(namespace.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def browser_mark(site_id: UUID) -> str:
    """What keeps shops apart that live on one host: part of each name that the snippet uses in a browser."""
    return hashlib.sha256(site_id.bytes).hexdigest()[:8]


def browser_event_id(site_id: UUID, visitor_id: str, client_id: str) -> UUID:
    """The event a browser sent as ``client_id``: a beacon that is repeated keeps its id."""
    return name_uuid(BROWSER_EVENT, f"{site_id}|{visitor_id}|{client_id}")


def server_event_id(site_id: UUID, witness: str, order_id: str, status: str, updated_at: datetime | None) -> UUID:
    """A server's report of an order: repeated it keeps its id, changed it gets another."""
    stamp = "" if updated_at is None else to_wire_time(updated_at)
    return name_uuid(SERVER_EVENT, f"{site_id}|{witness}|{order_id}|{status}|{stamp}")


def derived_event_id(cause: UUID | str, event_type: str, number: int = 0) -> UUID:
    """The ``number``-th event of a type that follows from ``cause`` (an event id or another derived id)."""
    return name_uuid(DERIVED_EVENT, f"{cause}|{event_type}|{number}")


def cart_id_of(site_id: UUID, visitor_id: str, cart_seq: int) -> UUID:
    """The cart that a browser counts as its ``cart_seq``-th."""
    return name_uuid(CART, f"{site_id}|{visitor_id}|{cart_seq}")


def nudge_id_of(cart_id: UUID, abandonment: int, campaign_id: str, step: int) -> UUID:
    """One step of a campaign for one abandonment of a cart (both counted from 1)."""
    return name_uuid(NUDGE, f"{cart_id}|{abandonment}|{campaign_id}|{step}")


def link_id_of(token: str) -> str:
    """What events call a link: they must not carry the token, which opens the cart."""
    return hashlib.sha256(token.encode()).digest()[:16].hex()


def test_code_hash(site_id: UUID, digits: str) -> str:
    """What events call a test code of a site: they must not carry the code while it counts."""
    return hashlib.sha256(f"{site_id}|{digits}".encode()).hexdigest()
