"""The services of a whole Beckon over a real broker: each reads and writes as it ships, in the test's own process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from prometheus_client import CollectorRegistry

from shared.runtime.clock import SystemClock
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.producer import create_producer
from shared.runtime.kafka.topics import verify_topics
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.tables import Schema, Tables
from tests.support.processes.orders import remake_topics
from tests.support.processes.whole_beckon import SERVICES, WholeBeckon


@asynccontextmanager
async def over_kafka(bootstrap: str, beckon: WholeBeckon) -> AsyncIterator[None]:
    """From here on what each service emits goes over the broker's empty topics, and no more over the lists."""
    await remake_topics(bootstrap)
    await beckon.stop_reading()
    async with AsyncExitStack() as stack:
        for service in SERVICES:
            await stack.enter_async_context(_running(bootstrap, beckon, service))
        yield


@asynccontextmanager
async def _running(bootstrap: str, beckon: WholeBeckon, service: Schema) -> AsyncIterator[None]:
    pool, metrics, kafka = beckon.pools[service], RuntimeMetrics(CollectorRegistry()), KafkaConnection(bootstrap)
    producer = await create_producer(kafka)
    relay = Relay(pool, Tables(service), producer, metrics)
    topics = beckon.subscriptions[service]
    consuming = Consuming(kafka, pool, service, topics, clock=SystemClock(), metrics=metrics, relay=relay)
    relaying = asyncio.create_task(relay.run())
    try:
        await consuming.start(await verify_topics(kafka))
        yield
    finally:
        await consuming.stop()
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
        await producer.stop()
