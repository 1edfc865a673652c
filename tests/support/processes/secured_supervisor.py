"""``python -m tests.support.processes.secured_supervisor``: the whole of Beckon over brokers as a cluster has them.

Each service connects by TLS, as its own user, and may do what ``deploy/kubernetes/platform/kafka/users.yaml`` lists.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.kubernetes.kafka_resources import FOLDER
from deploy.local.kafka import Kafka
from deploy.local.services import Environment
from deploy.local.stack import Stack
from deploy.local.supervisor import main
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import ensure_topics
from tests.support.processes.secured_kafka import SecuredKafka, allow


class SecuredEnvironment(Environment):
    """The plain listener's address reaches no service."""

    def __init__(self, broker: SecuredKafka, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._broker = broker

    def of(self, service: str) -> dict[str, str]:
        """With the service's own user."""
        kafka = self._broker.connection_of(service)
        return super().of(service) | {
            "BECKON_KAFKA": kafka.servers,
            "BECKON_KAFKA_CA_FILE": str(kafka.ca_file),
            "BECKON_KAFKA_USERNAME": kafka.username,
            "BECKON_KAFKA_PASSWORD_FILE": str(kafka.password_file),
        }


class SecuredStack(Stack):
    """Topics and users are there before anything of ours connects, as Strimzi's operators make them."""

    def brokers(self, jars: Path) -> Sequence[Kafka]:
        """One that its clients reach by the secured listener."""
        ports, cluster_id = (self.ports.of("Kafka"), self.ports.of("Kafka controller")), self.secrets.kafka_cluster_id
        self._secured = SecuredKafka(self.folders.kafka, jars, *ports, cluster_id)
        return [self._secured]

    def servers_started(self) -> None:
        """What Strimzi's operators do."""
        operator = KafkaConnection(f"127.0.0.1:{self.ports.of('Kafka')}")
        asyncio.run(ensure_topics(operator))
        asyncio.run(allow(operator, yaml.safe_load_all((FOLDER / "users.yaml").read_text())))
        self.environment = SecuredEnvironment(self._secured, self.ports, self.secrets, self.folders, os.environ)


if __name__ == "__main__":
    sys.exit(main(SecuredStack))
