"""What a command needs of a service's environment, and no more: it listens nowhere."""

from shared.runtime.settings import PostgresSettings, ServiceSettings


class BrokerSettings(ServiceSettings):
    """The brokers."""

    metrics_port: int = 0


class DatabaseSettings(PostgresSettings):
    """The database of one service's role."""

    kafka: str = ""
    metrics_port: int = 0


class BothSettings(PostgresSettings):
    """Both."""

    metrics_port: int = 0
