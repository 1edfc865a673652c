"""Turns the contacts that a page names into what may enter Kafka: an index to compare, a box for notify alone."""

from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import UUID

from services.ingest.wire_fields import text
from shared.events.envelope import ContactKind, Identity, IdentityKind, SealedContact
from shared.runtime.contacts.placeholders import is_placeholder
from shared.runtime.contacts.text import Readings
from shared.runtime.security.outbound import LONGEST_ADDRESS
from shared.runtime.security.sealing import (
    Pepper,
    ReaderPublicKey,
    contact_index,
    readings,
    seal_contact,
)

LONGEST_CONTACT = 512
MOST_PHONES = 8
"""Of one field, in two countries: with every reading of an e-mail address they are no more than a report may name."""
NOTHING = Readings(None, ())


@dataclass(frozen=True)
class Contacts:
    """Seals for one site. What cannot be read as a contact gives None; the value itself goes no further."""

    notify_key: ReaderPublicKey
    pepper: Pepper
    site_id: UUID
    region: str | None
    other_region: str | None = None
    """The country of a shopper, where its numbers may be meant too."""

    def seal(self, kind: ContactKind, raw: object) -> SealedContact | None:
        """The contact that may be spoken to, as an index and a box that only notify opens."""
        sure = self._readings(kind, raw).sure
        return None if sure is None else self._seal(kind, sure)

    def seal_any(self, kind: ContactKind, raw: object) -> SealedContact | None:
        """The likeliest contact that a field names: enough to silence, be it a landline."""
        every = self._readings(kind, raw).every
        return self._seal(kind, every[0]) if every else None

    def _seal(self, kind: ContactKind, normalised: str) -> SealedContact:
        return seal_contact(self.notify_key, self.pepper, self.site_id, kind, normalised)

    def seal_subscription(self, endpoint: str, subscription: str) -> SealedContact:
        """A push subscription: compared by its endpoint, opened by notify with its keys."""
        return seal_contact(self.notify_key, self.pepper, self.site_id, ContactKind.PUSH_ENDPOINT, endpoint, subscription)

    def indexes(self, kind: ContactKind, raw: object) -> tuple[str, ...]:
        """The index of each contact that a field may mean, the likeliest first: enough to silence, useless for speaking."""
        every = self._readings(kind, raw).every
        if kind is ContactKind.PHONE and self.other_region is not None:
            abroad = replace(self, region=self.other_region)._readings(kind, raw).every
            every = tuple(dict.fromkeys((*abroad, *every)))[:MOST_PHONES]
        return tuple(contact_index(self.pepper, kind, each) for each in every)

    def identities(self, kind: ContactKind, raw: object) -> tuple[Identity, ...] | None:
        """The contact as identities of an order report, None where it names nobody."""
        found = enumerate(self.indexes(kind, raw))
        return tuple(Identity(kind=IdentityKind(kind.value), index=each, is_other_reading=n > 0) for n, each in found) or None

    def _readings(self, kind: ContactKind, raw: object) -> Readings:
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)  # a spreadsheet's customer number
        if isinstance(raw, str) and kind in (ContactKind.PHONE, ContactKind.EMAIL):
            return readings(kind, raw, self.region)  # a line break parts two of them
        value = text(raw, LONGEST_ADDRESS if kind is ContactKind.PUSH_ENDPOINT else LONGEST_CONTACT)
        return NOTHING if value is None else readings(kind, value, self.region)


def shop_cart(site_id: UUID, raw: object) -> Identity | None:
    """A shop's own cart id. It often is the session's secret, so only a digest of it travels."""
    value = text(raw, 256)
    if value is None or is_placeholder(value):
        return None
    return Identity(kind=IdentityKind.CART, index=sha256(f"{site_id}|{value}".encode()).hexdigest()[:32])
