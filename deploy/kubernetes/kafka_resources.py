"""``python -m deploy.kubernetes.kafka_resources`` writes the topics and users of Strimzi from the catalogue of topics.

A user may do what its service does and no more: write what it owns, read what it reads, set aside what it could not read,
see that every topic is as the catalogue has it, and how far every service has come: ``beckon lag`` runs beside any of them.
"""

from pathlib import Path
from typing import Any

import yaml

from shared.events.catalogue import DEAD_LETTER_RETENTION_MS, SERVICES, TOPICS, Service, Topic
from shared.runtime.kafka.topics import CLUSTER_COPIES, COMMON_SETTINGS, DEAD_LETTER_PARTITIONS

FOLDER = Path(__file__).parent / "platform" / "kafka"
CLUSTER = {"strimzi.io/cluster": "beckon"}
GROUPS = tuple(name for name in SERVICES if name != "ingest")
HEADER = "# Written by make manifests from shared/events/catalogue.py; a test holds them equal.\n"


def topic_resources() -> list[dict[str, Any]]:
    """A ``KafkaTopic`` for each topic of the catalogue, and one for its dead letters."""
    return [each for topic in TOPICS.values() for each in (_topic(topic), _dead_letters(topic))]


def _topic(topic: Topic) -> dict[str, Any]:
    kept = {"cleanup.policy": "compact"} if topic.compacted else {"retention.ms": topic.retention_ms}
    return _resource("KafkaTopic", topic.name, _topic_spec(topic.partitions, kept))


def _dead_letters(topic: Topic) -> dict[str, Any]:
    kept = {"retention.ms": DEAD_LETTER_RETENTION_MS}
    return _resource("KafkaTopic", topic.dead_letters, _topic_spec(DEAD_LETTER_PARTITIONS, kept))


def _topic_spec(partitions: int, kept: dict[str, Any]) -> dict[str, Any]:
    config = {"min.insync.replicas": CLUSTER_COPIES - 1, **COMMON_SETTINGS, **kept}
    return {"partitions": partitions, "replicas": CLUSTER_COPIES, "config": config}


def user_resources() -> list[dict[str, Any]]:
    """A ``KafkaUser`` for each service and one for the operator, with SCRAM-SHA-512."""
    return [*(_user(service) for service in SERVICES), _operator()]


def _operator() -> dict[str, Any]:
    """Reads, replays and discards any record, and stops all sending; makes no topic and sets no offset."""
    names = [name for topic in TOPICS.values() for name in _names(topic)]
    acls = [
        *(_acl("topic", name, "Describe", "DescribeConfigs", "Read", "Write") for name in names),
        *(_acl("group", name, "Describe") for name in GROUPS),
    ]
    return _user_resource("operator", acls)


def _user(service: Service) -> dict[str, Any]:
    written = [topic.name for topic in TOPICS.values() if service == topic.owner or service in topic.more_writers]
    read = [topic for topic in TOPICS.values() if service in topic.readers]
    acls = [
        *(_acl("topic", name, "Describe", "DescribeConfigs") for topic in TOPICS.values() for name in _names(topic)),
        *(_acl("topic", name, "Write") for name in (*written, *(topic.dead_letters for topic in read))),
        *(_acl("topic", topic.name, "Read") for topic in read),
        *(_acl("group", name, "Describe") for name in GROUPS),
        *(_acl("group", name, "Read") for name in GROUPS if name == service),
    ]
    return _user_resource(service, acls)


def _user_resource(name: str, acls: list[dict[str, Any]]) -> dict[str, Any]:
    spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
    return _resource("KafkaUser", name, spec)


def _names(topic: Topic) -> tuple[str, str]:
    return topic.name, topic.dead_letters


def _acl(kind: str, name: str, *operations: str) -> dict[str, Any]:
    return {"resource": {"type": kind, "name": name, "patternType": "literal"}, "operations": list(operations)}


def _resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "kafka.strimzi.io/v1", "kind": kind, "metadata": {"name": name, "labels": CLUSTER}, "spec": spec}


def rendered() -> dict[str, str]:
    """The files of ``platform/kafka`` that this module writes, name to text."""
    resources = {"topics.yaml": topic_resources(), "users.yaml": user_resources()}
    return {name: HEADER + yaml.safe_dump_all(each, sort_keys=False) for name, each in resources.items()}


if __name__ == "__main__":
    for name, text in rendered().items():
        (FOLDER / name).write_text(text)
