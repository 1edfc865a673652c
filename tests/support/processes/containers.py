"""PostgreSQL and Kafka in containers, where a Docker engine answers. Imported only then: the library costs a second."""

import atexit

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

# The library's own Kafka container knows another vendor's image alone. This one reads a setting `a.b` from `KAFKA_A_B`.
KAFKA = {
    "KAFKA_NODE_ID": "1",
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
    "KAFKA_LISTENERS": "OUTSIDE://:9092,INSIDE://localhost:9094,CONTROLLER://localhost:9093",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "OUTSIDE:PLAINTEXT,INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
}


def start_postgres() -> str:
    """The superuser's DSN of a server that ends with this process."""
    container = PostgresContainer("postgres:17", username="beckon", dbname="postgres", driver=None)
    container.start()
    atexit.register(container.stop)
    return str(container.get_connection_url())


def start_kafka(port: int) -> str:
    """The address of a broker that ends with this process; what it announces to clients must be known before it starts."""
    container = DockerContainer("apache/kafka:4.3.1").with_bind_ports(9092, port).with_envs(**kafka_settings(port))
    container.waiting_for(LogMessageWaitStrategy("Kafka Server started"))
    container.start()
    atexit.register(container.stop)
    return f"127.0.0.1:{port}"


def kafka_settings(port: int) -> dict[str, str]:
    """The environment of a broker that its clients reach on this port of our side."""
    return KAFKA | {"KAFKA_ADVERTISED_LISTENERS": f"OUTSIDE://127.0.0.1:{port},INSIDE://localhost:9094"}
