"""Replay of a topic after its log was lost: ``beckon replay``, the service stopped.

The service forgets what it knew of the topic's log and reads it from the beginning at its next start. What it applied
before changes nothing, by its natural keys. The hold on every site stays until ``holds release`` ends it.
"""

import asyncpg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.events.catalogue import TOPICS
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.postgres.tables import Schema, Tables


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


async def _reset_group(kafka: KafkaConnection, service: Schema, topic: str) -> None:
    consumer = kafka.consumer(group_id=service)
    await consumer.start()
    try:
        partitions = [TopicPartition(topic, number) for number in range(TOPICS[topic].partitions)]
        consumer.assign(partitions)
        await consumer.commit(await consumer.beginning_offsets(partitions))
    except KafkaError as error:
        raise StillRunning(f"stop {service} first ({type(error).__name__})") from None
    finally:
        await consumer.stop()
