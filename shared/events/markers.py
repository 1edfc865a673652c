"""Markers in storefront-events: what orders writes among the reports of a shop, to know what came before."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.events.envelope import Event, Identity, RandomId, ReaderKeyText, Recipient, VisitorId


class BarrierMarked(Event, frozen=True):
    """Everything acknowledged in this partition before this record is older than the asks it answers."""

    type: Literal["barrier.marked"] = "barrier.marked"
    version: Literal[1] = 1
    marker_id: RandomId


class ErasureMarked(Event, frozen=True):
    """Everything in this partition before this record is older than an erasure, everything after it newer.

    Written by orders, which alone resolves a contact to browsers. ``recipient`` and ``visitor_id`` are what the erasure named;
    ``visitor_ids`` and ``identities`` what is known of the same shopper. A later marker of the same erasure names more.
    """

    type: Literal["erasure.marked"] = "erasure.marked"
    version: Literal[1] = 1
    erasure_id: UUID
    recipient: Recipient | None
    visitor_id: VisitorId | None
    visitor_ids: tuple[VisitorId, ...]
    identities: tuple[Identity, ...]


class PersonDataMarked(Event, frozen=True):
    """Everything in this partition before this record is older than a request for a person's data. By orders, for orders."""

    type: Literal["person_data.marked"] = "person_data.marked"
    version: Literal[1] = 1
    request_id: UUID
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=5)]
    reader_key: ReaderKeyText


class PersonResolved(Event, frozen=True):
    """Whom a request for a person's data is about: written by orders, which alone resolves a contact to browsers.

    ``identities`` are contacts that are the person's alone, ``visitor_ids`` browsers; what others may share is not named.
    """

    type: Literal["person.resolved"] = "person.resolved"
    version: Literal[1] = 1
    request_id: UUID
    visitor_ids: tuple[VisitorId, ...]
    identities: tuple[Identity, ...]
    reader_key: ReaderKeyText
