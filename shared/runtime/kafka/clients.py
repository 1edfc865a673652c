"""Workarounds that keep aiokafka's clients alive through a broker's restart, and detection of one that is beyond help."""

from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

log = structlog.get_logger("clients")


def keep_metadata(client: Any) -> None:
    """Let no error end the task by which a client learns of leaders and coordinators.

    aiokafka 0.14 catches its own errors there and no other, while a connection that closes in the wrong moment raises others
    (uvloop: RuntimeError, "the handler is closed"). Without the task whoever waits for new metadata waits for ever: a
    consumer went on reading, and could never again ask how far its group had come.
    """
    update = client._metadata_update

    async def tolerant(cluster: Any, topics: Any) -> bool:
        try:
            return bool(await update(cluster, topics))
        except Exception as error:
            log.warning("metadata_failed", error=f"{type(error).__name__}: {error}")
            cluster.failed_update(None)
            return False

    client._metadata_update = tolerant


def producer_has_ended(producer: AIOKafkaProducer) -> bool:
    """True when a task of the client is gone that sends, or that learns of leaders: nothing starts it again."""
    return _is_over(producer._sender.sender_task) or _is_over(producer.client._sync_task)


def consumer_has_ended(consumer: AIOKafkaConsumer) -> bool:
    """True when a task of the client is gone that fetches, keeps its membership of the group, or learns of leaders."""
    coordination = getattr(consumer._coordinator, "_coordination_task", None)  # who reads without a group has none
    return any(_is_over(task) for task in (consumer._fetcher._fetch_task, coordination, consumer._client._sync_task))


def _is_over(task: Any) -> bool:
    return task is not None and bool(task.done())
