"""A process that does nothing but relay, to be killed: ``python -m tests.integration.runtime.relay_process <dsn> <kafka>``."""

import asyncio
import sys

from prometheus_client import CollectorRegistry

from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.producer import create_producer
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import create_pool
from shared.runtime.postgres.tables import Tables


async def main(dsn: str, kafka: str) -> None:
    """Relay until killed."""
    pool = await create_pool(dsn, service="orders")
    producer = await create_producer(KafkaConnection(kafka))
    await Relay(pool, Tables("orders"), producer, RuntimeMetrics(CollectorRegistry())).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
