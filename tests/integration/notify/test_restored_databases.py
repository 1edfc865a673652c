"""A database restored from a backup has lost attempts, and the log still holds their grants.

Whoever was granted may have been called: what the log grants to an attempt that nobody knows never goes out again.
"""

import pytest

from shared.events.message import MessagePrepared, MessageUnresolved, QuestionPrepared
from shared.events.nudge import NudgeDue
from tests.support.builders.notify import SITE, a_consent
from tests.support.builders.notify_answers import granted, now, question_granted
from tests.support.processes.notify import Bench
from tests.support.processes.notify_waits import question_asks, sent


async def restore_from_before_the_ask(bench: Bench) -> None:
    """Forget what was stored since a backup: Anna's opt-in was in it, and nothing that was asked or called later."""
    await bench.pool.execute("DELETE FROM notify.attempts WHERE kind = 'reminder'")
    await bench.pool.execute("DELETE FROM notify.nudges")
    await bench.pool.execute("DELETE FROM notify.outbox")


async def reminded(bench: Bench) -> tuple[NudgeDue, MessagePrepared]:
    """Anna is reminded of a cart."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    due = await bench.due()
    (ask,) = await bench.asks()
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "accepted")
    return due, ask


def reminders(bench: Bench) -> list[str]:
    return [body for body in bench.carrier.bodies if "you left" in body]


async def another_asks(bench: Bench) -> NudgeDue:
    """A later nudge asks, so an earlier one had its chance: both are claimed in the order of their time."""
    due = await bench.due()
    await bench.asks()
    return due


async def test_a_reminder_whose_attempt_was_lost_is_not_sent_again(bench: Bench) -> None:
    due, ask = await reminded(bench)
    await bench.stop()
    await restore_from_before_the_ask(bench)

    await bench.nudges(due, granted(ask))
    bench.start("dispatcher")
    other = await another_asks(bench)

    assert [event.nudge_id for event in await bench.emitted(MessagePrepared)] == [other.nudge_id]
    assert len(reminders(bench)) == 1
    (unresolved,) = await bench.emitted(MessageUnresolved)
    assert (unresolved.nudge_id, unresolved.attempt_id, unresolved.given_up) == (due.nudge_id, ask.attempt_id, True)


async def test_a_step_asked_again_before_its_old_grant_is_read_is_withdrawn(bench: Bench) -> None:
    due, ask = await reminded(bench)
    await bench.stop()
    await restore_from_before_the_ask(bench)
    bench.start("dispatcher")
    await bench.nudges(due)
    (again,) = await bench.asks()

    await bench.nudges(granted(ask), granted(again))
    await bench.becomes(again.attempt_id, "not_sent")

    assert len(reminders(bench)) == 1


async def test_a_grant_that_is_read_again_by_who_knows_its_attempt_changes_nothing(bench: Bench) -> None:
    _, ask = await reminded(bench)

    await bench.nudges(granted(ask), granted(ask))

    assert await bench.state_of(ask.attempt_id) == "accepted"
    assert await bench.emitted(MessageUnresolved) == []


@pytest.mark.parametrize("tick_is_read_first", [True, False])
async def test_a_number_that_may_have_been_asked_is_not_asked_again(bench: Bench, tick_is_read_first: bool) -> None:
    tick = a_consent(occurred_at=now())
    await bench.storefront(tick)
    bench.start("questions")
    (ask,) = await question_asks(bench)
    await bench.nudges(question_granted(ask))
    await sent(bench)
    await bench.stop()
    await bench.pool.execute("TRUNCATE notify.attempts, notify.bindings, notify.questions, notify.consents, notify.outbox")

    if tick_is_read_first:
        await bench.storefront(tick)
    await bench.nudges(question_granted(ask))
    await bench.storefront(tick)
    bench.start("questions")

    async def is_decided() -> bool:
        return bool(await bench.pool.fetchval("SELECT state = 'asked' FROM notify.bindings WHERE site_id = $1", SITE))

    await bench.eventually(is_decided)
    assert await bench.emitted(QuestionPrepared) == []
    assert len(bench.carrier.sent) == 1
