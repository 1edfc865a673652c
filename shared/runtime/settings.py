"""The environment of a process, read once into a frozen object."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from shared.runtime.http.client_address import NO_PROXIES, TrustedProxiesSetting
from shared.runtime.http.limits import HttpLimits
from shared.runtime.kafka.connection_settings import KafkaSettings
from shared.runtime.security.setting_rules import fault_of_address, fault_of_dsn, has_password_in_query, is_weak
from shared.runtime.setting_names import PREFIX

ADDRESSES = ("public_ingest", "public_notify", "public_console")


class Profile(StrEnum):
    """Where a process runs. Only the demo may do what is unsafe elsewhere."""

    DEMO = "demo"
    PRODUCTION = "production"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads ``BECKON_X`` from the file that ``BECKON_X_FILE`` names, for secrets that are mounted and not exported."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the field's file without its last line break, or None."""
        path = os.environ.get(f"{PREFIX}{field_name.upper()}_FILE")
        return None if path is None else Path(path).read_text().rstrip("\r\n"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every field for which there is a file."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class ServiceSettings(KafkaSettings):
    """The settings of every service. A service adds its own fields in a subclass (``postgres``, keys, …).

    A value in the environment wins over one in a file. Outside the demo a weak secret refuses to start.
    """

    needs: ClassVar[frozenset[str]] = frozenset()
    """The public addresses without which this service gives away links that lead nowhere."""

    profile: Profile = Profile.PRODUCTION
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=0, ge=0, le=65_535)
    drain_seconds: float = Field(default=5, ge=0, le=300)
    trusted_proxies: TrustedProxiesSetting = NO_PROXIES
    most_connections: int = Field(default=4096, ge=16)
    most_connections_per_client: int = Field(default=512, ge=4)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(ge=0, le=65_535)
    log_level: str = "INFO"
    public_ingest: str = ""
    public_notify: str = ""
    public_console: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """No ``.env`` files: what a process runs with is what its supervisor gave it."""
        return init_settings, env_settings, SecretFiles(settings_cls)

    @property
    def http_limits(self) -> HttpLimits:
        """The limits of the public port."""
        return HttpLimits(connections=self.most_connections, connections_per_client=self.most_connections_per_client)

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if self.profile is Profile.PRODUCTION and (faults := self._faults_in_production()):
            raise ValueError("\n".join(faults))
        return self

    def _faults_in_production(self) -> list[str]:
        """One line for each setting with which a service must not start outside the demo."""
        weak = [_name(name) for name, secret in self._secrets() if is_weak(secret)]
        addresses = {name: getattr(self, name) for name in ADDRESSES}
        faults = {name: fault_of_address(address) for name, address in addresses.items() if address or name in self.needs}
        return [f"{name} is too weak outside the demo" for name in sorted(weak)] + [
            f"{_name(name)} {fault}" for name, fault in faults.items() if fault is not None
        ]

    def _secrets(self) -> list[tuple[str, str]]:
        values = [(name, getattr(self, name)) for name in type(self).model_fields]
        return [(name, value.get_secret_value()) for name, value in values if isinstance(value, SecretStr)]


class PostgresSettings(ServiceSettings):
    """The settings of a service that has a schema: the DSN of its own role, and no other."""

    postgres: SecretStr

    @field_validator("postgres")
    @classmethod
    def _postgres_can_be_reached_so(cls, postgres: SecretStr) -> SecretStr:
        if fault := fault_of_dsn(postgres.get_secret_value()):
            raise ValueError(fault)
        return postgres

    @property
    def postgres_file(self) -> Path | None:
        """The file that the DSN was read from, which holds another when the role's password is renewed; None without one."""
        path = None if os.environ.get(f"{PREFIX}POSTGRES") else os.environ.get(f"{PREFIX}POSTGRES_FILE")
        return None if path is None else Path(path)

    def _faults_in_production(self) -> list[str]:
        shown = has_password_in_query(self.postgres.get_secret_value())
        fault = "BECKON_POSTGRES has a password in its query: give it before the @, or in a file"
        return super()._faults_in_production() + ([fault] if shown else [])


class DatabaseCommandSettings(PostgresSettings):
    """What a command of the operator needs where it asks the database alone: no broker and no port."""

    kafka: str = ""
    metrics_port: int = 0


def _name(field: str) -> str:
    return f"{PREFIX}{field.upper()}"
