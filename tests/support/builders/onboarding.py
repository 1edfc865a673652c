"""A shop as its merchant's form made it, with keys of the services that read its secrets."""

from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.onboarding.shop.push_keys import new_push_keys
from services.onboarding.shop.sites import Fault, Readers, new_site
from shared.events.settings import SiteConfigured
from shared.runtime.security.sealing import Pepper, ReaderPublicKey

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = UUID("0198f0aa-0000-7000-8000-000000000001")
ACCOUNT = UUID("0198f0aa-0000-7000-8000-000000000002")
NOTIFY, INGEST, SOURCES = (X25519PrivateKey.generate() for _ in range(3))
READERS = Readers(
    ReaderPublicKey("n1", NOTIFY.public_key()),
    ReaderPublicKey("g1", INGEST.public_key()),
    ReaderPublicKey("s1", SOURCES.public_key()),
)
PEPPER = Pepper("p1", b"\x07" * 32)
PUSH_KEYS = new_push_keys()
FORM = {"name": "Harbor & Vine", "host": "https://Shop.Example/cart", "back_office_hosts": "office.example"}


def a_site() -> SiteConfigured:
    """A shop in test mode, as its form made it."""
    made = new_site(FORM, ACCOUNT, SITE, "bk_0123456789abcdef", PEPPER, PUSH_KEYS, READERS, NOON)
    assert isinstance(made, SiteConfigured)
    return made


def faults_of(outcome: SiteConfigured | list[Fault]) -> set[str]:
    """The fields that a form was refused for."""
    assert isinstance(outcome, list), "it should have been refused"
    return {fault.field for fault in outcome}
