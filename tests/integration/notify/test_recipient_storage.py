"""What a memory of people must do, whether it is in PostgreSQL or in dictionaries."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.consent import consent_refusal
from services.notify.rules.suppression import Suppression
from services.notify.storage.protocols import Database
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.merchant import NO_SITE
from shared.events.message import MessageKind
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from shared.runtime.kafka.producer import partition_of
from tests.support.builders.notify import (
    ACCOUNT,
    ANNA,
    BOB,
    LAPTOP,
    PHONE,
    SITE,
    a_consent,
    a_due_nudge,
    a_site,
    sealed,
)
from tests.support.builders.notify_answers import now

EVERYWHERE = range(NUDGE_EVENTS.partitions)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NO_TIME = timedelta(0)
LONG_AGO = -timedelta(seconds=1)
"""An age that everything has."""


async def test_a_withdrawal_counts_whenever_it_arrives(memory: Database) -> None:
    given, taken = now() - SECOND, now()
    async with memory.transaction() as store:
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, taken, new_uuid7())
        await store.consents.add_consent(a_consent(occurred_at=given))
        await store.consents.add_consent(a_consent(occurred_at=given, visitor_id=PHONE))
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, given, new_uuid7())
        own = await store.consents.binding(SITE, LAPTOP, "sms", ANNA.index)
        other = await store.consents.binding(SITE, PHONE, "sms", ANNA.index)
        await store.consents.withdraw(SITE, None, "sms", ANNA.index, taken, new_uuid7())
        both = await store.consents.binding(SITE, PHONE, "sms", ANNA.index)

    assert own is not None
    assert other is not None
    assert both is not None
    assert (own.withdrawn_at, other.withdrawn_at, both.withdrawn_at) == (taken, None, taken)


async def test_a_new_tick_changes_neither_a_yes_nor_a_withdrawal(memory: Database) -> None:
    first, again = a_consent(occurred_at=now() - timedelta(minutes=9)), a_consent(occurred_at=now())
    yes, no = now() - timedelta(minutes=8), now() - timedelta(minutes=7)
    async with memory.transaction() as store:
        await store.consents.add_consent(first)
        await store.recipients.confirm(SITE, LAPTOP, ANNA.index, yes)
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, no, new_uuid7())
        binding = await store.consents.add_consent(again)
        repeated = await store.consents.add_consent(first)

    assert binding is not None
    assert (binding.confirmed_at, binding.withdrawn_at, binding.state) == (yes, no, "new")
    assert binding.consent_event_id == again.event_id
    assert repeated is None


async def test_a_box_that_the_shop_ticked_changes_no_decision_of_the_shopper(memory: Database) -> None:
    ticked, drawn_again = a_consent(occurred_at=now() - SECOND), a_consent(occurred_at=now(), box_state="pre_ticked")
    elsewhere = a_consent(occurred_at=now() - SECOND, visitor_id=PHONE, box_state="pre_ticked")
    async with memory.transaction() as store:
        await store.consents.add_consent(ticked)
        await store.recipients.confirm(SITE, LAPTOP, ANNA.index, now())
        changed = await store.consents.add_consent(drawn_again)
        kept = await store.consents.binding(SITE, LAPTOP, "sms", ANNA.index)
        await store.consents.add_consent(elsewhere)
        made_good = await store.consents.add_consent(a_consent(occurred_at=now(), visitor_id=PHONE))

    assert changed is None
    assert kept is not None
    assert (kept.box_state, kept.consent_event_id, kept.state) == ("ticked_by_shopper", ticked.event_id, "confirmed")
    assert made_good is not None
    assert made_good.box_state == "ticked_by_shopper"


async def test_a_question_counts_unless_it_reached_nobody(memory: Database, attempt: Attempt) -> None:
    question = replace(attempt, kind=MessageKind.QUESTION, nudge_id=None, cart_id=None)
    seen = []
    async with memory.transaction() as store:
        binding = await store.consents.add_consent(a_consent(occurred_at=now()))
        assert binding is not None
        await store.attempts.open_attempt(question)
        await store.recipients.add_question(ACCOUNT, binding, question.attempt_id, now())
        asked = await store.recipients.last_question(ACCOUNT, ANNA.index)
        seen.append(None if asked is None else asked.is_out)
        await store.attempts.start_call(SITE, question.attempt_id, "me")
        asked = await store.recipients.last_question(ACCOUNT, ANNA.index)
        seen.append(None if asked is None else asked.is_out)
        await store.attempts.write_not_sent(SITE, question.attempt_id, "me")
        asked = await store.recipients.last_question(ACCOUNT, ANNA.index)
        seen.append(None if asked is None else asked.is_out)
        tries = await store.recipients.tries_of_question(SITE, new_uuid7())

    assert seen == [False, True, None]
    assert tries == 0


async def test_any_other_browser_of_the_account_that_ticked_since_then_competes(memory: Database) -> None:
    other_site = UUID(int=SITE.int + 1)
    seen: list[bool] = []
    async with memory.transaction() as store:
        for site in (a_site(), a_site(site_id=other_site)):
            await store.put_site(site)

        async def contested() -> bool:
            return await store.recipients.is_contested(ACCOUNT, SITE, LAPTOP, ANNA.index, now() - timedelta(hours=1))

        for tick in (
            a_consent(occurred_at=now()),
            a_consent(occurred_at=now() - timedelta(hours=2), visitor_id=PHONE),
            a_consent(occurred_at=now(), visitor_id="p" * 22, box_state="pre_ticked", contact=BOB),
            a_consent(occurred_at=now(), site_id=other_site, contact=sealed(site=other_site)),
        ):
            await store.consents.add_consent(tick)
            seen.append(await contested())

    assert seen == [False, False, False, True]


async def test_opt_ins_of_other_partitions_are_not_claimed(memory: Database) -> None:
    async with memory.transaction() as store:
        await store.consents.add_consent(a_consent(occurred_at=now()))
    others = [partition for partition in EVERYWHERE if partition != partition_of(SITE, NUDGE_EVENTS.partitions)]

    assert await memory.claim_bindings(others, 10) == []
    assert len(await memory.claim_bindings(EVERYWHERE, 10)) == 1


async def test_new_opt_ins_are_claimed_until_they_are_decided(memory: Database) -> None:
    async with memory.transaction() as store:
        binding = await store.consents.add_consent(a_consent(occurred_at=now()))
    claimed, leased = await memory.claim_bindings(EVERYWHERE, 10), await memory.claim_bindings(EVERYWHERE, 10)
    assert binding is not None
    async with memory.transaction() as store:
        await store.consents.set_binding(binding, "refused", "bought", None)
        decided = await store.consents.binding(SITE, LAPTOP, "sms", ANNA.index)

    assert claimed == [binding]
    assert leased == []
    assert decided is not None
    assert (decided.state, decided.refused_reason) == ("refused", "bought")


async def test_suppressed_until_a_later_start_unless_by_the_merchant(memory: Database) -> None:
    moments = [now() + SECOND * second for second in range(6)]
    async with memory.transaction() as store:
        people = store.recipients
        done = [
            await people.lift_suppression(ACCOUNT, ANNA.index, moments[0]),
            await people.suppress(ACCOUNT, ANNA.index, moments[1]),
            await people.suppress(ACCOUNT, ANNA.index, moments[2]),
            await people.lift_suppression(ACCOUNT, ANNA.index, moments[3]),
            await people.lift_suppression(ACCOUNT, ANNA.index, moments[4]),
            await people.suppress(ACCOUNT, ANNA.index, moments[5]),
        ]
        await people.suppress_by_merchant(ACCOUNT, ANNA.index, moments[5])
        known = await people.suppression(ACCOUNT, ANNA.index)

    assert done == [False, True, False, True, False, True]
    assert known == Suppression(moments[5], moments[3], by_merchant=True)


async def test_a_reply_is_new_once(memory: Database) -> None:
    async with memory.transaction() as store:
        first = [await store.recipients.first_inbound(SITE, "SM1", now()) for _ in range(2)]

    assert first == [True, False]


async def test_the_newest_settings_and_the_latest_pause_count(memory: Database) -> None:
    old, new = a_site(revision=1), a_site(revision=2, name="New")
    async with memory.transaction() as store:
        for site in (new, old):
            await store.put_site(site)
        resumed, stopped = new_uuid7(), new_uuid7()
        for cause, paused in [(resumed, False), (stopped, True), (resumed, False)]:  # as each partition repeats it
            await store.put_pause(NO_SITE, paused=paused, cause=cause, now=now())
        kept, site_status = await store.site(SITE), await store.site_status(SITE)
        sites = await store.sites_of(ACCOUNT)

    assert kept == new
    assert (site_status.paused, site_status.held) == (True, False)
    assert sites == [SITE]


async def test_an_erasure_forgets_and_keeps_only_what_silences(memory: Database, attempt: Attempt) -> None:
    due = a_due_nudge(nudge_id=attempt.nudge_id, cart_id=attempt.cart_id)
    async with memory.transaction() as store:
        await store.put_site(a_site())
        await store.consents.add_consent(a_consent(occurred_at=now()))
        await store.nudges.queue(due)
        await store.attempts.open_attempt(attempt)
        await store.attempts.add_link(SITE, "t" * 17, attempt.attempt_id, "{}", now())
        await store.recipients.suppress(ACCOUNT, ANNA.index, now())
    linked = await memory.find_link("t" * 17)
    async with memory.transaction() as store:
        ended = await store.erasures.erase(SITE, [LAPTOP], [ANNA.index], now())
        again = await store.erasures.erase(SITE, [LAPTOP], [ANNA.index], now())
        left = await store.attempts.lock_attempt(SITE, attempt.attempt_id)
        suppression = await store.recipients.suppression(ACCOUNT, ANNA.index)
        bindings = await store.consents.bindings_of(SITE, LAPTOP)

    assert linked is not None
    assert ended == [(due.nudge_id, due.cart_id)]
    assert again == []
    assert left is not None
    assert (left.state, left.body) == (AttemptState.NOT_SENT, None)
    assert suppression.suppressed_at is not None
    assert bindings == []
    assert await memory.find_link("t" * 17) is None


async def test_a_stop_stands_though_the_receivers_clock_went_back(memory: Database) -> None:
    async with memory.transaction() as store:
        stands = [
            await store.recipients.suppress(ACCOUNT, ANNA.index, now()),
            await store.recipients.lift_suppression(ACCOUNT, ANNA.index, now() - HOUR),
            await store.recipients.suppress(ACCOUNT, ANNA.index, now() - 2 * HOUR),
        ]
        suppression = await store.recipients.suppression(ACCOUNT, ANNA.index)

    assert stands == [True, True, True]
    assert suppression.stands


async def test_a_withdrawal_stands_though_the_clock_of_its_browser_is_slow(memory: Database) -> None:
    """What is received after a YES is later than it; only its repeat by the outbox is not."""
    taken = new_uuid7()
    async with memory.transaction() as store:
        await store.consents.add_consent(a_consent(occurred_at=now() - timedelta(minutes=9)))
        await store.recipients.confirm(SITE, LAPTOP, ANNA.index, now())
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, now() - HOUR, taken)
        withdrawn = await store.consents.binding(SITE, LAPTOP, "sms", ANNA.index)
        assert withdrawn is not None
        assert withdrawn.withdrawn_at is not None
        await store.recipients.confirm(SITE, LAPTOP, ANNA.index, withdrawn.withdrawn_at + SECOND)
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, now() - HOUR, taken)
        repeated = await store.consents.binding(SITE, LAPTOP, "sms", ANNA.index)

    assert repeated is not None
    assert consent_refusal(withdrawn, Suppression()) is Reason.WITHDRAWN
    assert consent_refusal(repeated, Suppression()) is None


async def test_a_yes_counts_from_its_question_and_not_from_its_delivery(memory: Database, attempt: Attempt) -> None:
    question = replace(attempt, kind=MessageKind.QUESTION, nudge_id=None, cart_id=None)
    async with memory.transaction() as store:
        binding = await store.consents.add_consent(a_consent(occurred_at=now()))
        assert binding is not None
        await store.attempts.open_attempt(question)
        await store.recipients.add_question(ACCOUNT, binding, question.attempt_id, now())
        asked = await store.recipients.last_question(ACCOUNT, ANNA.index)
        assert asked is not None
        await store.consents.withdraw(SITE, LAPTOP, "sms", ANNA.index, now() - HOUR, new_uuid7())
        answered = await store.recipients.confirm(SITE, LAPTOP, ANNA.index, asked.asked_at)

    assert answered is not None
    assert consent_refusal(answered, Suppression()) is Reason.WITHDRAWN
