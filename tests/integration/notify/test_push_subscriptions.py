"""Subscriptions of browsers: taken, withdrawn, replaced, deleted; and nobody else's address."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.events.envelope import Channel, Recipient
from shared.events.merchant import ContactErased
from shared.events.message import (
    MessageDeclined,
    MessagePrepared,
)
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import ANNA, LAPTOP, PHONE, SITE
from tests.support.builders.notify_answers import granted, now
from tests.support.builders.push import (
    ENDPOINT,
    a_subscription,
    an_unsubscription,
    sealed_subscription,
)
from tests.support.processes.notify import Bench
from tests.support.processes.push import a_pushing_bench, asked, goes


@pytest.fixture
async def bench(pool: Pool) -> AsyncIterator[Bench]:
    async with a_pushing_bench(pool) as bench:
        yield bench


async def test_a_browser_that_unsubscribed_is_not_asked_for(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.storefront(an_unsubscription())

    await bench.due(channels=(Channel.PUSH,))
    await bench.eventually(lambda: bench.emitted(MessageDeclined))

    (emitted,) = await bench.emitted(MessageDeclined)
    assert emitted.reason is Reason.WITHDRAWN
    assert await bench.emitted(MessagePrepared) == []


async def test_unsubscribing_between_grant_and_call_is_seen_by_the_pre_send_check(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    ask = await asked(bench)

    await bench.storefront(an_unsubscription())
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")

    assert bench.push.sent == []


async def test_a_subscription_to_somebody_elses_address_is_not_kept(bench: Bench) -> None:
    await bench.storefront(a_subscription(subscription=sealed_subscription("https://169.254.169.254/latest/meta-data")))
    await bench.storefront(a_subscription(subscription=sealed_subscription("https://fcm.googleapis.com.evil.example/x")))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings") == 0


async def test_a_channel_that_appears_wakes_what_waits(bench: Bench) -> None:
    await bench.due(channels=(Channel.PUSH,))
    await bench.eventually(lambda: bench.emitted(MessageDeclined))

    await bench.storefront(a_subscription(at=now()))
    ask = await goes(bench)
    await bench.becomes(ask.attempt_id, "accepted")

    assert len(bench.push.sent) == 1


def erased(**whom: Any) -> ContactErased:
    return ContactErased(event_id=new_uuid7(), site_id=SITE, occurred_at=now(), received_at=now(), **whom)


async def test_an_erased_browser_is_forgotten(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.merchant(erased(visitor_id=LAPTOP))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings") == 0


async def test_an_erasure_by_phone_removes_the_subscription_of_that_browser_alone(bench: Bench) -> None:
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    await bench.storefront(a_subscription(visitor_id=PHONE, subscription=sealed_subscription(ENDPOINT + "-phone")))

    await bench.merchant(erased(recipient=Recipient(kind=ANNA.kind, index=ANNA.index)))

    left = await bench.pool.fetch("SELECT visitor_id FROM notify.bindings")
    assert [row["visitor_id"] for row in left] == [PHONE]
