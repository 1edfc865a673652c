"""The composition root of notify: the only place that builds a pool, a broker or a client."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from services.notify.addresses import Addresses, link_keys
from services.notify.channels.push.sender import PushSender
from services.notify.channels.push.subscriptions import PushServices
from services.notify.channels.sms.twilio import Twilio
from services.notify.consumers import STOREFRONT_WANTED, Consumers
from services.notify.delivery.dispatcher import Dispatcher
from services.notify.delivery.evaluate_nudge import NudgeEvaluator
from services.notify.delivery.rate_limiter import RateLimiter
from services.notify.delivery.reconciliation import Reconciliation
from services.notify.delivery.results import ResultWriter
from services.notify.delivery.routes import Routes
from services.notify.delivery.send import AttemptSender
from services.notify.delivery.transactional import TransactionalMessages
from services.notify.http.carrier import CarrierHttp
from services.notify.http.public import PublicHttp
from services.notify.metrics import NotifyMetrics
from services.notify.opt_in.request import OptInEvaluator
from services.notify.rules.bindings import Binding
from services.notify.rules.budgets import Limits
from services.notify.settings import NotifySettings
from services.notify.storage.postgres import SqlDatabase, SqlStore
from services.notify.storage.protocols import Store
from services.notify.storage.sweeps import RETENTION
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.envelope import Channel
from shared.events.nudge import NudgeEvent
from shared.messages.rendering import SAMPLE_TOKEN
from shared.runtime.clock import SystemClock
from shared.runtime.health import Health, HealthServer
from shared.runtime.http.metering import metered_server
from shared.runtime.ids import new_random_id, new_token_base62
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.reach import BrokerChecks
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.lifecycle import drain, open_database, open_kafka, shut_down, until_stopped
from shared.runtime.logging import configure_logging
from shared.runtime.loops import Loops
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, Transaction
from shared.runtime.postgres.retention import Retention, RetentionMetrics
from shared.runtime.postgres.tables import Tables
from shared.runtime.security.outbound import Outbound
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.service import AsgiServer, Stop, end_within
from shared.runtime.settings import Profile
from shared.runtime.tracing import configure_tracing

FINISH_SECONDS = 9.0
"""A call takes 8 s at most; the result of one that is cut off stays unknown."""


@dataclass(frozen=True)
class Parts:
    """What one process is made of."""

    relay: Relay
    carrier: Twilio
    push: PushSender
    dispatcher: Dispatcher[tuple[UUID, UUID]]
    questions: Dispatcher[Binding]
    transactional: TransactionalMessages
    reconciliation: Reconciliation
    http: AsgiServer
    consuming: Consuming
    retention: Retention

    def start_loops(self) -> list[asyncio.Task[None]]:
        """Start every loop that runs until the process stops."""
        return Loops("notify", SystemClock()).start(
            outbox=self.relay,
            dispatcher=self.dispatcher,
            questions=self.questions,
            transactional=self.transactional,
            reconciliation=self.reconciliation,
            retention=self.retention,
        )

    async def finish_calls(self) -> None:
        """Wait for the calls in hand, ``FINISH_SECONDS`` at most."""
        await asyncio.gather(*(each.finish(FINISH_SECONDS) for each in (self.dispatcher, self.questions, self.transactional)))


async def serve(settings: NotifySettings, stop: Stop) -> None:
    """Run until ``stop`` is asked; end in order: requests, calls in hand, consuming, loops, outbox, clients."""
    configure_logging("notify", settings.log_level)
    configure_tracing("notify")
    health = Health()
    health.wait_for("kafka", "its topics")
    health.wait_for("postgres", "its schema")
    probes = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    pool = await open_database(settings, "notify", health, 16)
    producer, cluster = await open_kafka(settings.kafka_connection, health)
    parts = put_together(settings, pool, producer)
    loops: list[asyncio.Task[None]] = []
    try:
        health.alive = parts.consuming.error
        await parts.consuming.start(cluster)
        loops += [*parts.start_loops(), asyncio.create_task(BrokerChecks(settings.kafka_connection).run())]
        await parts.http.start()
        health.reached("kafka")
        health.started = True
        await until_stopped(stop, parts.consuming.fatal, loops)
        await drain(health, parts.http, settings.drain_seconds)
    finally:
        health.stopping = True
        end_within()
        await parts.http.stop()
        await parts.finish_calls()
        await shut_down(parts.consuming, loops, parts.relay, pool)
        await producer.stop()
        await parts.carrier.close()
        await parts.push.close()
        probes.close()


def put_together(settings: NotifySettings, pool: Pool, producer: AIOKafkaProducer) -> Parts:
    """Build everything once."""
    keys = ReaderKeys.parse(settings.reader_keys.get_secret_value())
    addresses = Addresses(settings.public_notify, link_keys(settings.link_key.get_secret_value()))
    runtime, metrics, clock = RuntimeMetrics(service="notify", pool=pool), NotifyMetrics(), SystemClock()
    database = SqlDatabase(pool)
    relay = Relay(pool, Tables("notify"), producer, runtime, metrics.count_published)
    carrier = Twilio(clock.now, settings.twilio_api)
    push = PushSender(Outbound(instead=settings.push_services), settings.push_subject, clock.now)
    services = PushServices(frozenset(settings.push_services))
    routes = Routes(keys, rate_limiters(settings), services, clock)
    sender = AttemptSender(database, carrier, push, routes, clock, new_random_id, addresses.callback, relay.wake, metrics)
    limits = limits_of(settings)
    nudge_evaluator = NudgeEvaluator(routes, clock, new_token_base62, addresses.link, settings.public_ingest, metrics, limits)

    def partitions() -> list[int]:
        return [place.partition for place in consuming.assigned if place.topic == NUDGE_EVENTS.name]

    dispatcher = Dispatcher(database, sender, nudge_evaluator, clock, new_random_id, partitions, relay.wake, metrics)
    opt_in_evaluator = OptInEvaluator(routes, clock, metrics, limits)
    questions = Dispatcher(database, sender, opt_in_evaluator, clock, new_random_id, partitions, relay.wake, metrics)
    transactional = TransactionalMessages(database, sender, clock, metrics)
    give_up_after, results = timedelta(seconds=settings.give_up_seconds), ResultWriter(new_random_id)
    reconciliation = Reconciliation(database, carrier, sender, clock, give_up_after, relay.wake, metrics, results)

    def after_reply() -> None:
        relay.wake()
        transactional.wake()
        dispatcher.wake()

    own_key, console_key = keys.public_key(), ReaderPublicKey.parse(settings.console_public_key)
    reports = CarrierHttp(database, keys, own_key, console_key, addresses, clock, new_random_id, after_reply, metrics)
    http = metered_server(PublicHttp(database, clock, reports, relay.wake).app(), settings, clock)
    sample_link, any_hour = addresses.link(SAMPLE_TOKEN), settings.profile is Profile.DEMO
    consumers = Consumers(clock, new_random_id, keys, services, sample_link=sample_link, any_hour=any_hour)
    retention = Retention(pool, RETENTION, clock, RetentionMetrics(RETENTION))
    topics = subscriptions(consumers, dispatcher, questions, transactional)
    consuming = Consuming(settings.kafka_connection, pool, "notify", topics, clock=clock, metrics=runtime, relay=relay)
    return Parts(relay, carrier, push, dispatcher, questions, transactional, reconciliation, http, consuming, retention)


def limits_of(settings: NotifySettings) -> Limits:
    """How many questions a site and messages an account may cost a day, and up to what a merchant may raise both."""
    return Limits(
        settings.questions_per_site_and_day,
        settings.messages_per_account_and_day,
        settings.most_questions_per_site_and_day,
        settings.most_messages_per_account_and_day,
    )


def rate_limiters(settings: NotifySettings) -> dict[Channel, RateLimiter]:
    """The rate limiters of each channel: a sender of texts, a push service."""
    return {
        Channel.SMS: RateLimiter(settings.sms_per_second, settings.sms_burst),
        Channel.PUSH: RateLimiter(settings.push_per_second, settings.push_burst),
    }


def subscriptions(
    consumers: Consumers,
    dispatcher: Dispatcher[tuple[UUID, UUID]],
    questions: Dispatcher[Binding],
    transactional: TransactionalMessages,
) -> list[Subscription]:
    """What notify reads. Markers, pages and carts are passed over unparsed."""

    def stored(apply: Callable[[Any, Store], Awaitable[None]]) -> Callable[[Any, Transaction], Awaitable[None]]:
        return lambda events, tx: apply(events, SqlStore(tx))

    async def opt_ins_committed(_: object) -> None:
        questions.wake()

    async def answers_committed(events: Sequence[NudgeEvent]) -> None:
        await dispatcher.nudges_committed(events)
        await questions.nudges_committed(events)

    async def direct_committed(_: object) -> None:
        transactional.wake()

    return [
        Subscription(
            "storefront-events",
            stored(consumers.apply_storefront_events),
            "silencing",
            wanted=STOREFRONT_WANTED,
            after_commit=opt_ins_committed,
        ),
        Subscription("nudge-events", stored(consumers.apply_nudge_events), "silencing", after_commit=answers_committed),
        Subscription("site-settings", stored(consumers.apply_site_settings), "silencing"),
        Subscription("merchant-actions", stored(consumers.apply_merchant_actions), "silencing", after_commit=direct_committed),
    ]
