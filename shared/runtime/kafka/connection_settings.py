"""The settings by which a process reaches its brokers."""

import re
import ssl
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.setting_names import PREFIX

_HOST = r"[^\s,:/]{1,253}:\d{1,5}"
_SERVERS = re.compile(rf"^(?:{_HOST}(?:,{_HOST}){{0,99}}|\[[0-9a-fA-F:]{{2,45}}\]:\d{{1,5}})$")


class KafkaSettings(BaseSettings):
    """Brokers as ``host:port``, separated by commas; TLS where there is a CA file, SCRAM-SHA-512 where there is a user name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    kafka: str = Field(pattern=_SERVERS)
    kafka_ca_file: Path | None = None
    kafka_cert_file: Path | None = None
    kafka_key_file: Path | None = None
    kafka_username: str = ""
    kafka_password_file: Path | None = None

    @property
    def kafka_connection(self) -> KafkaConnection:
        """What builds the clients."""
        return KafkaConnection(
            self.kafka,
            self.kafka_ca_file,
            self.kafka_cert_file,
            self.kafka_key_file,
            self.kafka_username,
            self.kafka_password_file,
        )

    @model_validator(mode="after")
    def _kafka_can_be_reached_so(self) -> Self:
        if fault := self._fault_of_kafka():
            raise ValueError(fault)
        return self

    def _fault_of_kafka(self) -> str | None:
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            return f"{PREFIX}KAFKA_CERT_FILE and {PREFIX}KAFKA_KEY_FILE belong together: give both or none"
        if self.kafka_cert_file is not None and self.kafka_ca_file is None:
            return f"{PREFIX}KAFKA_CA_FILE is missing: a certificate is shown over TLS alone"
        if (self.kafka_username == "") != (self.kafka_password_file is None):
            return f"{PREFIX}KAFKA_USERNAME and {PREFIX}KAFKA_PASSWORD_FILE belong together: give both or none"
        for name in ("kafka_ca_file", "kafka_cert_file", "kafka_key_file", "kafka_password_file"):
            if (path := getattr(self, name)) is not None and (fault := _unreadable(path)):
                return f"{PREFIX}{name.upper()}: {fault}"
        try:
            self.kafka_connection.tls()
        except ssl.SSLError:
            return (
                f"{PREFIX}KAFKA_CA_FILE, {PREFIX}KAFKA_CERT_FILE or {PREFIX}KAFKA_KEY_FILE is no PEM file, or they do not match"
            )
        return None


def _unreadable(path: Path) -> str | None:
    try:
        return None if path.read_bytes().strip() else f"{path} is empty"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
