"""Brokers as clusters have them: TLS, a user for each service, and an authorizer that allows what the manifests list."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError

from deploy.kubernetes.kafka_resources import FOLDER
from shared.events.catalogue import SERVICES, TOPICS, Service
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.producer import create_producer
from shared.runtime.kafka.topics import TopicsDiffer, ensure_topics, verify_topics
from tests.support.processes.secured_kafka import SecuredKafka, a_secured_kafka, allow, refusals_in

USERS = tuple(yaml.safe_load_all((FOLDER / "users.yaml").read_text()))
MARKING = ("orders", "storefront-events")
"""A service that writes into a topic of another: its barriers go where the orders are."""


@pytest.fixture(scope="module")
def broker() -> Iterator[SecuredKafka]:
    with a_secured_kafka() as broker:
        yield broker


async def may_write(kafka: KafkaConnection, topic: str) -> bool:
    producer = await create_producer(kafka)
    try:
        await producer.send_and_wait(topic, b"{}", key=b"k", partition=0)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await producer.stop()
    return True


async def may_read(kafka: KafkaConnection, service: Service, topic: str) -> bool:
    group = None if service == "ingest" else service  # it reads a table, and each of its processes all of it
    consumer = kafka.consumer(topic, group_id=group, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found = await consumer.getmany(timeout_ms=10_000, max_records=1)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()
    return bool(found)


async def test_each_user_may_do_what_its_service_does_and_nothing_of_anothers(broker: SecuredKafka) -> None:
    operator = KafkaConnection(f"127.0.0.1:{broker.port}")
    await allow(operator, USERS)
    with pytest.raises(TopicsDiffer, match=r"storefront-events could not be made: .*AuthorizationFailed"):
        await ensure_topics(broker.connection_of("orders"))
    await ensure_topics(operator)
    seeds = await create_producer(operator)
    for topic in TOPICS.values():
        for partition in range(topic.partitions):
            await seeds.send_and_wait(topic.name, b"{}", key=b"k", partition=partition)
    await seeds.stop()

    for service in SERVICES:
        kafka = broker.connection_of(service)
        await verify_topics(kafka)
        written = {topic.name for topic in TOPICS.values() if await may_write(kafka, topic.name)}
        read = {topic.name for topic in TOPICS.values() if await may_read(kafka, service, topic.name)}

        owned = {topic.name for topic in TOPICS.values() if topic.owner == service or (service, topic.name) == MARKING}
        assert written == owned, service
        assert read == {topic.name for topic in TOPICS.values() if service in topic.readers}, service
    assert any("User:orders is Denied operation = WRITE" in line for line in refusals_in(broker.logs))


async def test_a_wrong_authority_reaches_nobody_and_a_renewed_one_is_read_again(broker: SecuredKafka, tmp_path: Path) -> None:
    right = broker.authority.ca_file.read_text()
    other = type(broker.authority)(tmp_path)
    other.make()
    kafka = replace(broker.connection_of("ingest"), ca_file=tmp_path / "ca.pem")

    consumer = kafka.consumer()
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    (tmp_path / "ca.pem").write_text(right)
    await consumer.start()

    assert await consumer.topics()
    await consumer.stop()


async def test_a_renewed_password_is_used_by_the_next_connection(broker: SecuredKafka, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("of-last-year")
    kafka = replace(broker.connection_of("ingest"), password_file=tmp_path / "password")

    consumer = kafka.consumer()
    with pytest.raises(KafkaConnectionError):
        await consumer.start()
    (tmp_path / "password").write_text("ingest-password\n")
    await consumer.start()

    assert await consumer.topics()
    await consumer.stop()
