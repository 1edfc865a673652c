"""The composition root of ingest: one producer, one reader of settings, one HTTP server."""

import asyncio
from contextlib import suppress
from functools import lru_cache
from uuid import UUID

import structlog
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from services.ingest.group_commit import Caps, GroupCommit
from services.ingest.http.app import HttpApp
from services.ingest.http.confirmation_pages import ConfirmationPages
from services.ingest.http.snippet import SnippetFile, built_snippet
from services.ingest.ingestion import Ingestion
from services.ingest.limits import Buckets, Limits, Rate
from services.ingest.metrics import IngestMetrics
from services.ingest.orders.burst import OrderBursts
from services.ingest.orders.server_clocks import ServerClocks
from services.ingest.producer_health import ProducerHealth
from services.ingest.settings import IngestSettings
from services.ingest.signals import Signals
from services.ingest.sites import Sites
from shared.events.catalogue import SITE_SETTINGS, TOPICS
from shared.events.codec import Encoded, encode
from shared.events.envelope import Event
from shared.events.settings import SiteConfigured
from shared.runtime.cancellation import cancel
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Health, HealthServer
from shared.runtime.http.untrusted import host_of
from shared.runtime.ids import new_uuid7
from shared.runtime.kafka.producer import partition_of
from shared.runtime.kafka.reach import BrokerChecks
from shared.runtime.kafka.table_reader import TableReader
from shared.runtime.lifecycle import drain, open_kafka
from shared.runtime.logging import configure_logging
from shared.runtime.loops import Loops
from shared.runtime.metrics import HttpMetrics
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.service import Fatal, Stop, end_within, public_server, read_settings
from shared.runtime.settings import Profile
from shared.runtime.tracing import configure_tracing

BURST_SECONDS = 10
SWEEP_SECONDS = 1.0
FLUSH_SECONDS = 3.0
CLOSE_SECONDS = 2.0

log = structlog.get_logger("ingest")


async def main(stop: Stop) -> None:
    """Run until ``stop`` is asked, or until the producer has failed for good."""
    settings: IngestSettings = read_settings(IngestSettings)
    configure_logging("ingest", settings.log_level)
    configure_tracing("ingest")
    health, clock = Health(started=True), SystemClock()
    health.wait_for("kafka", "no broker answers yet")
    health.wait_for("settings", "the site settings have not been read to their end")
    health_server = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    try:
        await _work(settings, health, clock, stop)
    finally:
        health_server.close()


async def _work(settings: IngestSettings, health: Health, clock: Clock, stop: Stop) -> None:
    producer, _ = await open_kafka(settings.kafka_connection, health)
    health.reached("kafka")
    sites = Sites(ReaderKeys.parse(settings.reader_keys.get_secret_value()))
    reader = TableReader(settings.kafka_connection, SITE_SETTINGS.name, lambda event: _apply(event, sites))
    try:
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(Loops("ingest", clock).run("settings", reader.run()))
            checking = tasks.create_task(BrokerChecks(settings.kafka_connection).run())
            await reader.caught_up.wait()
            await _serve(settings, sites, producer, health, clock, stop)
            await cancel([reading, checking])
    finally:
        await _close(producer)


async def _serve(
    settings: IngestSettings,
    sites: Sites,
    producer: AIOKafkaProducer,
    health: Health,
    clock: Clock,
    stop: Stop,
) -> None:
    metrics = IngestMetrics()
    producer_health = ProducerHealth(metrics, clock)
    commit = GroupCommit(producer, _partition_of, Caps(records=settings.most_waiting_records), producer_health.on_batch)
    signals = Signals(lambda signal: commit.append_unwatched(encode(signal)), new_uuid7, metrics.signals_lost.inc)
    ingestion = _build_ingestion(settings, sites, commit, signals, metrics, clock)
    snippet = SnippetFile(ingestion, built_snippet(), settings.public_ingest, settings.public_notify, settings.public_console)
    http_metrics = HttpMetrics()
    server = public_server(HttpApp(ingestion, snippet, http_metrics), settings, http_metrics)
    health.alive = producer_health.error
    await server.start()
    stop.started()
    health.reached("settings")
    log.info("ready", http_port=settings.http_port)
    try:
        while not stop.is_asked() and producer_health.error() is None:
            ingestion.sweep()
            metrics.waiting.set(commit.waiting_records)
            metrics.peppers_missing.set(sites.without_pepper)
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await stop.wait()
        if stop.is_asked():
            await drain(health, server, settings.drain_seconds)
    finally:
        health.stopping = True
        end_within()
        await server.stop()
        await commit.drain(FLUSH_SECONDS)
    if (error := producer_health.error()) is not None:
        raise Fatal(error)


def _build_ingestion(
    settings: IngestSettings,
    sites: Sites,
    commit: GroupCommit,
    signals: Signals,
    metrics: IngestMetrics,
    clock: Clock,
) -> Ingestion:
    return Ingestion(
        sites=sites,
        commit=commit,
        limits=Limits(
            site=_buckets(settings.site_events_per_second),
            client=_buckets(settings.client_events_per_second),
            silencing_client=_buckets(settings.client_orders_per_second),
        ),
        bursts=OrderBursts(settings.unsigned_orders_per_minute),
        server_clocks=ServerClocks(),
        confirmation_pages=ConfirmationPages(),
        signals=signals,
        metrics=metrics,
        clock=clock,
        notify_key=ReaderPublicKey.parse(settings.notify_public_key),
        hosted_page=host_of(settings.public_notify),
        test_browsers=settings.profile is Profile.DEMO,
    )


def _buckets(per_second: float) -> Buckets:
    return Buckets(Rate(per_second, per_second * BURST_SECONDS))


def _partition_of(record: Encoded) -> int:
    return _partition_of_key(record.key, TOPICS[record.topic].partitions)


@lru_cache(maxsize=100_000)
def _partition_of_key(key: bytes, partitions: int) -> int:
    return partition_of(UUID(key.decode()), partitions)


def _apply(event: Event, sites: Sites) -> None:
    if isinstance(event, SiteConfigured):
        sites.apply(event)


async def _close(producer: AIOKafkaProducer) -> None:
    """A producer waits for ever for a broker that is gone; what it holds then was never acknowledged."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.stop()
