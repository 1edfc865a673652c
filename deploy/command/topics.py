"""``beckon topics`` and ``beckon lag``: what there is to read, and how far it was read."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import click
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from deploy.command.brokers import wait_for_brokers
from deploy.command.options import as_json
from deploy.command.output import print_rows
from deploy.command.sessions import run
from deploy.command.settings import BrokerSettings
from shared.events.catalogue import SERVICES, TOPICS, Service
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import TopicsDiffer, ensure_topics, missing_topics
from shared.runtime.service import read_settings

PATIENCE_SECONDS = 10.0


def _kafka() -> KafkaConnection:
    settings: BrokerSettings = read_settings(BrokerSettings)
    wait_for_brokers(settings.kafka_connection)
    return settings.kafka_connection


@click.command()
@click.option("--dry-run", is_flag=True, help="Only list what is missing.")
@as_json
def topics(dry_run: bool, as_json: bool) -> None:
    """Make the topics that are missing. What exists is never changed; one that differs is an error."""
    kafka = _kafka()
    missing = run(missing_topics(kafka))
    try:
        if not dry_run:
            run(ensure_topics(kafka))
    except TopicsDiffer as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        rows = [{"topic": n.name, "partitions": n.num_partitions, "copies": n.replication_factor} for n in missing]
        print_rows(rows, as_json=True, none="")
        return
    for new in missing:
        click.echo(f"{new.name}: {new.num_partitions} partitions, {new.replication_factor} copies")
    click.echo(f"{len(missing)} {'missing' if dry_run else 'made'}, {2 * len(TOPICS) - len(missing)} there before")


@click.command()
@as_json
def lag(as_json: bool) -> None:
    """What each service has not applied yet, by topic, as Kafka knows it: also of a service that is not running."""
    found = run(read_lags(_kafka()))
    print_rows([asdict(each) for each in found], as_json=as_json, none="no service reads")


@dataclass(frozen=True)
class Lag:
    """Records of a topic that a service has not applied yet; of some partitions it may never have reported how far it came."""

    service: Service
    topic: str
    records: int
    partitions_never_read: int


async def read_lags(kafka: KafkaConnection) -> list[Lag]:
    """Return the lag of each service in each topic that it reads. Raises ``KafkaError``."""
    admin, consumer = kafka.admin(), kafka.consumer()
    await admin.start()
    await consumer.start()
    try:
        ends: dict[TopicPartition, int] = await consumer.end_offsets(_partitions())
        found = []
        for service in (name for name in SERVICES if name != "ingest"):
            reached = await _reached(admin, service)
            found += [_lag(service, topic, reached, ends) for topic in TOPICS if service in TOPICS[topic].readers]
        return found
    finally:
        await consumer.stop()
        await admin.close()


async def _reached(admin: AIOKafkaAdminClient, service: Service) -> dict[TopicPartition, int]:
    """How far a service has come, as it reports to Kafka. A new cluster makes its topic for that when first asked."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            committed = await admin.list_consumer_group_offsets(service)
            return {partition: kept.offset for partition, kept in committed.items()}
        except GroupCoordinatorNotAvailableError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


def _partitions() -> list[TopicPartition]:
    return [TopicPartition(topic.name, number) for topic in TOPICS.values() for number in range(topic.partitions)]


def _lag(service: Service, topic: str, reached: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int]) -> Lag:
    partitions = [partition for partition in ends if partition.topic == topic]
    known = [partition for partition in partitions if reached.get(partition, -1) >= 0]
    records = sum(ends[each] - reached[each] for each in known)
    return Lag(service, topic, records, len(partitions) - len(known))
