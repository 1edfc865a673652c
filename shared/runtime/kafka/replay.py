"""Reading a log again, the service stopped: ``beckon replay`` after the log was lost, ``beckon rewind`` after the database was.

What a service applied before changes nothing, by its natural keys. The hold on every site stays until ``holds release``
ends it.
"""

from collections.abc import Mapping

import asyncpg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.events.catalogue import TOPICS
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.log_identity import WHOLE_LOG
from shared.runtime.postgres.tables import Schema, Tables

RESTORED = "the database was restored, and the log is read again"


class StillRunning(Exception):
    """A member of the group reads this topic now."""


async def replay(dsn: str, kafka: KafkaConnection, service: Schema, topic: str) -> None:
    """Forget the log of a topic, in Kafka's copy of the offsets first: that fails while anybody of the group is there.

    Raises:
        StillRunning: nothing was changed.
    """
    await _reset_group(kafka, service, topic)
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(Tables(service).forget_offsets, topic)
            await connection.execute(Tables(service).forget_identity, topic)
    finally:
        await connection.close()


async def rewind(dsn: str, kafka: KafkaConnection, service: Schema, *, dry_run: bool = False) -> int:
    """Let Kafka's copy of the offsets be the restored database's, and hold every site. Returns how many records are read again.

    The hold comes first: the service must not begin before it has read what the log has of the time that was lost.

    Raises:
        StillRunning: nothing was changed but the hold.
    """
    tables = Tables(service)
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(tables.read_offsets)
        if rows and not dry_run:
            await connection.execute(tables.place_hold, EVERY_SITE, rows[0]["topic"], 0, WHOLE_LOG, RESTORED)
    finally:
        await connection.close()
    stored = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    return await _commit(kafka, service, stored, dry_run=dry_run)


async def _reset_group(kafka: KafkaConnection, service: Schema, topic: str) -> None:
    await _commit(kafka, service, {TopicPartition(topic, number): None for number in range(TOPICS[topic].partitions)})


async def _commit(
    kafka: KafkaConnection, service: Schema, offsets: Mapping[TopicPartition, int | None], *, dry_run: bool = False
) -> int:
    """Commit these offsets for the group, None for the beginning. Returns by how many records it goes back."""
    consumer = kafka.consumer(group_id=service)
    await consumer.start()
    try:
        consumer.assign(list(offsets))
        beginnings = await consumer.beginning_offsets(list(offsets))
        reached = {each: await consumer.committed(each) or 0 for each in offsets}
        wanted = {each: beginnings[each] if offset is None else offset for each, offset in offsets.items()}
        if not dry_run:
            await consumer.commit(wanted)
        return sum(max(0, reached[each] - wanted[each]) for each in wanted)
    except KafkaError as error:
        raise StillRunning(f"stop {service} first ({type(error).__name__})") from None
    finally:
        await consumer.stop()
