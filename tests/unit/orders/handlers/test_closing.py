"""How nudges end: each exactly once, by an answer, by notify's word or by their time."""

from datetime import timedelta

from services.orders.rules.nudges import NudgeState
from shared.events.nudge import (
    NudgeCancelled,
    NudgeGranted,
    NudgeLapsed,
)
from shared.events.reasons import Reason
from tests.support.builders.orders import (
    NOON,
    SITE,
    an_ask,
)
from tests.support.memory.orders_rig import accepted, an_abandoned_cart, answer_to, failed


async def test_a_nudge_without_an_answer_lapses_once_with_the_last_reason() -> None:
    rig = await an_abandoned_cart()
    rig.database.tables.held.add(SITE)
    await answer_to(rig)
    await rig.pass_time(NOON + timedelta(hours=49))

    lapsed = [event for event in rig.emitted(NudgeLapsed) if isinstance(event, NudgeLapsed)]
    assert [event.reason for event in lapsed] == [Reason.ON_HOLD]
    assert await answer_to(rig, number=2) == Reason.ON_HOLD  # emitted again to who has not received it
    assert rig.emitted(NudgeCancelled) == []


async def test_a_granted_nudge_ends_by_an_event_of_notify_alone() -> None:
    rig = await an_abandoned_cart()
    await answer_to(rig)
    await rig.pass_time(NOON + timedelta(hours=60))
    assert rig.emitted(NudgeLapsed) == []

    await rig.messages(accepted(rig))
    await rig.messages(an_ask(rig.due(), number=2))
    await rig.grant()
    await rig.pass_time(NOON + timedelta(hours=70))

    assert len(rig.emitted(NudgeGranted)) == 1
    assert (rig.emitted(NudgeLapsed), rig.emitted(NudgeCancelled)) == ([], [])


async def test_a_grant_that_called_nobody_is_void_and_the_nudge_lapses() -> None:
    rig = await an_abandoned_cart()
    await answer_to(rig)
    await rig.messages(failed(rig, 1, final=False))

    await rig.pass_time(NOON + timedelta(hours=50))

    assert len(rig.emitted(NudgeLapsed)) == 1


async def test_a_final_failure_ends_the_nudge() -> None:
    rig = await an_abandoned_cart()
    await answer_to(rig)
    await rig.messages(failed(rig, 1, final=True))
    await rig.pass_time(NOON + timedelta(hours=60))

    states = [nudge.state for nudge in rig.database.tables.nudges.values()]
    assert states == [NudgeState.ENDED]
    assert rig.emitted(NudgeLapsed) == []


async def test_a_nudge_asked_for_after_its_legal_end_is_cancelled() -> None:
    rig = await an_abandoned_cart()
    rig.clock.wall = NOON + timedelta(hours=48, minutes=31)

    assert await answer_to(rig) == Reason.TOO_LATE


async def test_a_failed_commit_leaves_nothing_behind_and_a_new_attempt_asks() -> None:
    rig = await an_abandoned_cart()
    await rig.messages(an_ask(rig.due()))
    rig.database.fails_emitting = NudgeGranted

    await rig.grant()
    assert rig.emitted(NudgeGranted) == []

    assert await answer_to(rig, number=2) == "granted"
