"""What a command needs of a service's environment, and no more: it listens nowhere."""

from shared.runtime.settings import PostgresSettings, ServiceSettings


class BrokerSettings(ServiceSettings):
    """The brokers."""

    metrics_port: int = 0


class BothSettings(PostgresSettings):
    """The brokers, and the database of one service's role."""

    metrics_port: int = 0
