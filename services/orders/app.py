"""The composition root of orders: knows every cart, reconciles every order, decides whether and when."""

import asyncio
from collections.abc import Sequence

from prometheus_client import REGISTRY

from services.orders.consumers import Consumers
from services.orders.granting_loop import GrantingLoop, KafkaMarkerWriter
from services.orders.metrics import OrdersMetrics
from services.orders.timers import TimerLoop
from shared.events.envelope import Event
from shared.events.message import MessagePrepared
from shared.events.storefront import BarrierMarked
from shared.runtime.clock import SystemClock
from shared.runtime.consuming import Consuming
from shared.runtime.health import Health, HealthServer
from shared.runtime.ids import new_random_id
from shared.runtime.lifecycle import shut_down, until_stopped
from shared.runtime.logging import configure_logging
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.migrate import wait_for_schema
from shared.runtime.outbox import Relay
from shared.runtime.postgres import create_pool
from shared.runtime.producing import create_producer
from shared.runtime.settings import PostgresSettings
from shared.runtime.subscription import Subscription
from shared.runtime.tables import Tables
from shared.runtime.topics import verify_topics


async def serve(settings: PostgresSettings, stop: asyncio.Event) -> None:
    """Run until ``stop`` is set; end in order: consuming, loops, outbox, clients."""
    configure_logging("orders", settings.log_level)
    health = Health()
    health.wait_for("kafka", "its topics")
    health.wait_for("postgres", "its schema")
    probes = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    pool = await create_pool(settings.postgres.get_secret_value(), service="orders")
    await wait_for_schema(pool, "orders")
    health.reached("postgres")
    producer = await create_producer(settings.kafka)
    cluster = await verify_topics(settings.kafka)
    runtime, clock = RuntimeMetrics(), SystemClock()
    relay = Relay(pool, Tables("orders"), producer, runtime)
    metrics = OrdersMetrics()
    granting = GrantingLoop(pool, KafkaMarkerWriter(producer), clock, new_random_id, relay.wake, metrics)
    timers = TimerLoop(pool, clock, relay.wake, metrics)
    consuming = Consuming(
        settings.kafka, pool, "orders", subscriptions(clock, granting), clock=clock, metrics=runtime, relay=relay
    )
    loops = [asyncio.create_task(loop) for loop in (relay.run(), granting.run(), timers.run())]
    try:
        health.alive = consuming.trouble
        await consuming.start(cluster)
        health.reached("kafka")
        health.started = True
        await until_stopped(stop, consuming.fatal, loops)
    finally:
        health.stopping = True
        await shut_down(consuming, loops, relay, pool)
        await producer.stop()
        probes.close()


def subscriptions(clock: SystemClock, granting: GrantingLoop) -> list[Subscription]:
    """What orders reads. Any unreadable storefront record holds its site: it may hide a link as well as an order."""
    consumers = Consumers(clock)

    async def storefront_committed(events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, BarrierMarked):
                granting.marker_applied(event.marker_id)

    async def messages_committed(events: Sequence[Event]) -> None:
        if any(isinstance(event, MessagePrepared) for event in events):
            granting.wake()

    return [
        Subscription("storefront-events", consumers.apply_storefront_events, "any", after_commit=storefront_committed),
        Subscription("message-events", consumers.apply_message_events, "silencing", after_commit=messages_committed),
        Subscription("site-settings", consumers.apply_site_settings, "silencing"),
        Subscription("merchant-actions", consumers.apply_merchant_actions, "silencing"),
    ]
