"""Orders as platforms report them: under the names of the order API, each with what its witness proves of it."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.ingest.contacts import Contacts
from services.ingest.orders.moments import zoned
from services.ingest.orders.reports import PROMPT, UNCERTAINTY_SECONDS, Report, read_server_order
from services.ingest.sites import Site
from services.ingest.wire_fields import Fields
from shared.events.storefront import OrderReported, Witness

_COUNTRY = re.compile(r"[A-Z]{2}")


class Delivery(StrEnum):
    """What became of a webhook that was answered 200: kept, or why not."""

    KEPT = "kept"
    PING = "ping"
    TEST = "test"
    NO_ORDER = "no_order"
    NOT_PLACED = "not_placed"
    TOO_OLD = "too_old"
    NO_IDENTITY = "no_identity"


@dataclass(frozen=True)
class PlatformOrder:
    """An order under the names of the order API. ``updated_at`` is when that happened which it reports: repeats are one event.

    With ``is_change`` it reports what became of an order that was placed before: its total and its status replace earlier ones,
    and it silences no cart that was opened since. ``is_signed`` where the platform vouches for all that stands in it. A phone
    without its country's code may be one of ``country``, where its shopper lives, as well as of the shop's own.
    """

    fields: Fields
    country: str | None = None
    is_change: bool = False
    is_signed: bool = True

    def is_late(self, received_at: datetime, latest: timedelta) -> bool:
        """Whether what it reports happened longer ago than its platform still delivers."""
        changed_at = zoned(self.fields.get("updated_at")) or zoned(self.fields.get("placed_at"))
        return changed_at is not None and received_at - changed_at > latest


def read_platform_order(order: PlatformOrder, received_at: datetime, site: Site, contacts: Contacts) -> Report:
    """A report of the platform's.

    Raises:
        NoIdentity: it names nobody.
    """
    at_home = replace(contacts, other_region=order.country)
    report = read_server_order(order.fields, received_at, site, at_home, witness=Witness.WEBHOOK)
    event = report.event.model_copy(update={"verified": order.is_signed})
    return Report(_changed(event, zoned(order.fields.get("updated_at"))) if order.is_change else event, report.notes)


def country_of(address: Fields, name: str) -> str | None:
    """The country of an address by its two letters; None where it has none."""
    country = address.get(name)
    return country if isinstance(country, str) and _COUNTRY.fullmatch(country) else None


def _changed(event: OrderReported, changed_at: datetime | None) -> OrderReported:
    """A change counts from the order's own moment: a refund of last week's order is no purchase of today.

    Within minutes of the order it is as good as the order, whose own delivery may come later or never.
    """
    fences_until = event.fences_until
    if event.received_at - event.effective_at >= PROMPT:
        fences_until = event.effective_at + timedelta(seconds=UNCERTAINTY_SECONDS)
    return event.model_copy(update={"changed_at": changed_at, "fences_until": fences_until})


def lines_of(*contacts: object) -> str:
    """Several spellings or contacts of who bought, in one field, each on its line."""
    return "\n".join(dict.fromkeys(contact.strip() for contact in contacts if isinstance(contact, str) and contact.strip()))


def part_of(order: Fields, name: str) -> Fields:
    """An object within an order; empty where there is none."""
    part = order.get(name)
    return part if isinstance(part, dict) else {}


def parts_of(order: Fields, name: str) -> list[Fields]:
    """The objects of a list within an order."""
    parts = order.get(name)
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
