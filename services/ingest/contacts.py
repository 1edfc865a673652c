"""Turns the contacts that a page names into what may enter Kafka: an index to compare, a box for notify alone."""

from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from services.ingest.wire_fields import text
from shared.events.envelope import ContactKind, Identity, IdentityKind, SealedContact
from shared.runtime.outbound import LONGEST_ADDRESS
from shared.runtime.sealing import (
    Pepper,
    ReaderPublicKey,
    UnreadableContact,
    contact_index,
    normalise,
    seal_contact,
)

LONGEST_CONTACT = 512


@dataclass(frozen=True)
class Contacts:
    """Seals for one site. What cannot be read as a contact gives None; the value itself goes no further."""

    notify_key: ReaderPublicKey
    pepper: Pepper
    site_id: UUID
    region: str | None

    def seal(self, kind: ContactKind, raw: object) -> SealedContact | None:
        """The contact as an index and a box that only notify opens."""
        normalised = self._normalise(kind, raw)
        if normalised is None:
            return None
        return seal_contact(self.notify_key, self.pepper, self.site_id, kind, normalised)

    def seal_subscription(self, endpoint: str, told: str) -> SealedContact:
        """A push subscription: compared by its endpoint, opened by notify with its keys."""
        return seal_contact(self.notify_key, self.pepper, self.site_id, ContactKind.PUSH_ENDPOINT, endpoint, told)

    def index(self, kind: ContactKind, raw: object) -> str | None:
        """The contact's index alone: enough to silence, useless for speaking."""
        normalised = self._normalise(kind, raw)
        return None if normalised is None else contact_index(self.pepper, kind, normalised)

    def identity(self, kind: ContactKind, raw: object) -> Identity | None:
        """The contact as one of the identities of an order report."""
        index = self.index(kind, raw)
        return None if index is None else Identity(kind=IdentityKind(kind.value), index=index)

    def _normalise(self, kind: ContactKind, raw: object) -> str | None:
        value = text(raw, LONGEST_ADDRESS if kind is ContactKind.PUSH_ENDPOINT else LONGEST_CONTACT)
        if value is None:
            return None
        try:
            return normalise(kind, value, self.region)
        except UnreadableContact:
            return None


def shop_cart(site_id: UUID, raw: object) -> Identity | None:
    """A shop's own cart id. It often is the session's secret, so only a digest of it travels."""
    value = text(raw, 256)
    if value is None:
        return None
    return Identity(kind=IdentityKind.CART, index=sha256(f"{site_id}|{value}".encode()).hexdigest()[:32])
