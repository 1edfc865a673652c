"""A shop with a connected Nexternal account, and the keys that open what it holds."""

import json
from datetime import UTC, datetime
from uuid import UUID

from shared.events.settings import Secret, SiteConfigured
from shared.runtime.security.sealing import ReaderKeys, seal_secret, to_base64url
from tests.support.builders.ingest import INGEST_KEYS, SITE, public_half, site_settings

SOURCES_KEYS = ReaderKeys.parse(f"s1:{to_base64url(b's' * 32)}")
READER_KEYS = f"g1:{to_base64url(b'g' * 32)},s1:{to_base64url(b's' * 32)}"
BOTH_KEYS = ReaderKeys({**INGEST_KEYS.keys, **SOURCES_KEYS.keys})
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET_KEY = "the-active-key-of-the-xml-test"


def connected(revision: int = 1, site_id: UUID = SITE, **credentials: str) -> SiteConfigured:
    """The settings of a shop whose Nexternal account is connected."""
    given = credentials or {"account": "harbor", "key": SECRET_KEY}
    box = seal_secret(public_half(SOURCES_KEYS), site_id, "nexternal", json.dumps(given).encode())
    site = site_settings(site_id=site_id, revision=revision)
    secrets = (*site.secrets, Secret(name="nexternal", reader="sources", box=box))
    return site.model_copy(update={"secrets": secrets, "has_order_source": True})
