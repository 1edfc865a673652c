"""Topics are made from the catalogue and never changed; a service does not start on others."""

import asyncio
import re

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from shared.events.catalogue import TOPICS
from shared.runtime.kafka import topics as module
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import TopicsDiffer, describe_cluster, ensure_topics, verify_topics, wait_for_topics
from tests.integration.runtime.bench import DEAD_LETTERS, TOPIC, remove_topics


async def make(kafka: str, name: str, partitions: int, policy: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, partitions, 1, topic_configs={"cleanup.policy": policy})])
    await admin.close()


async def test_what_is_missing_is_made_and_doing_it_again_changes_nothing(kafka: str) -> None:
    await remove_topics(kafka, TOPIC, DEAD_LETTERS)

    await ensure_topics(KafkaConnection(kafka))
    once = await describe_cluster(KafkaConnection(kafka))
    await ensure_topics(KafkaConnection(kafka))

    assert await describe_cluster(KafkaConnection(kafka)) == once == await verify_topics(KafkaConnection(kafka))
    assert {name: once.partitions[name] for name in TOPICS} == {name: topic.partitions for name, topic in TOPICS.items()}
    assert once.cleanup["site-settings"] == "compact"


async def test_who_comes_before_the_topics_waits_for_them_and_names_them(kafka: str) -> None:
    await ensure_topics(KafkaConnection(kafka))
    await remove_topics(kafka, TOPIC, DEAD_LETTERS)
    reported: asyncio.Queue[str] = asyncio.Queue()

    waiting = asyncio.create_task(wait_for_topics(KafkaConnection(kafka), reported.put_nowait))
    named = await asyncio.wait_for(reported.get(), 30)
    assert not waiting.done()
    await ensure_topics(KafkaConnection(kafka))

    assert {TOPIC, DEAD_LETTERS} <= set(re.findall(r"[a-z-]+", named))
    assert (await asyncio.wait_for(waiting, 30)).partitions[TOPIC] == TOPICS[TOPIC].partitions


@pytest.mark.parametrize(("partitions", "policy"), [(7, "delete"), (4, "compact")])
async def test_a_topic_that_differs_is_refused_and_left_as_it_is(
    kafka: str, partitions: int, policy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SETTLING_SECONDS", 0.5)
    await ensure_topics(KafkaConnection(kafka))
    await remove_topics(kafka, TOPIC)
    await make(kafka, TOPIC, partitions, policy)

    with pytest.raises(TopicsDiffer) as refusal:
        await ensure_topics(KafkaConnection(kafka))

    assert TOPIC in str(refusal.value)
    assert (await describe_cluster(KafkaConnection(kafka))).partitions[TOPIC] == partitions
    await remove_topics(kafka, TOPIC)
    await ensure_topics(KafkaConnection(kafka))
