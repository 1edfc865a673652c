"""Sealed contacts and secrets: who seals cannot open, and everybody can compare.

Index: HMAC-SHA-256 under the account's pepper. Box: HPKE base mode (RFC 9180), DHKEM(X25519), HKDF-SHA256, AES-256-GCM.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.events.envelope import ContactKind, SealedContact
from shared.runtime.contacts.email_addresses import email_readings
from shared.runtime.contacts.phone_numbers import phone_readings
from shared.runtime.contacts.placeholders import is_placeholder
from shared.runtime.contacts.text import Readings

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_UNREADABLE = {
    ContactKind.PHONE: "a phone number needs its digits and, outside the shop's country, a +, and must be one mobile phone's",
    ContactKind.EMAIL: "an e-mail address needs a name, an @ and a host",
}


class UnreadableContact(ValueError):
    """Raised for a contact that is not of its kind. The message never holds the value."""


class CannotOpen(Exception):
    """Raised when no key of this reader opens the box, or it was made for another site, kind or index."""


def to_base64url(raw: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Base64url, with or without padding, as bytes."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def readings(kind: ContactKind, raw: str, region: str | None = None) -> Readings:
    """The readings of a field: E.164 for phones, lower case with an IDNA host for e-mail, trimmed NFC for anything else."""
    match kind:
        case ContactKind.PHONE:
            return phone_readings(raw, region)
        case ContactKind.EMAIL:
            return email_readings(raw)
        case ContactKind.CUSTOMER:
            number = _trimmed(raw)
            return Readings(None, ()) if number is None or is_placeholder(number) else Readings(number, (number,))
        case _:
            trimmed = _trimmed(raw)
            return Readings(trimmed, () if trimmed is None else (trimmed,))


def normalise(kind: ContactKind, raw: str, region: str | None = None) -> str:
    """The one spelling of a contact to which messages may go.

    Raises:
        UnreadableContact: it cannot be a contact of that kind, or it may be several.
    """
    sure = readings(kind, raw, region).sure
    if sure is None:
        raise UnreadableContact(
            _UNREADABLE.get(kind, f"a {kind.value} needs between 1 and 2,048 characters, and must name somebody")
        )
    return sure


def _trimmed(raw: str) -> str | None:
    trimmed = unicodedata.normalize("NFC", raw.strip())
    return trimmed if trimmed and len(trimmed) <= 2048 else None


@dataclass(frozen=True)
class Pepper:
    """An account's key for indexes: without it an index names nobody."""

    pepper_id: str
    key: bytes = field(repr=False)


def contact_index(pepper: Pepper, kind: ContactKind, normalised: str) -> str:
    """``i1.<pepper id>.<22 characters>``: 128 bits of HMAC-SHA-256 over ``kind|contact``."""
    digest = hmac.digest(pepper.key, f"{kind.value}|{normalised}".encode(), hashlib.sha256)
    return f"i1.{pepper.pepper_id}.{to_base64url(digest[:16])}"


@dataclass(frozen=True)
class ReaderPublicKey:
    """Seals for one reader."""

    key_id: str
    key: X25519PublicKey = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "ReaderPublicKey":
        """Read ``key id:base64url``."""
        key_id, _, raw = text.partition(":")
        return cls(key_id, X25519PublicKey.from_public_bytes(from_base64url(raw)))

    def seal(self, plaintext: bytes, info: str) -> str:
        """``h1.<key id>.<base64url>``, bound to ``info``."""
        return f"h1.{self.key_id}.{to_base64url(SUITE.encrypt(plaintext, self.key, info.encode()))}"


@dataclass(frozen=True)
class ReaderKeys:
    """Opens what was sealed for this reader; several keys while one is being replaced."""

    keys: dict[str, X25519PrivateKey] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "ReaderKeys":
        """Read ``key id:base64url[,key id:base64url]``."""
        pairs = (part.strip().partition(":") for part in text.split(","))
        return cls({key_id: X25519PrivateKey.from_private_bytes(from_base64url(raw)) for key_id, _, raw in pairs})

    def public_key(self) -> ReaderPublicKey:
        """The newest key's public half: what this reader seals for itself."""
        key_id, key = next(iter(self.keys.items()))
        return ReaderPublicKey(key_id, key.public_key())

    def open(self, box: str, info: str) -> bytes:
        """Open a box. Raises ``CannotOpen``."""
        version, _, rest = box.partition(".")
        key_id, _, sealed = rest.partition(".")
        if version != "h1":
            raise CannotOpen("this is no box, or one of a version that is not known here")
        if (key := self.keys.get(key_id)) is None:
            raise CannotOpen("no key of this reader has that id")
        try:
            return SUITE.decrypt(from_base64url(sealed), key, info.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen("the box was made for another key, site, kind or index") from None


def _contact_info(site_id: UUID, kind: ContactKind, index: str) -> str:
    return f"beckon/contact/v1|{site_id}|{kind.value}|{index}"


def seal_contact(
    reader: ReaderPublicKey, pepper: Pepper, site_id: UUID, kind: ContactKind, normalised: str, sealed: str | None = None
) -> SealedContact:
    """Seal a contact for notify, bound to its site, kind and index.

    ``sealed`` is what notify gets to read where that is more than what is compared: a push endpoint with its keys.
    """
    index = contact_index(pepper, kind, normalised)
    box = reader.seal((sealed or normalised).encode(), _contact_info(site_id, kind, index))
    return SealedContact(kind=kind, index=index, box=box)


def open_contact(keys: ReaderKeys, site_id: UUID, contact: SealedContact) -> str:
    """The contact itself. Raises ``CannotOpen``."""
    return keys.open(contact.box, _contact_info(site_id, contact.kind, contact.index)).decode()


def reply_name(reply_id: UUID) -> str:
    """The name that a reply's box is bound to, for ``seal_secret``: notify seals it and the console opens it."""
    return f"reply-{reply_id}"


def seal_secret(reader: ReaderPublicKey, site_id: UUID, name: str, plaintext: bytes) -> str:
    """Box a secret of a site for exactly one reader."""
    return reader.seal(plaintext, f"beckon/secret/v1|{site_id}|{name}")


def open_secret(keys: ReaderKeys, site_id: UUID, name: str, box: str) -> bytes:
    """The secret itself. Raises ``CannotOpen``."""
    return keys.open(box, f"beckon/secret/v1|{site_id}|{name}")
