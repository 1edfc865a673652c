"""The environment of ingest."""

from typing import ClassVar

from pydantic import Field

from shared.runtime.security.key_settings import PublicKeyText, ReaderKeysText
from shared.runtime.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """No database: what ingest knows it reads from Kafka."""

    needs: ClassVar[frozenset[str]] = frozenset({"public_ingest", "public_notify"})

    reader_keys: ReaderKeysText
    notify_public_key: PublicKeyText
    site_events_per_second: float = Field(default=1000, gt=0)
    client_events_per_second: float = Field(default=50, gt=0)
    client_orders_per_second: float = Field(default=50, gt=0)
    unsigned_orders_per_minute: int = Field(default=120, gt=0)
    most_waiting_records: int = Field(default=20_000, gt=0)
