"""``beckon replay --compare``: a topic, applied by the service's own handlers to an empty database, beside the live tables."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client import CollectorRegistry

from deploy.command.compare import Derived, compare
from deploy.command.output import print_rows
from deploy.command.sessions import Away, Session, kafka_of, scratch_of, session
from deploy.command.settings import OperatorSettings
from services.onboarding import consumers as onboarding
from services.orders import consumers as orders
from services.orders.handlers import message_events
from services.orders.storage.postgres import SqlStore
from shared.events.merchant import MerchantAction
from shared.events.message import MessageTopicEvent
from shared.events.settings import SiteConfigured
from shared.events.storefront import StorefrontEvent
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.batch_transaction import BatchTransaction
from shared.runtime.kafka.record_batches import read_any_record
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.migrate import migrate
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Schema, Tables
from shared.runtime.service import WrongSetting

FETCH_MS = 1000
TABLES_OF = """
    SELECT format('%I.%I', schemaname, tablename) AS name
      FROM pg_tables
     WHERE schemaname = $1
       AND tablename NOT IN ('migrations', 'relay_lease')
"""
CLOCK = SystemClock()


async def _storefront(events: Sequence[StorefrontEvent], tx: Transaction) -> None:
    await orders.apply_storefront_events(events, SqlStore(tx), CLOCK.now())


async def _messages(events: Sequence[MessageTopicEvent], tx: Transaction) -> None:
    await message_events.apply_message_events(events, SqlStore(tx), CLOCK.now())


async def _settings(events: Sequence[SiteConfigured], tx: Transaction) -> None:
    await orders.apply_site_settings(events, SqlStore(tx))


async def _actions(events: Sequence[MerchantAction], tx: Transaction) -> None:
    await orders.apply_merchant_actions(events, SqlStore(tx), CLOCK.now())


@dataclass(frozen=True)
class Rebuild:
    """What a topic is applied by, what has to be applied before it, and the tables that follow from both."""

    topic: Subscription
    before: tuple[Subscription, ...]
    tables: tuple[Derived, ...]


SETTINGS = (Subscription("site-settings", _settings, "silencing"), Subscription("merchant-actions", _actions, "silencing"))
TIMELINE = (Derived("onboarding.timeline", ("site_id", "event_id"), ("site_id", "event_id"), ("happened_at",)),)
REBUILDS: Mapping[tuple[Schema, str], Rebuild] = {
    ("orders", "storefront-events"): Rebuild(
        Subscription("storefront-events", _storefront, "any"),
        SETTINGS,
        (
            Derived(
                "orders.fences",
                ("site_id", "key", "report_id"),
                ("site_id", "report_id"),
                ("effective_at", "stands_until", "certain_until"),
            ),
            Derived("orders.reports", ("site_id", "report_id"), ("site_id", "report_id"), ("order_key", "effective_at")),
            Derived(
                "orders.sightings",
                ("site_id", "visitor_id", "key"),
                ("site_id", "visitor_id"),
                of_whole_log=("seen_at", "is_other_reading"),
            ),
            Derived(
                "orders.visitors",
                ("site_id", "visitor_id"),
                ("site_id", "visitor_id"),
                of_whole_log=("last_active_at", "back_office"),
            ),
            Derived(
                "orders.followed_links",
                ("site_id", "link_id", "visitor_id", "followed_at"),
                ("site_id", "visitor_id", "followed_at"),
            ),
            Derived(
                "orders.carts",
                ("site_id", "cart_id"),
                ("site_id", "cart_id"),
                ("visitor_id",),
                of_whole_log=("cart_version", "items", "total_minor", "total_currency", "opened_at"),
            ),
        ),
    ),
    ("orders", "message-events"): Rebuild(
        Subscription("message-events", _messages, "silencing"),
        SETTINGS,
        (
            Derived(
                "orders.accepted_messages",
                ("site_id", "attempt_id"),
                ("site_id", "attempt_id"),
                ("nudge_id", "cart_id", "accepted_at"),
            ),
        ),
    ),
    ("onboarding", "cart-events"): Rebuild(
        Subscription("cart-events", onboarding.apply_cart_events, "silencing"), (), TIMELINE
    ),
    ("onboarding", "nudge-events"): Rebuild(
        Subscription("nudge-events", onboarding.apply_nudge_events, "silencing"), (), TIMELINE
    ),
    ("onboarding", "message-events"): Rebuild(
        Subscription("message-events", onboarding.apply_message_events, "silencing"), (), TIMELINE
    ),
}
"""Whatever waits for a timer, a call or somebody's answer does not follow from one topic, and is not compared."""


def rebuild_of(service: Schema, topic: str) -> Rebuild:
    """Return how to rebuild. Raises ``click.BadParameter`` where no table follows from the topic alone."""
    if (found := REBUILDS.get((service, topic))) is None:
        known = ", ".join(f"{each} {name}" for each, name in REBUILDS)
        raise click.BadParameter(
            f"no table of {service} follows from {topic} alone; of these one does: {known}", param_hint="TOPIC"
        )
    return found


async def compare_with_log(settings: OperatorSettings, service: Schema, topic: str) -> list[dict[str, object]]:
    """Rebuild up to where the service has applied the topic, and compare with its tables of that same moment.

    Raises:
        Unseen: no setting leads to an empty database.
        Away: the service has read nothing yet.
        WrongSetting: the scratch database is one that a service lives in.
    """
    rebuild, found = rebuild_of(service, topic), []
    async with session(settings, service) as live, live.transaction(isolation="repeatable_read", readonly=True):
        rows = await live.fetch(Tables(service).read_offsets)
        reached = {TopicPartition(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        for subscription in (*rebuild.before, rebuild.topic):
            if not any(each.topic == subscription.topic for each in reached):
                raise Away(f"nothing to compare: {service} has not read {subscription.topic} yet")
        async with _emptied(settings, service) as scratch, _consumer(settings) as consumer:
            batches = BatchTransaction(Tables(service), RuntimeMetrics(CollectorRegistry()))
            for subscription in (*rebuild.before, rebuild.topic):
                whole = await _apply(consumer, subscription, reached, batches, scratch)
            async with scratch.transaction():
                found = [await compare(table, scratch, live, whole_log=whole) for table in rebuild.tables]
    return [each.row() for each in found]


@asynccontextmanager
async def _emptied(settings: OperatorSettings, service: Schema) -> AsyncIterator[Session]:
    """The scratch database with the newest schema and no row. A service that reads has offsets there: it is no scratch."""
    async with scratch_of(settings) as (scratch, dsn, setting):
        known = await scratch.fetchval("SELECT to_regclass($1)", f"{service}.offsets")
        if known and await scratch.fetch(Tables(service).read_offsets):
            raise WrongSetting(f"{setting}: a service lives in this database; give an empty one")
        await migrate(dsn, service)
        names = await scratch.fetch(TABLES_OF, service)
        await scratch.execute(f"TRUNCATE {', '.join(row['name'] for row in names)}")
        yield scratch


@asynccontextmanager
async def _consumer(settings: OperatorSettings) -> AsyncIterator[AIOKafkaConsumer]:
    read_any_record()
    consumer = kafka_of(settings).consumer()
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def _apply(
    consumer: AIOKafkaConsumer,
    subscription: Subscription,
    reached: Mapping[TopicPartition, int],
    batches: BatchTransaction,
    scratch: Session,
) -> bool:
    """Apply a topic from where it begins now up to where the service was. Returns whether its first record is still there."""
    partitions = [each for each in reached if each.topic == subscription.topic]
    consumer.assign(partitions)
    beginnings = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    stops = {each: min(reached[each], ends[each]) for each in partitions}
    for each in partitions:
        consumer.seek(each, beginnings[each])
    in_row: dict[TopicPartition, int] = defaultdict(int)
    while any([await consumer.position(each) < stops[each] for each in partitions]):
        for partition, records in (await consumer.getmany(*partitions, timeout_ms=FETCH_MS)).items():
            wanted = [record for record in records if record.offset < stops[partition]]
            if wanted:
                async with scratch.transaction():
                    applied = await batches.apply(subscription, wanted, scratch, in_row[partition])
                in_row[partition] = applied.unreadable_in_row
    return not any(beginnings.values())


def print_differences(rows: Sequence[Mapping[str, object]], *, as_json: bool) -> int:
    """Print a line for each table. Returns the exit code: 1 where one is not as its log has it."""
    print_rows(rows, as_json=as_json, none="no table")
    return 1 if any(row["wrong"] for row in rows) else 0
