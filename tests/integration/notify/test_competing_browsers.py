"""A YES confirms the one browser that was asked, and nobody while two claim a number."""

from datetime import timedelta

import pytest

from shared.events.message import ContactConfirmed, OptInHandled
from shared.events.reasons import Reason
from tests.support.builders.notify import LAPTOP, PHONE, a_consent, a_withdrawal
from tests.support.builders.notify_answers import now, question_granted
from tests.support.processes.notify import Bench
from tests.support.processes.notify_waits import confirmed_browsers, handled, question_asks, sent


async def test_a_yes_confirms_the_browser_that_was_asked(bench: Bench) -> None:
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now() - timedelta(days=3), visitor_id=PHONE))  # too old to compete
    tick = a_consent(occurred_at=now(), visitor_id=LAPTOP)
    await bench.storefront(tick)
    await handled(bench, 2)

    await bench.reply("YES")

    (confirmed,) = await bench.emitted(ContactConfirmed)
    assert (confirmed.visitor_id, confirmed.consent_event_id) == (LAPTOP, tick.event_id)
    assert await confirmed_browsers(bench) == [LAPTOP]


async def test_a_tick_again_in_the_same_browser_replaces_the_first_one(bench: Bench) -> None:
    bench.start("transactional")
    again = a_consent(occurred_at=now())
    await bench.storefront(a_consent(occurred_at=now() - timedelta(seconds=5)))
    await sent(bench)
    await bench.storefront(again)

    await bench.reply("YES")

    (confirmed,) = await bench.emitted(ContactConfirmed)
    assert (confirmed.visitor_id, confirmed.consent_event_id) == (LAPTOP, again.event_id)


@pytest.mark.parametrize(("asked", "other"), [(LAPTOP, PHONE), (PHONE, LAPTOP)])
async def test_a_yes_confirms_nobody_while_two_browsers_claim_the_number(bench: Bench, asked: str, other: str) -> None:
    """One of them is a stranger's, and which is uncertain."""
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=asked))
    await sent(bench)
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=other))
    await handled(bench, 2)

    await bench.reply("YES")
    await bench.reply("YES")
    await sent(bench, 2)

    emitted = (await bench.emitted(OptInHandled))[-1]
    assert await confirmed_browsers(bench) == []
    assert not await bench.emitted(ContactConfirmed)
    assert (emitted.visitor_id, emitted.outcome, emitted.reason) == (asked, "refused", Reason.CONTESTED)
    assert "nothing was confirmed" in bench.carrier.bodies[1]


@pytest.mark.parametrize("how", ["withdraws it", "ticks again himself"])
async def test_a_stranger_cannot_clear_the_other_browser_out_of_the_way(bench: Bench, how: str) -> None:
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now() - timedelta(seconds=3), visitor_id=PHONE))  # the stranger
    await sent(bench)
    await bench.storefront(a_consent(occurred_at=now() - timedelta(seconds=2), visitor_id=LAPTOP))  # Anna
    await handled(bench, 2)
    if how == "withdraws it":
        await bench.storefront(a_withdrawal(occurred_at=now() - timedelta(seconds=1), visitor_id=None))
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))

    await bench.reply("YES")

    assert await confirmed_browsers(bench) == []


async def test_while_two_browsers_compete_nobody_is_asked_and_later_one_alone_is(bench: Bench) -> None:
    """The morning after: both ticked in the evening. Two days later the number may be asked again, in either browser."""
    evening = now() - timedelta(hours=10)
    await bench.storefront(a_consent(occurred_at=evening), a_consent(occurred_at=evening, visitor_id=PHONE))
    bench.start("transactional")
    emitted = await handled(bench, 2)
    await bench.pool.execute("UPDATE notify.bindings SET given_at = given_at - interval '48 hours'")

    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    await sent(bench)
    await bench.reply("YES")

    assert {event.reason for event in emitted} == {Reason.CONTESTED}
    assert await confirmed_browsers(bench) == [PHONE]


async def test_a_second_browser_while_the_first_still_asks_keeps_both_from_being_asked(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now()))
    bench.start("questions")
    (ask,) = await question_asks(bench)
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    await handled(bench)

    await bench.nudges(question_granted(ask))
    emitted = await handled(bench, 2)

    assert {(event.visitor_id, event.reason) for event in emitted} == {(LAPTOP, Reason.CONTESTED), (PHONE, Reason.CONTESTED)}
    assert not bench.carrier.sent


async def test_a_second_device_of_somebody_confirmed_is_asked_after_the_month(bench: Bench) -> None:
    bench.start("transactional")
    await bench.confirm_anna()
    await bench.pool.execute("UPDATE notify.questions SET asked_at = asked_at - interval '31 days'")
    await bench.pool.execute("UPDATE notify.bindings SET given_at = given_at - interval '31 days'")
    before = len(bench.carrier.sent)

    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    await sent(bench, before + 1)
    await bench.reply("YES")

    assert await confirmed_browsers(bench) == [LAPTOP, PHONE]


async def test_a_yes_to_no_question_confirms_nothing(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now()))

    answer = await bench.reply("YES")

    assert answer.status_code == 200
    assert not await bench.emitted(ContactConfirmed)
