"""The identity of the log: whether the offsets that a schema has stored belong to the log that the broker now has.

A topic made anew, a restored database, retention that passed a sleeping reader: going on would skip or repeat without
anybody noticing. Then everything is held, and nothing is ever reset to earliest or latest.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.topics import Cluster
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.postgres.tables import Tables


class LogLost(Exception):
    """Raised when the stored offsets do not fit the log. The message has how; an operator decides.

    ``may_pass``: a leader that was cut off from its peers reports an end that is long behind, until our metadata are new.
    """

    def __init__(self, reason: str, *, may_pass: bool = False) -> None:
        super().__init__(reason)
        self.may_pass = may_pass


@dataclass(frozen=True)
class Position:
    """The offset to go on from, and how many unreadable records stood right before it."""

    offset: int
    unreadable_in_row: int


async def remember_log(
    pool: Pool, tables: Tables, cluster: Cluster, topic: str, beginnings: Mapping[TopicPartition, int]
) -> None:
    """Check a topic against what was stored, or store it when this schema has never read the topic.

    Raises:
        LogLost: another cluster or another number of partitions than when the offsets were stored.
    """
    found = (cluster.cluster_id, cluster.partitions[topic])
    async with transaction(pool) as tx:
        if await tx.fetchval(tables.put_identity, topic, *found):
            partitions = list(range(cluster.partitions[topic]))
            offsets = [beginnings[TopicPartition(topic, partition)] for partition in partitions]
            await tx.execute(tables.put_offsets, topic, partitions, offsets)
            return
        stored = await tx.fetchrow(tables.read_identity, topic)
    assert stored is not None, "it was there a moment ago, and nobody deletes it"
    if stored["cluster_id"] != cluster.cluster_id:
        raise LogLost(f"{topic}: the offsets were stored for another Kafka cluster")
    if stored["partitions"] != cluster.partitions[topic]:
        raise LogLost(f"{topic}: had {stored['partitions']} partitions when its offsets were stored")


async def read_positions(
    pool: Pool, tables: Tables, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Position | LogLost]:
    """The position to read on from in each partition, or why there is none.

    The order of reading matters, for others go on meanwhile: what the group committed and where the log begins are older than
    the stored offset, and where it ends is newer. Any other order would take a busy log for a lost one.
    """
    group_offsets = await asyncio.gather(*(consumer.committed(partition) for partition in partitions))
    beginnings = await consumer.beginning_offsets(list(partitions))
    rows = [await pool.fetchrow(tables.read_offset, partition.topic, partition.partition) for partition in partitions]
    ends = await consumer.end_offsets(list(partitions))
    found: dict[TopicPartition, Position | LogLost] = {}
    for partition, row, group_offset in zip(partitions, rows, group_offsets, strict=True):
        position = None if row is None else Position(row["next_offset"], row["unreadable_in_row"])
        found[partition] = _checked(partition, position, beginnings[partition], ends[partition], group_offset)
    return found


def _checked(
    partition: TopicPartition, stored: Position | None, beginning: int, end: int, group_offset: int | None
) -> Position | LogLost:
    name = f"{partition.topic}[{partition.partition}]"
    if stored is None:
        return LogLost(f"{name}: no offset is stored, though the topic was read before")
    if stored.offset < beginning:
        return LogLost(f"{name}: offset {stored.offset} was deleted, the log begins at {beginning}")
    if stored.offset > end:
        # A topic made anew has lost the group's offsets too, and would soon be long enough to look like the old one.
        return LogLost(f"{name}: offset {stored.offset} lies beyond the end, {end}", may_pass=group_offset is not None)
    if group_offset is not None and group_offset > stored.offset:
        return LogLost(f"{name}: the database is older than the group's offset {group_offset}; it has {stored.offset}")
    return stored


async def hold_everything(pool: Pool, tables: Tables, partition: TopicPartition, reason: str) -> None:
    """Hold every site until an operator releases the nil site."""
    await pool.execute(tables.place_hold, EVERY_SITE, partition.topic, partition.partition, WHOLE_LOG, reason)


WHOLE_LOG = -1
"""Stands where a hold names the offset of a record, when it is the log itself that cannot be trusted."""
