"""What an operator sees of a service that is behind: lag, the age of its outbox, holds."""

import time
from collections.abc import Callable
from functools import partial

import pytest
from prometheus_client import CollectorRegistry

from shared.events.codec import SILENCES_HEADER
from shared.events.merchant import MerchantAction
from shared.runtime.clock import SystemClock
from shared.runtime.kafka.lag_metrics import LagMetrics
from shared.runtime.kafka.offsets import Offsets
from shared.runtime.kafka.outbox import put
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.postgres.tables import Tables
from tests.integration.runtime.bench import TOPIC, Service, Shop, consuming, resumed, sites
from tests.support.waiting import eventually

ORDERS = Tables("orders")


async def test_the_lag_grows_while_a_batch_is_stuck_and_falls_to_zero(kafka: str, pool: Pool, shop: Shop) -> None:
    service, registry = Service(pool), CollectorRegistry()
    (site,) = sites(1)
    events: list[MerchantAction] = [resumed(site) for _ in range(7)]

    async def lag_is(records: int) -> bool:
        return registry.get_sample_value("beckon_consumer_lag_records", {"topic": TOPIC}) == records

    async with consuming(kafka, service, registry=registry):
        await shop.publish(events[0])
        await service.wait_for(events[:1])
        service.gate.clear()
        await shop.publish(*events[1:])
        await eventually(lambda: lag_is(6))
        service.gate.set()
        await eventually(lambda: lag_is(0))

    assert len(await service.applied()) == 7


async def test_a_hold_is_counted_while_it_stands(kafka: str, pool: Pool, shop: Shop) -> None:
    service, registry = Service(pool), CollectorRegistry()
    (site,) = sites(1)

    async def holds_are(holds: int) -> bool:
        return registry.get_sample_value("beckon_holds_standing") == holds

    async with consuming(kafka, service, registry=registry):
        await eventually(lambda: holds_are(0))
        await shop.publish_raw(site, b"{not json", ((SILENCES_HEADER, b"1"),))
        await eventually(lambda: holds_are(1))
        released = await pool.execute(ORDERS.release_holds, site)
        await eventually(lambda: holds_are(0))

    assert released == "UPDATE 1"


async def test_an_outbox_that_nobody_sends_stays_at_its_oldest_record(pool: Pool) -> None:
    registry = CollectorRegistry()
    metrics = RuntimeMetrics(registry)
    lag_metrics = LagMetrics(pool, ORDERS, Offsets(pool, ORDERS, metrics), SystemClock(), metrics)
    moments: list[float] = []
    for events in ([], [], [resumed(sites(1)[0])], [], []):
        async with transaction(pool) as tx:
            await put(tx, ORDERS, events)
        await lag_metrics.observe(None)
        moments.append(registry.get_sample_value("beckon_outbox_sent_up_to_timestamp_seconds") or 0.0)

    empty, still_empty, filled, waits, still_waits = moments
    assert empty < still_empty <= filled
    assert still_waits == pytest.approx(waits, abs=0.05) == pytest.approx(filled, abs=0.05)


async def test_what_waits_behind_a_stuck_batch_grows_old_by_itself(kafka: str, pool: Pool, shop: Shop) -> None:
    service, registry = Service(pool), CollectorRegistry()
    (site,) = sites(1)
    events: list[MerchantAction] = [resumed(site) for _ in range(3)]
    moments: list[float] = []

    def applied_up_to() -> float:
        return registry.get_sample_value("beckon_consumer_applied_up_to_timestamp_seconds", {"topic": TOPIC}) or 0.0

    async def answered_after(moment: float) -> bool:
        return (registry.get_sample_value("beckon_kafka_answered_timestamp_seconds") or 0.0) > moment

    async with consuming(kafka, service, registry=registry):
        await shop.publish(events[0])
        await service.wait_for(events[:1])
        service.gate.clear()
        await shop.publish(*events[1:])
        for _ in range(3):
            await eventually(partial(answered_after, time.time()))
            moments.append(applied_up_to())
        service.gate.set()
        await eventually(lambda: _is(applied_up_to, moments[-1]))

    assert moments[1] == moments[2] < time.time() - 1


async def _is(moment: Callable[[], float], earlier: float) -> bool:
    return moment() > earlier
