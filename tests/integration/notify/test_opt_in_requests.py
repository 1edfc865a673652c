"""The one opt-in question: whoever forges what, a number gets at most one, and a YES binds one browser alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.notify.channels.results import NotSent, Rejected
from shared.events.envelope import Origin
from shared.events.merchant import SendingPaused
from shared.events.message import ContactConfirmed, MessageDeclined, MessageFailed, OptInHandled, QuestionPrepared
from shared.events.nudge import NudgeEvent
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import ANNA, BOB, LAPTOP, PHONE, SITE, a_consent, a_withdrawal, sealed
from tests.support.processes.notify import (
    Bench,
    now,
    question_cancelled,
    question_granted,
    question_postponed,
    question_withheld,
)

OTHER_SITE = UUID("01940000-0000-7000-8000-000000000002")


async def handled(bench: Bench, count: int = 1) -> list[OptInHandled]:
    """What became of so many opt-ins."""

    async def enough() -> bool:
        return len(await bench.emitted(OptInHandled)) >= count

    await bench.eventually(enough, seconds=15 + count / 10)
    return await bench.emitted(OptInHandled)


async def sent(bench: Bench, count: int = 1) -> None:
    async def enough() -> bool:
        return len(bench.carrier.sent) >= count

    await bench.eventually(enough)


async def test_a_tick_is_asked_about_on_the_handset(bench: Bench) -> None:
    bench.start("direct")

    await bench.storefront(a_consent(occurred_at=now()))
    (emitted,) = await handled(bench)
    await sent(bench)

    assert emitted.outcome == "asked"
    assert bench.carrier.bodies[0].startswith("Harbor & Vine: reply YES to get cart reminders by text.")


async def test_a_thousand_forged_opt_ins_for_a_number_lead_to_no_question(bench: Bench) -> None:
    """From a thousand browsers, on two shops of the account, looked at by two processes at once."""
    await bench.open_shop(site_id=OTHER_SITE)
    contacts = {SITE: ANNA, OTHER_SITE: sealed(site=OTHER_SITE)}
    forged = [
        a_consent(occurred_at=now(), site_id=site, contact=contacts[site], visitor_id=f"{number:022d}")
        for number in range(500)
        for site in (SITE, OTHER_SITE)
    ]
    other = Bench(bench.pool, carrier=bench.carrier)
    for part in range(0, len(forged), 250):
        await bench.storefront(*forged[part : part + 250])
    bench.start("direct")
    other.start("direct")

    emitted = await handled(bench, len(forged))

    await other.close()
    assert not bench.carrier.sent
    assert {(event.outcome, event.reason) for event in emitted} == {("refused", Reason.CONTESTED)}


async def test_forged_opt_ins_after_the_question_lead_to_no_second_one(bench: Bench) -> None:
    bench.start("direct")
    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench)

    await bench.storefront(*(a_consent(occurred_at=now(), visitor_id=f"{number:022d}") for number in range(50)))
    emitted = await handled(bench, 51)

    assert len(bench.carrier.sent) == 1
    assert {event.reason for event in emitted if event.outcome == "refused"} == {Reason.ASKED_RECENTLY}


async def test_repeating_an_opt_in_or_its_event_asks_once(bench: Bench) -> None:
    bench.start("direct")
    consent = a_consent(occurred_at=now())

    await bench.storefront(consent, consent)
    await sent(bench)
    await bench.storefront(consent, a_consent(occurred_at=now()))
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    await handled(bench, 2)

    assert len(bench.carrier.sent) == 1


@pytest.mark.parametrize("first", ["tick", "untick"])
async def test_unticking_before_the_question_keeps_it_back_in_any_order(bench: Bench, first: str) -> None:
    tick, untick = a_consent(occurred_at=now() - timedelta(seconds=2)), a_withdrawal(occurred_at=now() - timedelta(seconds=1))
    for event in (tick, untick) if first == "tick" else (untick, tick):
        await bench.storefront(event)

    bench.start("direct")
    (emitted,) = await handled(bench)

    assert (emitted.outcome, emitted.reason) == ("refused", Reason.WITHDRAWN)
    assert not bench.carrier.sent


async def question_asks(bench: Bench, count: int = 1) -> list[QuestionPrepared]:
    """Wait until so many attempts at a question have asked."""

    async def enough() -> bool:
        return len(await bench.emitted(QuestionPrepared)) >= count

    await bench.eventually(enough)
    return await bench.emitted(QuestionPrepared)


async def test_a_question_is_sent_by_a_grant_and_by_nothing_else(bench: Bench) -> None:
    tick = a_consent(occurred_at=now())
    await bench.storefront(tick)
    bench.start("questions")
    (ask,) = await question_asks(bench)
    before = len(bench.carrier.sent)

    await bench.nudges(question_granted(ask), question_granted(ask))
    (emitted,) = await handled(bench)

    assert (ask.consent_event_id, ask.visitor_id, ask.try_number) == (tick.event_id, LAPTOP, 1)
    assert (ask.ticked_at, ask.not_after) == (approx_ms(tick.occurred_at), approx_ms(tick.occurred_at + timedelta(hours=48)))
    assert before == 0
    assert (len(bench.carrier.sent), emitted.outcome) == (1, "asked")


def approx_ms(moment: datetime) -> datetime:
    """As the wire has it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(question_cancelled, Reason.BOUGHT), (question_withheld, Reason.TEST_MODE)],
    ids=["bought", "withheld"],
)
async def test_a_question_that_orders_ends_is_shown_with_its_reason(
    bench: Bench, answer: Callable[[QuestionPrepared], NudgeEvent], reason: Reason
) -> None:
    await bench.storefront(a_consent(occurred_at=now()))
    bench.start("questions")
    (ask,) = await question_asks(bench)

    await bench.nudges(answer(ask), answer(ask))
    (emitted,) = await handled(bench)

    assert (emitted.outcome, emitted.reason) == ("refused", reason)
    assert await bench.state_of(ask.attempt_id) == "not_sent"
    assert not bench.carrier.sent


async def test_a_question_that_was_cancelled_leaves_a_later_tick_its_own(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now() - timedelta(seconds=2)))
    bench.start("questions")
    (first,) = await question_asks(bench)
    again = a_consent(occurred_at=now())
    await bench.storefront(again)  # while the first one asks

    await bench.nudges(question_cancelled(first))
    second = (await question_asks(bench, 2))[1]
    await bench.nudges(question_granted(second))
    await sent(bench)

    assert second.consent_event_id == again.event_id


async def test_a_postponed_question_asks_again_by_a_new_attempt(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now()))
    bench.start("questions")
    (first,) = await question_asks(bench)

    await bench.nudges(question_postponed(first))
    second = (await question_asks(bench, 2))[1]
    await bench.nudges(question_granted(first), question_granted(second))
    await sent(bench)

    assert (second.try_number, second.attempt_id != first.attempt_id) == (2, True)
    assert len(bench.carrier.sent) == 1


async def pause(bench: Bench) -> None:
    await bench.merchant(SendingPaused(event_id=new_uuid7(), site_id=SITE, occurred_at=now(), received_at=now()))


async def stop(bench: Bench) -> None:
    await bench.reply("STOP")


async def untick(bench: Bench) -> None:
    await bench.storefront(a_withdrawal(occurred_at=now()))


async def hold(bench: Bench) -> None:
    await bench.pool.execute(
        "INSERT INTO notify.holds (site_id, topic, partition, kafka_offset, reason) VALUES ($1, 't', 0, 0, 'unreadable')", SITE
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [(pause, Reason.PAUSED), (stop, Reason.SUPPRESSED), (untick, Reason.WITHDRAWN), (hold, Reason.ON_HOLD)],
)
async def test_what_changes_after_the_grant_of_a_question_counts(
    bench: Bench, change: Callable[[Bench], Awaitable[None]], reason: Reason
) -> None:
    await bench.storefront(a_consent(occurred_at=now() - timedelta(seconds=1)))
    bench.start("questions")
    (ask,) = await question_asks(bench)
    await change(bench)

    await bench.nudges(question_granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")

    (failed,) = [event for event in await bench.emitted(MessageFailed) if event.attempt_id == ask.attempt_id]
    assert (failed.reason, failed.final) == (reason, False)
    assert not bench.carrier.sent


async def test_a_question_whose_process_died_asks_again(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now()))
    bench.start("questions")
    (first,) = await question_asks(bench)
    await bench.stop()  # dies with its stopwatch
    other = Bench(bench.pool, carrier=bench.carrier)
    await other.nudges(question_granted(first))  # the grant comes to somebody who did not open it
    await bench.pool.execute("UPDATE notify.attempts SET opened_at = opened_at - interval '11 seconds'")

    other.start("questions")
    second = (await question_asks(other, 2))[1]
    await other.nudges(question_granted(second))
    await sent(other)

    await other.close()
    assert second.try_number == 2
    assert len(bench.carrier.sent) == 1


async def test_an_opt_in_whose_handling_fails_is_shown_and_the_others_are_asked(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE, contact=BOB), a_consent(occurred_at=now()))
    await bench.pool.execute("UPDATE notify.bindings SET given_at = 'infinity' WHERE visitor_id = $1", PHONE)

    bench.start("direct")
    emitted = {event.visitor_id: event for event in await handled(bench, 2)}

    assert (emitted[PHONE].outcome, emitted[PHONE].reason) == ("refused", Reason.INTERNAL_ERROR)
    assert emitted[LAPTOP].outcome == "asked"
    assert bench.running()


async def test_a_question_that_the_carrier_refuses_ends_with_its_reason(bench: Bench) -> None:
    bench.carrier.answers = [Rejected(Reason.CARRIER_REFUSED)]
    bench.start("direct")

    await bench.storefront(a_consent(occurred_at=now()))
    (emitted,) = await handled(bench)

    assert (emitted.outcome, emitted.reason) == ("refused", Reason.CARRIER_REFUSED)


async def test_a_clerks_tick_binds_nobody(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now(), origin=Origin.BACK_OFFICE))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings") == 0


async def test_a_question_that_was_not_sent_is_asked_again_and_counts_as_one(bench: Bench) -> None:
    bench.carrier.answers = [NotSent()]
    bench.start("direct")

    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench, 2)
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    emitted = (await handled(bench, 2))[-1]

    assert len(bench.carrier.sent) == 2
    assert (emitted.outcome, emitted.reason) == ("refused", Reason.ASKED_RECENTLY)


async def confirmed_browsers(bench: Bench) -> list[str]:
    """For which browsers the number has said YES."""
    rows = await bench.pool.fetch("SELECT visitor_id FROM notify.bindings WHERE confirmed_at IS NOT NULL ORDER BY visitor_id")
    return [row["visitor_id"] for row in rows]


async def test_a_yes_confirms_the_browser_that_was_asked(bench: Bench) -> None:
    bench.start("direct")
    await bench.storefront(a_consent(occurred_at=now() - timedelta(days=3), visitor_id=PHONE))  # too old to compete
    tick = a_consent(occurred_at=now(), visitor_id=LAPTOP)
    await bench.storefront(tick)
    await handled(bench, 2)

    await bench.reply("YES")

    (confirmed,) = await bench.emitted(ContactConfirmed)
    assert (confirmed.visitor_id, confirmed.consent_event_id) == (LAPTOP, tick.event_id)
    assert await confirmed_browsers(bench) == [LAPTOP]


async def test_a_tick_again_in_the_same_browser_replaces_the_first_one(bench: Bench) -> None:
    bench.start("direct")
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
    bench.start("direct")
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
    bench.start("direct")
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
    bench.start("direct")
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
    bench.start("direct")
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


async def test_ticking_again_after_unticking_needs_a_new_yes(bench: Bench) -> None:
    """A beacon is unsigned: it can take a consent back, and never give one."""
    bench.start("direct", "dispatcher")
    await bench.confirm_anna()
    await bench.storefront(a_withdrawal(occurred_at=now()))
    await bench.storefront(a_consent(occurred_at=now() + timedelta(seconds=1)))

    await bench.due()

    async def declined() -> bool:
        return any(event.reason is Reason.WITHDRAWN for event in await bench.emitted(MessageDeclined))

    await bench.eventually(declined)
    assert await bench.pool.fetchval("SELECT withdrawn_at > confirmed_at FROM notify.bindings")
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def test_a_tick_in_a_confirmed_browser_is_emitted_as_such(bench: Bench) -> None:
    bench.start("direct")
    await bench.confirm_anna()

    await bench.storefront(a_consent(occurred_at=now()))

    assert [event.outcome for event in await bench.emitted(OptInHandled)] == ["asked", "already_confirmed"]


async def test_the_evidence_of_every_tick_is_kept(bench: Bench) -> None:
    await bench.storefront(*(a_consent(occurred_at=now(), event_id=new_uuid7()) for _ in range(3)))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.consents WHERE evidence LIKE '%text_hash%'") == 3


async def test_a_carrier_that_hangs_delays_nobody_elses_answer(bench: Bench) -> None:
    bench.carrier.held = asyncio.Event()
    bench.start("direct")
    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench)

    await bench.reply("STOP", number="+12025550144")
    await sent(bench, 2)

    assert bench.carrier.sent[1].to == "+12025550144"
    bench.carrier.held.set()
