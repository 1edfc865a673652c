"""``python -m tests.support.processes.three_brokers_supervisor``: the whole of Beckon over three brokers instead of one."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.local.kafka import Kafka
from deploy.local.services import Environment
from deploy.local.stack import Stack
from deploy.local.supervisor import main
from deploy.local.units import Unit

BEYOND_OURS = 30
"""From here on no port of a range is any other process's."""

REPLICATED = """
node.id={number}
controller.quorum.voters={voters}
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
"""


class Node(Kafka):
    """One of three brokers that are controllers too. ``number`` counts from 1."""

    number = 1
    voters = ""

    def settings(self) -> str:
        """Later lines of a file of properties win; a quorum is known by its voters or found by its servers."""
        lines = super().settings().splitlines()
        alone = [line for line in lines if not line.startswith("controller.quorum.bootstrap.servers")]
        return "\n".join(alone) + REPLICATED.format(number=self.number, voters=self.voters)

    def format_arguments(self) -> tuple[str, ...]:
        """Nothing: the voters stand in the settings."""
        return ()

    def unit(self) -> Unit:
        """The broker as a process of its own name; the first is called as a single one is."""
        return replace(super().unit(), name="kafka" if self.number == 1 else f"kafka-{self.number}")


class ThreeBrokersEnvironment(Environment):
    """Every service knows all three."""

    def of(self, service: str) -> dict[str, str]:
        """With three addresses."""
        ports = [self._ports.of("Kafka"), *(port_of(self._ports.base, number) for number in (2, 3))]
        return super().of(service) | {"BECKON_KAFKA": ",".join(f"127.0.0.1:{port}" for port in ports)}


class ThreeBrokersStack(Stack):
    """Three brokers instead of one; a write is acknowledged once two have it."""

    def brokers(self, jars: Path) -> Sequence[Kafka]:
        """None is prepared yet."""
        nodes = [self._node(number, jars) for number in (1, 2, 3)]
        voters = ",".join(f"{node.number}@127.0.0.1:{controller_of(self, node.number)}" for node in nodes)
        for node in nodes:
            node.voters = voters
        return nodes

    def _node(self, number: int, jars: Path) -> Node:
        folder = self.folders.kafka / str(number)
        folder.mkdir(exist_ok=True)
        port = self.ports.of("Kafka") if number == 1 else port_of(self.ports.base, number)
        node = Node(folder, jars, port, controller_of(self, number), self.secrets.kafka_cluster_id)
        node.number = number
        return node

    def servers_started(self) -> None:
        """The services are given all addresses."""
        self.environment = ThreeBrokersEnvironment(self.ports, self.secrets, self.folders, os.environ)


def port_of(base: int, number: int) -> int:
    """The port of the second or third broker."""
    return base + BEYOND_OURS + number


def controller_of(stack: Any, number: int) -> int:
    """The port of a broker's controller."""
    own: int = stack.ports.of("Kafka controller")
    return own if number == 1 else port_of(stack.ports.base, number) + 5


if __name__ == "__main__":
    sys.exit(main(ThreeBrokersStack))
