"""What a memory of attempts and nudges must do, whether it is in PostgreSQL or in dictionaries."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage.protocols import Database
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.message import MessageKind
from shared.runtime.ids import new_random_id
from tests.support.builders.notify import (
    ACCOUNT,
    ANNA,
    SITE,
    a_due_nudge,
)
from tests.support.builders.notify_answers import now

EVERYWHERE = range(NUDGE_EVENTS.partitions)
SECOND = timedelta(seconds=1)
NO_TIME = timedelta(0)
LONG_AGO = -timedelta(seconds=1)
"""An age that everything has."""


async def open_it(memory: Database, attempt: Attempt) -> bool:
    async with memory.transaction() as store:
        return await store.attempts.open_attempt(attempt)


async def state_of(memory: Database, attempt: Attempt) -> AttemptState:
    async with memory.transaction() as store:
        found = await store.attempts.lock_attempt(attempt.site_id, attempt.attempt_id)
    assert found is not None
    return found.state


async def test_a_cause_has_one_attempt_until_that_is_provably_not_sent(memory: Database, attempt: Attempt) -> None:
    second = replace(attempt, attempt_id=new_random_id())

    assert await open_it(memory, attempt)
    assert not await open_it(memory, second)
    async with memory.transaction() as store:
        assert await store.attempts.write_not_sent(attempt.site_id, attempt.attempt_id, None)
    assert await open_it(memory, second)
    assert not await open_it(memory, replace(attempt, attempt_id=new_random_id()))


@pytest.mark.parametrize("state", [AttemptState.ACCEPTED, AttemptState.REJECTED, AttemptState.UNRESOLVED])
async def test_after_a_call_a_cause_has_no_other_attempt(memory: Database, attempt: Attempt, state: AttemptState) -> None:
    await open_it(memory, attempt)
    async with memory.transaction() as store:
        await store.attempts.start_call(attempt.site_id, attempt.attempt_id, "me")
        assert await store.attempts.record_result(attempt.site_id, attempt.attempt_id, state, "SM1")

    assert not await open_it(memory, replace(attempt, attempt_id=new_random_id()))
    assert await state_of(memory, attempt) is state


async def test_only_a_prepared_attempt_is_called_and_by_one(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    async with memory.transaction() as store:
        began = [await store.attempts.start_call(attempt.site_id, attempt.attempt_id, who) for who in ("me", "you")]

    assert began == [True, False]


async def test_not_sent_is_written_over_prepared_or_by_who_calls(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    key = (attempt.site_id, attempt.attempt_id)
    async with memory.transaction() as store:
        await store.attempts.start_call(*key, "me")
        written = [await store.attempts.write_not_sent(*key, who) for who in (None, "you", "me", "me")]

    assert written == [False, False, True, False]


async def test_an_end_stays_an_end(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    key = (attempt.site_id, attempt.attempt_id)
    async with memory.transaction() as store:
        attempts = store.attempts
        assert not await attempts.record_result(*key, AttemptState.ACCEPTED, "SM1"), "it was not called"
        await attempts.start_call(*key, "me")
        assert await attempts.record_result(*key, AttemptState.UNRESOLVED, None)
        assert await attempts.record_result(*key, AttemptState.ACCEPTED, "SM1")
        assert not await attempts.record_result(*key, AttemptState.REJECTED, None)
        assert not await attempts.write_not_sent(*key, "me")
        assert not await attempts.give_up(*key)


async def test_an_attempt_that_was_given_up_takes_no_result_any_more(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    key = (attempt.site_id, attempt.attempt_id)
    async with memory.transaction() as store:
        await store.attempts.start_call(*key, "me")
        await store.attempts.record_result(*key, AttemptState.UNRESOLVED, None)
    before = [each.attempt_id for each in await memory.unresolved()]
    async with memory.transaction() as store:
        gave_up = [await store.attempts.give_up(*key) for _ in range(2)]
        recorded = await store.attempts.record_result(*key, AttemptState.ACCEPTED, "SM1")

    assert before == [attempt.attempt_id]
    assert gave_up == [True, False]
    assert not recorded
    assert await memory.unresolved() == []


async def test_orphans_lapse_and_crashed_calls_are_exposed(memory: Database, attempt: Attempt) -> None:
    called, answer = (
        replace(attempt, attempt_id=new_random_id(), cause="another"),
        replace(attempt, attempt_id=new_random_id(), kind=MessageKind.ACKNOWLEDGEMENT, nudge_id=None),
    )
    for each in (attempt, called, answer):
        assert await open_it(memory, each)
    async with memory.transaction() as store:
        await store.attempts.start_call(called.site_id, called.attempt_id, "me")
    async with memory.transaction() as store:
        lapsed = await store.attempts.lapse_orphans(LONG_AGO)
        exposed = await store.attempts.expose_crashed_calls(LONG_AGO)

    assert [(each.attempt_id, each.state) for each in lapsed] == [(attempt.attempt_id, AttemptState.NOT_SENT)]
    assert [(each.attempt_id, each.state) for each in exposed] == [(called.attempt_id, AttemptState.UNRESOLVED)]


async def test_what_may_have_been_sent_counts_as_sent(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    assert attempt.cart_id is not None
    counts = []
    for step in ("prepared", "calling", "unresolved"):
        async with memory.transaction() as store:
            if step == "calling":
                await store.attempts.start_call(attempt.site_id, attempt.attempt_id, "me")
            if step == "unresolved":
                await store.attempts.record_result(attempt.site_id, attempt.attempt_id, AttemptState.UNRESOLVED, None)
            for_cart = await store.attempts.sent_for_cart(SITE, attempt.cart_id, "sms")
            counts.append((await store.attempts.sent_in_a_day(ACCOUNT, ANNA.index), for_cart))

    assert counts == [(0, 0), (1, 1), (1, 1)]


async def test_a_rank_only_rises(memory: Database, attempt: Attempt) -> None:
    await open_it(memory, attempt)
    async with memory.transaction() as store:
        raised = [await store.attempts.raise_rank(attempt.site_id, attempt.attempt_id, rank) for rank in (1, 3, 2, 3, 4)]

    assert raised == [True, True, False, False, True]


async def test_a_transaction_that_fails_leaves_nothing(memory: Database, attempt: Attempt) -> None:
    async def open_and_fail() -> None:
        async with memory.transaction() as store:
            await store.attempts.open_attempt(attempt)
            raise KeyError

    with pytest.raises(KeyError):
        await open_and_fail()

    async with memory.transaction() as store:
        assert await store.attempts.lock_attempt(attempt.site_id, attempt.attempt_id) is None


async def test_a_due_nudge_is_claimed_once_until_its_lease_ends(memory: Database) -> None:
    due = a_due_nudge(abandoned_at=now() - timedelta(minutes=1))
    async with memory.transaction() as store:
        await store.nudges.queue(due)
        await store.nudges.queue(due)

    assert await memory.claim_nudges([], 10) == []
    assert await memory.claim_nudges(EVERYWHERE, 10) == [(SITE, due.nudge_id)]
    assert await memory.claim_nudges(EVERYWHERE, 10) == []
    async with memory.transaction() as store:
        await store.nudges.wake(SITE, due.visitor_id)
    assert await memory.claim_nudges(EVERYWHERE, 10) == [(SITE, due.nudge_id)]


async def test_a_nudge_asks_waits_and_ends_once(memory: Database) -> None:
    due = a_due_nudge()
    key = (SITE, due.nudge_id)
    async with memory.transaction() as store:
        nudges = store.nudges
        await nudges.queue(due)
        await nudges.set_asking(*key)
        assert await nudges.lock_queued(*key) is None
        await nudges.note_grant(*key, "a" * 32)
        await nudges.queue_again(*key, NO_TIME, "no_consent")
        queued = await nudges.lock_queued(*key)
        ended = [await nudges.end(*key) for _ in range(2)]
        await nudges.queue_again(*key, NO_TIME)
        assert await nudges.lock_queued(*key) is None

    assert queued is not None
    assert (queued.due, queued.tries, queued.reported, queued.granted_attempt) == (due, 1, "no_consent", "a" * 32)
    assert ended == [True, False]


async def test_a_nudge_whose_process_died_is_evaluated_again(memory: Database, attempt: Attempt) -> None:
    due = a_due_nudge(abandoned_at=now() - timedelta(minutes=1), nudge_id=attempt.nudge_id)
    async with memory.transaction() as store:
        await store.nudges.queue(due)
        await store.nudges.set_asking(SITE, due.nudge_id)
        await store.attempts.open_attempt(attempt)

    await memory.resume_asking(LONG_AGO)
    assert await memory.claim_nudges(EVERYWHERE, 10) == [], "its attempt stands"
    async with memory.transaction() as store:
        await store.attempts.write_not_sent(attempt.site_id, attempt.attempt_id, None)
    await memory.resume_asking(LONG_AGO)

    assert await memory.claim_nudges(EVERYWHERE, 10) == [(SITE, due.nudge_id)]


async def test_an_uncertain_push_may_be_repeated_unless_a_text_of_its_nudge_was_sent(
    memory: Database, attempt: Attempt
) -> None:
    push = replace(attempt, channel="push", attempt_id=new_random_id())
    repeat, text = replace(push, attempt_id=new_random_id()), replace(attempt, attempt_id=new_random_id())
    key = (push.site_id, push.attempt_id)
    async with memory.transaction() as store:
        opened = [await store.attempts.open_attempt(each) for each in (push, repeat, text)]
        await store.attempts.start_call(*key, "caller")
        during = await store.attempts.open_attempt(repeat)
        await store.attempts.record_result(*key, AttemptState.UNRESOLVED, None)
        counted = await store.attempts.unresolved_pushes(push.site_id, push.cause)
        after = [await store.attempts.open_attempt(each) for each in (repeat, text)]

    assert opened == [True, False, False]
    assert not during
    assert counted == 1
    assert after == [True, False], "one channel at a time"
