"""Reminders by push: before the text, once, and what each answer of a push service leads to."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.notify.channels.results import Gone, NotSent, Rejected, Unknown
from services.notify.delivery.routes import Route
from shared.events.envelope import Channel
from shared.events.identifiers import link_id_of
from shared.events.message import (
    ContactInvalid,
    MessageAccepted,
    MessageDeclined,
    MessageDelivered,
    MessageFailed,
    MessageKind,
    MessagePrepared,
    MessageUnresolved,
)
from shared.events.reasons import Reason
from shared.events.settings import Campaign, CampaignStep, PushWords
from shared.events.storefront import PushShown, PushSubscribed
from shared.messages.rendering import DEFAULT_TEMPLATE
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import LAPTOP, PHONE, SITE
from tests.support.builders.notify_answers import now
from tests.support.builders.push import (
    ENDPOINT,
    a_push_shop,
    a_subscription,
    sealed_subscription,
)
from tests.support.processes.notify import INGEST, Bench
from tests.support.processes.push import a_pushing_bench, asked, goes


@pytest.fixture
async def bench(pool: Pool) -> AsyncIterator[Bench]:
    async with a_pushing_bench(pool) as bench:
        yield bench


async def test_push_comes_before_the_text_and_holds_what_the_worker_needs(bench: Bench) -> None:
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    due = await bench.due(channels=(Channel.PUSH, Channel.SMS))

    ask = await goes(bench)
    await bench.becomes(ask.attempt_id, "accepted")

    (push,) = bench.push.sent
    payload = json.loads(push.payload)
    token = payload["notification"]["navigate"].rpartition("/")[2]
    (accepted,) = [event for event in await bench.emitted(MessageAccepted) if event.attempt_id == ask.attempt_id]
    assert ask.channel is Channel.PUSH
    assert payload["web_push"] == 8030
    assert (payload["notification"]["title"], payload["notification"]["tag"]) == ("Harbor & Vine", push.topic)
    assert payload["beckon"] == {
        "id": due.nudge_id.hex,
        "step": 1,
        "cart": push.topic,
        "attempt": ask.attempt_id,
        "u": LAPTOP,
        "k": "",
        "i": INGEST,
    }
    assert accepted.link_id == link_id_of(token)
    assert 0 < push.ttl_seconds <= 28 * 86_400
    assert not [body for body in bench.carrier.bodies if "you left" in body], "the one legal text is kept"


async def test_the_text_is_the_merchants(bench: Bench) -> None:
    words = PushWords(title="Your wine waits", body="{items} at {brand}")
    step = CampaignStep(delay_seconds=60, channel_order=(Channel.PUSH,), template=DEFAULT_TEMPLATE, push=words)
    async with bench.database.transaction() as store:
        await bench.consumers.apply_site_settings([a_push_shop(revision=3, campaign=Campaign(id="c1", steps=(step,)))], store)
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))

    ask = await goes(bench)
    await bench.becomes(ask.attempt_id, "accepted")

    payload = json.loads(bench.push.sent[0].payload)["notification"]
    assert payload["title"] == "Your wine waits"
    assert payload["body"].endswith(" at Harbor & Vine")


async def test_a_subscription_that_is_gone_is_forgotten_and_the_step_goes_on_to_the_text(bench: Bench) -> None:
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH, Channel.SMS))

    first = await goes(bench, Gone())
    second = await goes(bench, ask=2)
    await bench.becomes(second.attempt_id, "accepted")

    assert (first.channel, second.channel) == (Channel.PUSH, Channel.SMS)
    assert first.nudge_id == second.nudge_id
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings WHERE channel = 'push'") == 0
    assert [event.recipient.index for event in await bench.emitted(ContactInvalid)] == [sealed_subscription().index]
    assert len(bench.push.sent) == 1
    assert len([body for body in bench.carrier.bodies if "you left" in body]) == 1


async def test_an_unresolved_push_asks_again_three_times_at_most_and_never_becomes_a_text(
    bench: Bench,
) -> None:
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    due = await bench.due(channels=(Channel.PUSH, Channel.SMS))

    asks = [await goes(bench, Unknown(), number) for number in (1, 2, 3)]
    await bench.eventually(lambda: ended(bench))

    emitted = [event.given_up for event in await bench.emitted(MessageUnresolved)]
    assert emitted == [False, False, False, True]
    assert {ask.channel for ask in asks} == {Channel.PUSH}
    assert {json.loads(push.payload)["beckon"]["id"] for push in bench.push.sent} == {due.nudge_id.hex}
    assert len({push.topic for push in bench.push.sent}) == 1
    assert len(bench.push.sent) == 3
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def ended(bench: Bench) -> bool:
    states = await bench.pool.fetch("SELECT state FROM notify.nudges")
    return [row["state"] for row in states] == ["ended"]


async def test_an_uncertain_push_whose_browser_is_gone_meanwhile_never_becomes_a_text(bench: Bench) -> None:
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH, Channel.SMS))

    await goes(bench, Unknown())
    await goes(bench, Gone(), 2)
    await bench.eventually(lambda: declined(bench))

    assert len(await bench.emitted(MessagePrepared)) == 2
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def declined(bench: Bench) -> bool:
    return [event.reason for event in await bench.emitted(MessageDeclined)] == [Reason.NO_CHANNEL]


async def test_a_sender_that_died_counts_as_an_uncertain_push_and_asks_again(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    first = await asked(bench)
    await bench.pool.execute(
        """
        UPDATE notify.attempts SET state = 'calling', called_at = clock_timestamp() - interval '1 minute'
         WHERE attempt_id = $1
        """,
        first.attempt_id,
    )

    second = await goes(bench, ask=2)
    await bench.becomes(second.attempt_id, "accepted")

    assert await bench.state_of(first.attempt_id) == "unresolved"
    assert len(bench.push.sent) == 1


async def test_a_key_that_is_refused_rests_and_the_step_goes_on_to_the_text(bench: Bench) -> None:
    """It is the shop's key and not the shopper's browser that is refused: the subscription stays."""
    await bench.confirm_anna()
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH, Channel.SMS))

    first = await goes(bench, NotSent(0.1, Reason.ACCOUNT_REFUSED))
    second = await goes(bench, ask=2)
    await bench.becomes(second.attempt_id, "accepted")

    assert (first.channel, second.channel) == (Channel.PUSH, Channel.SMS)
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings WHERE channel = 'push'") == 1
    assert len(bench.push.sent) == 1


async def test_a_push_that_was_refused_for_what_it_is_ends_the_nudge(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))

    ask = await goes(bench, Rejected(Reason.CARRIER_REFUSED))
    await bench.becomes(ask.attempt_id, "rejected")

    (failed,) = await bench.emitted(MessageFailed)
    assert (failed.final, failed.reason) == (True, Reason.CARRIER_REFUSED)


async def test_a_busy_push_service_is_asked_again_and_slowed_for_all_subscriptions(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    other = a_subscription(visitor_id=PHONE, subscription=sealed_subscription(ENDPOINT + "-phone"))
    elsewhere = a_subscription(visitor_id="t" * 22, subscription=sealed_subscription("https://web.push.apple.com/anna"))
    await bench.storefront(other, elsewhere)
    await bench.due(channels=(Channel.PUSH,))

    await goes(bench, NotSent(0.1, slow_down=True))
    second = await goes(bench, ask=2)
    await bench.becomes(second.attempt_id, "accepted")
    for _ in range(12):
        bench.routes.slow_down(await route_to(bench, a_subscription()))

    assert bench.routes.slot_in(await route_to(bench, other), MessageKind.REMINDER, SITE) > 1
    assert bench.routes.slot_in(await route_to(bench, elsewhere), MessageKind.REMINDER, SITE) == 0


async def route_to(bench: Bench, subscribed: PushSubscribed) -> Route:
    async with bench.database.transaction() as store:
        binding = await store.consents.binding(SITE, subscribed.visitor_id, "push", subscribed.subscription.index)
    assert binding is not None, "it was kept"
    route = bench.routes.find(a_push_shop(), binding)
    assert not isinstance(route, Reason), route
    return route


async def test_what_the_worker_showed_was_delivered(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    ask = await goes(bench)
    await bench.becomes(ask.attempt_id, "accepted")

    for visitor in (PHONE, LAPTOP, LAPTOP):
        shown = {"event_id": new_uuid7(), "site_id": SITE, "occurred_at": now(), "received_at": now()}
        await bench.storefront(PushShown(**shown, visitor_id=visitor, attempt_id=ask.attempt_id))

    (delivered,) = await bench.emitted(MessageDelivered)
    assert delivered.attempt_id == ask.attempt_id


async def test_what_was_shown_before_the_answer_is_stored_was_delivered(bench: Bench) -> None:
    await bench.storefront(a_subscription())
    await bench.due(channels=(Channel.PUSH,))
    bench.push.held = asyncio.Event()
    ask = await goes(bench)
    await bench.becomes(ask.attempt_id, "calling")

    shown = {"event_id": new_uuid7(), "site_id": SITE, "occurred_at": now(), "received_at": now()}
    await bench.storefront(PushShown(**shown, visitor_id=LAPTOP, attempt_id=ask.attempt_id))
    assert await bench.emitted(MessageDelivered) == []
    bench.push.held.set()
    await bench.becomes(ask.attempt_id, "accepted")

    (delivered,) = await bench.emitted(MessageDelivered)
    assert delivered.attempt_id == ask.attempt_id


async def test_two_steps_of_a_cart_share_a_topic_and_carry_their_order(bench: Bench) -> None:
    steps = tuple(
        CampaignStep(delay_seconds=60 * number, channel_order=(Channel.PUSH,), template=DEFAULT_TEMPLATE) for number in (1, 2)
    )
    async with bench.database.transaction() as store:
        await bench.consumers.apply_site_settings([a_push_shop(revision=3, campaign=Campaign(id="c1", steps=steps))], store)
    await bench.storefront(a_subscription(at=now() - timedelta(hours=1)))
    first = await bench.due(channels=(Channel.PUSH,))
    await bench.becomes((await goes(bench)).attempt_id, "accepted")
    await bench.due(channels=(Channel.PUSH,), cart_id=first.cart_id, step=2, nudge_id=new_uuid7())
    await bench.becomes((await goes(bench, ask=2)).attempt_id, "accepted")

    payload = [json.loads(push.payload)["beckon"] for push in bench.push.sent]
    assert [each["step"] for each in payload] == [1, 2]
    assert len({push.topic for push in bench.push.sent}) == 1
