"""Whether the offsets that a schema has stored belong to the log that the broker now has.

A topic made anew, a restored database, retention that passed a sleeping reader: going on would skip or repeat without
anybody noticing. Then everything is held, and nothing is ever reset to earliest or latest.
"""

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.holds import EVERY_SITE
from shared.runtime.postgres import Pool, transaction
from shared.runtime.tables import Tables
from shared.runtime.topics import Cluster


class LogLost(Exception):
    """The stored offsets do not fit the log. It says how; an operator decides."""


async def remember_log(
    pool: Pool, tables: Tables, cluster: Cluster, topics: Sequence[str], beginnings: Mapping[TopicPartition, int]
) -> None:
    """Check each topic against what was stored, or store it when this schema has never read the topic.

    Raises:
        LogLost: another cluster or another number of partitions than when the offsets were stored.
    """
    for topic in topics:
        stored = await pool.fetchrow(tables.read_identity, topic)
        if stored is None:
            await _first_time(pool, tables, cluster, topic, beginnings)
        elif stored["cluster_id"] != cluster.cluster_id:
            raise LogLost(f"{topic}: the offsets were stored for another Kafka cluster")
        elif stored["partitions"] != cluster.partitions[topic]:
            raise LogLost(f"{topic}: had {stored['partitions']} partitions when its offsets were stored")


async def _first_time(
    pool: Pool, tables: Tables, cluster: Cluster, topic: str, beginnings: Mapping[TopicPartition, int]
) -> None:
    partitions = list(range(cluster.partitions[topic]))
    async with transaction(pool) as tx:
        await tx.execute(tables.put_identity, topic, cluster.cluster_id, len(partitions))
        offsets = [beginnings[TopicPartition(topic, partition)] for partition in partitions]
        await tx.execute(tables.put_offsets, topic, partitions, offsets)


async def check_position(consumer: AIOKafkaConsumer, place: TopicPartition, stored: int | None) -> int:
    """The stored offset, if the log still has it and the database is not older than what the group has told Kafka.

    Raises:
        LogLost: nothing is stored, it was deleted already, it lies beyond the end, or the database was restored.
    """
    name = f"{place.topic}[{place.partition}]"
    if stored is None:
        raise LogLost(f"{name}: no offset is stored, though the topic was read before")
    beginning = (await consumer.beginning_offsets([place]))[place]
    end = (await consumer.end_offsets([place]))[place]
    told = await consumer.committed(place)
    if stored < beginning:
        raise LogLost(f"{name}: offset {stored} was deleted, the log begins at {beginning}")
    if stored > end:
        raise LogLost(f"{name}: offset {stored} lies beyond the end, {end}")
    if told is not None and told > stored:
        raise LogLost(f"{name}: the database is older than the group's offset {told}; it has {stored}")
    return stored


async def hold_everything(pool: Pool, tables: Tables, reason: str) -> None:
    """No message of any site until an operator releases the nil site."""
    await pool.execute(tables.place_hold, EVERY_SITE, "log", 0, 0, reason)
