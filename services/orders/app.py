"""The composition root of orders: the only place that builds a pool, a broker or a client."""

import asyncio
from collections.abc import Sequence

from prometheus_client import REGISTRY

from services.orders import consumers
from services.orders.grants.barrier import GrantingLoop, KafkaMarkerWriter
from services.orders.handlers import message_events
from services.orders.metrics import OrdersMetrics
from services.orders.settings import OrdersSettings
from services.orders.storage.postgres import TABLES, SqlDatabase, SqlStore
from services.orders.storage.sweeps import RETENTION
from services.orders.timers import TimerLoop
from shared.events.markers import BarrierMarked
from shared.events.merchant import MerchantAction
from shared.events.message import MessagePrepared, MessageTopicEvent, QuestionPrepared
from shared.events.settings import SiteConfigured
from shared.events.storefront import StorefrontEvent
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Health, HealthServer
from shared.runtime.ids import new_random_id
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.reach import BrokerChecks
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.lifecycle import open_database, open_kafka, shut_down, until_stopped
from shared.runtime.logging import configure_logging
from shared.runtime.loops import Loops
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.retention import Retention, RetentionMetrics
from shared.runtime.service import Stop, end_within
from shared.runtime.tracing import configure_tracing


async def serve(settings: OrdersSettings, stop: Stop) -> None:
    """Run until ``stop`` is asked; end in order: consuming, loops, outbox, clients."""
    configure_logging("orders", settings.log_level)
    configure_tracing("orders")
    health = Health()
    health.wait_for("kafka", "its topics")
    health.wait_for("postgres", "its schema")
    probes = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    pool = await open_database(settings, "orders", health, 12)
    producer, cluster = await open_kafka(settings.kafka_connection, health)
    runtime, clock = RuntimeMetrics(service="orders", pool=pool), SystemClock()
    metrics = OrdersMetrics()
    relay = Relay(pool, TABLES, producer, runtime, metrics.count_published)
    database = SqlDatabase(pool)
    granting = GrantingLoop(database, KafkaMarkerWriter(producer), clock, new_random_id, relay.wake, metrics)
    timers = TimerLoop(database, clock, relay.wake, metrics)
    consuming = Consuming(
        settings.kafka_connection, pool, "orders", subscriptions(clock, granting), clock=clock, metrics=runtime, relay=relay
    )
    retention = Retention(pool, RETENTION, clock, RetentionMetrics(RETENTION))
    loops: list[asyncio.Task[None]] = []
    try:
        health.alive = consuming.error
        await consuming.start(cluster)
        loops += Loops("orders", clock).start(outbox=relay, granting=granting, timers=timers, retention=retention)
        loops.append(asyncio.create_task(BrokerChecks(settings.kafka_connection).run()))
        health.reached("kafka")
        health.started = True
        await until_stopped(stop, consuming.fatal, loops)
    finally:
        health.stopping = True
        end_within()
        await shut_down(consuming, loops, relay, pool)
        await producer.stop()
        probes.close()


def subscriptions(clock: Clock, granting: GrantingLoop) -> list[Subscription]:
    """The topics that orders reads. Any unreadable storefront record holds its site: it may hide a link as well as an order."""

    async def storefront(events: Sequence[StorefrontEvent], tx: Transaction) -> None:
        await consumers.apply_storefront_events(events, SqlStore(tx), clock.now())

    async def storefront_committed(events: Sequence[StorefrontEvent]) -> None:
        for event in events:
            if isinstance(event, BarrierMarked):
                granting.marker_applied(event.marker_id)

    async def messages(events: Sequence[MessageTopicEvent], tx: Transaction) -> None:
        await message_events.apply_message_events(events, SqlStore(tx), clock.now())

    async def messages_committed(events: Sequence[MessageTopicEvent]) -> None:
        if any(isinstance(event, MessagePrepared | QuestionPrepared) for event in events):
            granting.wake()

    async def settings(events: Sequence[SiteConfigured], tx: Transaction) -> None:
        await consumers.apply_site_settings(events, SqlStore(tx))

    async def actions(events: Sequence[MerchantAction], tx: Transaction) -> None:
        await consumers.apply_merchant_actions(events, SqlStore(tx), clock.now())

    return [
        Subscription("storefront-events", storefront, "any", after_commit=storefront_committed),
        Subscription("message-events", messages, "silencing", after_commit=messages_committed),
        Subscription("site-settings", settings, "silencing"),
        Subscription("merchant-actions", actions, "silencing"),
    ]
