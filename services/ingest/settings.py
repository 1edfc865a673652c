"""The environment of ingest."""

from pydantic import Field, SecretStr

from shared.runtime.settings import ServiceSettings


class IngestSettings(ServiceSettings):
    """No database: what ingest knows it reads from Kafka."""

    reader_keys: SecretStr
    notify_public_key: str
    site_events_per_second: float = Field(default=1000, gt=0)
    client_events_per_second: float = Field(default=50, gt=0)
    client_orders_per_second: float = Field(default=50, gt=0)
    unsigned_orders_per_minute: int = Field(default=120, gt=0)
    most_waiting_records: int = Field(default=20_000, gt=0)
