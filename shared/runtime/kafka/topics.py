"""The catalogue's topics on the broker, made by ``beckon topics``: services wait for them, and end where they differ."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, NoError, TopicAlreadyExistsError, for_code

from shared.events.catalogue import DEAD_LETTER_RETENTION_MS, TOPICS, Topic
from shared.runtime.kafka.connection import KafkaConnection

CLUSTER_COPIES = 3
COMMON_SETTINGS = {"unclean.leader.election.enable": "false", "message.timestamp.type": "LogAppendTime"}
DEAD_LETTER_PARTITIONS = 1
SETTLING_SECONDS = 10.0
PAUSE_SECONDS = 0.5

log = structlog.get_logger("topics")


class TopicsDiffer(Exception):
    """Raised when the broker's topics are not the catalogue's. The message names what differs and what to do."""


@dataclass(frozen=True)
class Cluster:
    """What a broker reports of itself."""

    cluster_id: str
    brokers: int
    partitions: dict[str, int]
    cleanup: dict[str, str]


async def describe_cluster(kafka: KafkaConnection) -> Cluster:
    """Ask until Kafka answers, for 30 s at most."""
    deadline = time.monotonic() + 30
    while True:
        admin = kafka.admin()
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
            topics = await admin.describe_topics()
            found = {topic["topic"]: len(topic["partitions"]) for topic in topics}
            return Cluster(cluster["cluster_id"], len(cluster["brokers"]), found, await _cleanup_policies(admin, found))
        except (KafkaError, OSError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.3)
        finally:
            await admin.close()


async def _cleanup_policies(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, str]:
    ours = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names if name in TOPICS]
    if not ours:
        return {}
    found: dict[str, str] = {}
    for answer in await admin.describe_configs(ours):
        for _, _, _, name, entries in answer.resources:
            # A broker that has not heard of a new topic yet names no settings; whoever compares asks again.
            found[name] = next((value for key, value, *_ in entries if key == "cleanup.policy"), "")
    return found


async def missing_topics(kafka: KafkaConnection) -> list[NewTopic]:
    """The catalogue's topics that the brokers do not have, as they are to be made."""
    cluster = await describe_cluster(kafka)
    copies = min(CLUSTER_COPIES, cluster.brokers)
    wanted = [new for topic in TOPICS.values() for new in _new_topics(topic, copies)]
    return [new for new in wanted if new.name not in cluster.partitions]


async def create_topics(kafka: KafkaConnection, missing: Sequence[NewTopic]) -> None:
    """Make them; what another has made meanwhile stays as it is.

    Raises:
        TopicsDiffer: the brokers refuse.
    """
    admin = kafka.admin()
    await admin.start()
    try:
        for new in missing:
            answer = await admin.create_topics([new])
            for name, code, *reason in answer.topic_errors:
                error = for_code(code)
                if error not in (NoError, TopicAlreadyExistsError):
                    raise TopicsDiffer(f"{name} could not be made: {error.__name__}, {reason[0] if reason else code}")
    finally:
        await admin.close()


async def ensure_topics(kafka: KafkaConnection) -> None:
    """Make what is missing. Nothing that exists is changed: another partition count is a migration, not a setting.

    Raises:
        TopicsDiffer: what exists is not as the catalogue has it.
    """
    await create_topics(kafka, await missing_topics(kafka))
    await verify_topics(kafka)


def _new_topics(topic: Topic, copies: int) -> list[NewTopic]:
    common = {"min.insync.replicas": str(max(1, copies - 1)), **COMMON_SETTINGS}
    kept = {"cleanup.policy": "compact"} if topic.compacted else {"retention.ms": str(topic.retention_ms)}
    dead = {"retention.ms": str(DEAD_LETTER_RETENTION_MS)}
    return [
        NewTopic(topic.name, topic.partitions, copies, topic_configs=common | kept),
        NewTopic(topic.dead_letters, DEAD_LETTER_PARTITIONS, copies, topic_configs=common | dead),
    ]


async def verify_topics(kafka: KafkaConnection) -> Cluster:
    """Describe the cluster if its topics are the catalogue's.

    Raises:
        TopicsDiffer: one is missing, has another number of partitions, or forgets in another way.
    """
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        cluster = await describe_cluster(kafka)
        wrong = [each for topic in TOPICS.values() for each in _differences(topic, cluster)]
        if not wrong:
            return cluster
        if time.monotonic() > deadline:  # a topic just made is not on every broker at once
            raise TopicsDiffer("; ".join(wrong) + ". Make them with: beckon topics")
        await asyncio.sleep(0.3)


async def wait_for_topics(kafka: KafkaConnection, report: Callable[[str], None]) -> Cluster:
    """Describe the cluster once it has every topic of the catalogue. ``report`` gets what is missing, each time anew.

    Raises:
        TopicsDiffer: one is there and is not as the catalogue has it.
    """
    reported = None
    while missing := [new.name for new in await missing_topics(kafka)]:
        if (cause := f"no topic {', '.join(missing)}: made by beckon topics") != reported:
            log.warning("topics_missing", cause=cause)
            report(cause)
            reported = cause
        await asyncio.sleep(PAUSE_SECONDS)
    return await verify_topics(kafka)


def _differences(topic: Topic, cluster: Cluster) -> list[str]:
    """In a compacted topic a site's events would eat each other; settings that expire would end every site."""
    if topic.name not in cluster.partitions:
        return [f"{topic.name} is missing"]
    wrong = []
    if (found := cluster.partitions[topic.name]) != topic.partitions:
        wrong.append(f"{topic.name} has {found} partitions and needs {topic.partitions}")
    wanted = "compact" if topic.compacted else "delete"
    if (policy := cluster.cleanup.get(topic.name)) != wanted:
        wrong.append(f"{topic.name} has cleanup.policy {policy} and needs {wanted}")
    if topic.dead_letters not in cluster.partitions:
        wrong.append(f"{topic.dead_letters} is missing")
    return wrong
