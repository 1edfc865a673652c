"""What a command needs of its environment, and no more: it listens nowhere."""

from pydantic import SecretStr, field_validator

from shared.runtime.security.key_settings import PublicKeyText, ReaderKeysText
from shared.runtime.security.setting_rules import fault_of_dsn
from shared.runtime.service import read_settings
from shared.runtime.settings import ServiceSettings

DATABASES = ("postgres", "sources_postgres", "orders_postgres", "notify_postgres", "onboarding_postgres", "scratch_postgres")


class BrokerSettings(ServiceSettings):
    """The brokers."""

    metrics_port: int = 0


class OperatorSettings(ServiceSettings):
    """Whatever the environment reaches. ``postgres`` stands for each service whose schema its role may read."""

    kafka: str = ""
    metrics_port: int = 0
    postgres: SecretStr | None = None
    sources_postgres: SecretStr | None = None
    orders_postgres: SecretStr | None = None
    notify_postgres: SecretStr | None = None
    onboarding_postgres: SecretStr | None = None
    scratch_postgres: SecretStr | None = None
    ingest_metrics: str = ""

    @field_validator(*DATABASES)
    @classmethod
    def _databases_can_be_reached_so(cls, dsn: SecretStr | None) -> SecretStr | None:
        if dsn is not None and (fault := fault_of_dsn(dsn.get_secret_value())):
            raise ValueError(fault)
        return dsn


class KeySettings(ServiceSettings):
    """The keys that this environment has, of whichever service it is."""

    kafka: str = ""
    metrics_port: int = 0
    reader_keys: ReaderKeysText | None = None
    link_key: SecretStr | None = None
    notify_public_key: PublicKeyText | None = None
    ingest_public_key: PublicKeyText | None = None
    console_public_key: PublicKeyText | None = None
    sources_public_key: PublicKeyText | None = None


def operator_settings() -> OperatorSettings:
    """Read the environment; a wrong one ends the process with code 2 and a line for each fault."""
    settings: OperatorSettings = read_settings(OperatorSettings)
    return settings
