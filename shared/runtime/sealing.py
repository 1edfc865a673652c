"""Sealed contacts and secrets: who seals cannot open, and everybody can compare.

Index: HMAC-SHA-256 under the account's pepper. Box: HPKE base mode (RFC 9180), DHKEM(X25519), HKDF-SHA256, AES-256-GCM.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from uuid import UUID

import phonenumbers
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from shared.events.envelope import ContactKind, SealedContact

SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_REACHABLE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


class UnreadableContact(ValueError):
    """It is not what its kind says. The message never holds the value."""


class CannotOpen(Exception):
    """No key of this reader opens the box, or it was made for another site, kind or index."""


def to_base64url(raw: bytes) -> str:
    """Without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """With or without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def normalise(kind: ContactKind, raw: str, region: str | None = None) -> str:
    """One spelling for each contact: E.164 for phones, trimmed lower-case NFC with an IDNA host for e-mail.

    Raises:
        UnreadableContact: it cannot be a contact of that kind.
    """
    match kind:
        case ContactKind.PHONE:
            return _phone(raw, region)
        case ContactKind.EMAIL:
            return _email(raw)
        case _:
            trimmed = unicodedata.normalize("NFC", raw.strip())
            if not trimmed or len(trimmed) > 2048:
                raise UnreadableContact(f"a {kind.value} needs between 1 and 2,048 characters")
            return trimmed


def _phone(raw: str, region: str | None) -> str:
    try:
        number = phonenumbers.parse(raw[:64], region)
    except phonenumbers.NumberParseException:
        raise UnreadableContact("a phone number needs its digits and, outside the shop's country, a +") from None
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in _REACHABLE:
        raise UnreadableContact("this number cannot be a mobile phone's")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(raw: str) -> str:
    text = unicodedata.normalize("NFC", raw.strip()).lower()
    local, at, host = text.rpartition("@")
    if not at or not local or not host or "@" in local or len(text) > 254 or any(c.isspace() or ord(c) < 32 for c in text):
        raise UnreadableContact("an e-mail address needs a name, an @ and a host")
    try:
        return f"{local}@{host.encode('idna').decode()}"
    except UnicodeError:
        raise UnreadableContact("the host of this e-mail address cannot be read") from None


@dataclass(frozen=True)
class Pepper:
    """An account's key for indexes: without it nobody can tell whose index one is."""

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


def seal_secret(reader: ReaderPublicKey, site_id: UUID, name: str, plaintext: bytes) -> str:
    """Box a secret of a site for exactly one reader."""
    return reader.seal(plaintext, f"beckon/secret/v1|{site_id}|{name}")


def open_secret(keys: ReaderKeys, site_id: UUID, name: str, box: str) -> bytes:
    """The secret itself. Raises ``CannotOpen``."""
    return keys.open(box, f"beckon/secret/v1|{site_id}|{name}")
