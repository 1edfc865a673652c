"""Whatever a stranger's beacon holds, what ingest makes of it is applied by every reader: none is set aside, no process ends.

More than twenty records in a row that cannot be applied end a consumer, for its program is the likelier cause. A stranger must
not be able to make a single one.
"""

import json
from collections.abc import AsyncIterator, Sequence
from itertools import islice
from typing import Any

import pytest

from services.notify.channels.push.subscriptions import PushServices
from services.notify.consumers import STOREFRONT_WANTED, Consumers
from services.notify.storage.postgres import SqlStore
from services.onboarding.app import SUBSCRIPTIONS
from services.orders.app import subscriptions
from shared.events.envelope import Event
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.postgres.pool import create_pool
from shared.runtime.postgres.tables import Schema, Tables
from tests.support.builders.ingest import API_SECRET, KEY_ID, NOTIFY_KEYS, Rig, a_body, a_rig, site_settings
from tests.support.hostile_beacons import hostile_events, hostile_orders
from tests.support.processes.databases import Database, database
from tests.support.processes.ingest_client import a_client, post
from tests.support.processes.whole_beckon import SERVICES
from tests.support.records import ARecord, a_record, apply, held_sites

EACH = 3
BEARER = {"authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}"}


@pytest.fixture
async def made() -> AsyncIterator[Database]:
    async with database(*SERVICES) as made:
        yield made


async def send_all(rig: Rig) -> None:
    beacons = hostile_events(EACH)
    while some := list(islice(beacons, 20)):
        answer = await post(rig, json.dumps(a_body(*some)).encode())
        assert answer.status_code in (204, 422), some
    async with a_client(rig) as client:
        for order in hostile_orders(4 * EACH):
            answer = await client.post("/v1/orders", content=json.dumps(order).encode(), headers=BEARER)
            assert answer.status_code in (200, 400), order
    rig.ingestion.signals.sweep(5000.0)
    await rig.ingestion.commit.drain(1)


def readers() -> dict[Schema, list[Subscription]]:
    """Who reads what ingest writes, and the settings before it."""
    nobody: Any = None
    clock = SystemClock()
    consumers = Consumers(
        clock, new_random_id, NOTIFY_KEYS, PushServices(), sample_link="https://go.example/l/x", any_hour=True
    )

    async def storefront(events: Sequence[Any], tx: Any) -> None:
        await consumers.apply_storefront_events(events, SqlStore(tx))

    async def settings(events: Sequence[Any], tx: Any) -> None:
        await consumers.apply_site_settings(events, SqlStore(tx))

    of_notify = [
        Subscription("storefront-events", storefront, "silencing", wanted=STOREFRONT_WANTED),
        Subscription("site-settings", settings, "silencing"),
    ]
    return {"orders": subscriptions(clock, nobody), "notify": of_notify, "onboarding": [*SUBSCRIPTIONS]}


async def test_no_reader_sets_aside_what_a_stranger_made(made: Database) -> None:
    rig = a_rig(per_second=1e9, orders_per_second=1e9)
    await send_all(rig)
    written: list[Event] = [site_settings(), *rig.kafka.events(), *rig.kafka.events("site-signals")]
    assert len({event.type for event in written}) > 10
    records = [a_record(event) for event in written]

    set_aside = {}
    for service, subscribed in readers().items():
        pool = await create_pool(made.dsn(service), service=service, size=4)
        for subscription in subscribed:
            mine = iter([record for record in records if record.topic == subscription.topic])
            while batch := list(islice(mine, 500)):
                await apply(pool, service, subscription, batch)
        outbox = await pool.fetch(Tables(service).read_outbox, 100_000)
        set_aside[service] = [row["value"] for row in outbox if row["topic"].endswith("-dlq")]
        records += [ARecord(row["topic"], row["key"], row["value"]) for row in outbox if service == "orders"]
        assert await held_sites(pool, service) == set(), service
        await pool.close()

    assert set_aside == {service: [] for service in SERVICES}
