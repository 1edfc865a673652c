"""The composition root of the sources of orders: the only place that builds a pool, a broker or a client."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from prometheus_client import REGISTRY

from services.ingest.sources.metrics import SourcesMetrics
from services.ingest.sources.nexternal.polling import NexternalPoll
from services.ingest.sources.poller import Polling, PollLoop
from services.ingest.sources.settings import SourcesSettings
from services.ingest.sources.storage.connections import TABLES, put_settings
from services.ingest.sources.storage.sweeps import RETENTION
from shared.events.settings import SiteConfigured
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Health, HealthServer
from shared.runtime.ids import new_uuid7
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.reach import BrokerChecks
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.lifecycle import open_database, open_kafka, shut_down, until_stopped
from shared.runtime.logging import configure_logging
from shared.runtime.loops import Loops
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, Transaction
from shared.runtime.postgres.retention import Retention, RetentionMetrics
from shared.runtime.security.outbound import Outbound
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.service import Stop, end_within
from shared.runtime.tracing import configure_tracing


async def serve(settings: SourcesSettings, stop: Stop) -> None:
    """Run until ``stop`` is asked; end in order: consuming, loops, outbox, clients. A poll in hand begins again later."""
    configure_logging("sources", settings.log_level)
    configure_tracing("sources")
    health = Health()
    health.wait_for("kafka", "its topics")
    health.wait_for("postgres", "its schema")
    probes = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    pool = await open_database(settings, "sources", health, 8)
    producer, cluster = await open_kafka(settings.kafka_connection, health)
    runtime, clock = RuntimeMetrics(service="sources", pool=pool), SystemClock()
    outbound, relay = Outbound(instead=settings.instead), Relay(pool, TABLES, producer, runtime)
    polls = PollLoop(polling_of(settings, pool, outbound, clock, relay))
    consuming = Consuming(
        settings.kafka_connection, pool, "sources", subscriptions(clock), clock=clock, metrics=runtime, relay=relay
    )
    retention = Retention(pool, RETENTION, clock, RetentionMetrics(RETENTION))
    loops: list[asyncio.Task[None]] = []
    try:
        health.alive = consuming.error
        await consuming.start(cluster)
        loops += Loops("sources", clock).start(outbox=relay, polls=polls, retention=retention)
        loops.append(asyncio.create_task(BrokerChecks(settings.kafka_connection).run()))
        health.reached("kafka")
        health.started = True
        await until_stopped(stop, consuming.fatal, loops)
    finally:
        health.stopping = True
        end_within()
        await shut_down(consuming, loops, relay, pool)
        await outbound.close()
        await producer.stop()
        probes.close()


def polling_of(settings: SourcesSettings, pool: Pool, outbound: Outbound, clock: Clock, relay: Relay) -> Polling:
    """What polls need, by the settings."""
    metrics = SourcesMetrics()
    nexternal = NexternalPoll(
        pool=pool,
        outbound=outbound,
        reader_keys=ReaderKeys.parse(settings.reader_keys.get_secret_value()),
        notify_key=ReaderPublicKey.parse(settings.notify_public_key),
        clock=clock,
        metrics=metrics,
    )
    return Polling(pool, nexternal, clock, timedelta(seconds=settings.poll_seconds), metrics, relay.wake, new_uuid7)


def subscriptions(clock: Clock) -> list[Subscription]:
    """The settings of sites: whose sources are connected, with credentials that only this process opens."""

    async def apply(events: Sequence[SiteConfigured], tx: Transaction) -> None:
        for event in events:
            await put_settings(tx, event, clock.now())

    return [Subscription("site-settings", apply, "silencing")]
