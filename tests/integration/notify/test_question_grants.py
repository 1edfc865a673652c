"""The opt-in question goes by a grant of orders and by nothing else."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from shared.events.merchant import SendingPaused
from shared.events.message import MessageFailed, QuestionPrepared
from shared.events.nudge import NudgeEvent
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import LAPTOP, SITE, a_consent, a_withdrawal
from tests.support.builders.notify_answers import (
    now,
    question_cancelled,
    question_granted,
    question_postponed,
    question_withheld,
)
from tests.support.processes.notify import Bench
from tests.support.processes.notify_waits import handled, question_asks, sent


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
