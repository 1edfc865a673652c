"""The one opt-in question: whoever forges what, a number gets at most one, and a YES binds one browser alone."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.notify.channels.results import NotSent, Rejected
from shared.events.envelope import Origin
from shared.events.message import MessageDeclined, OptInHandled
from shared.events.reasons import Reason
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import ANNA, BOB, LAPTOP, PHONE, SITE, a_consent, a_withdrawal, sealed
from tests.support.builders.notify_answers import now
from tests.support.processes.notify import Bench
from tests.support.processes.notify_waits import handled, sent

OTHER_SITE = UUID("01940000-0000-7000-8000-000000000002")


async def test_a_tick_is_asked_about_on_the_handset(bench: Bench) -> None:
    bench.start("transactional")

    await bench.storefront(a_consent(occurred_at=now()))
    (emitted,) = await handled(bench)
    await sent(bench)

    assert emitted.outcome == "asked"
    assert bench.carrier.bodies[0].startswith("Harbor & Vine: reply YES to get cart reminders by text.")


async def test_a_thousand_forged_opt_ins_for_a_number_lead_to_no_question(bench: Bench) -> None:
    """From a thousand browsers, on two shops of the account, evaluated by two processes at once."""
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
    bench.start("transactional")
    other.start("transactional")

    emitted = await handled(bench, len(forged))

    await other.close()
    assert not bench.carrier.sent
    assert {(event.outcome, event.reason) for event in emitted} == {("refused", Reason.CONTESTED)}


async def test_forged_opt_ins_after_the_question_lead_to_no_second_one(bench: Bench) -> None:
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench)

    await bench.storefront(*(a_consent(occurred_at=now(), visitor_id=f"{number:022d}") for number in range(50)))
    emitted = await handled(bench, 51)

    assert len(bench.carrier.sent) == 1
    assert {event.reason for event in emitted if event.outcome == "refused"} == {Reason.ASKED_RECENTLY}


async def test_repeating_an_opt_in_or_its_event_asks_once(bench: Bench) -> None:
    bench.start("transactional")
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

    bench.start("transactional")
    (emitted,) = await handled(bench)

    assert (emitted.outcome, emitted.reason) == ("refused", Reason.WITHDRAWN)
    assert not bench.carrier.sent


async def test_an_opt_in_whose_handling_fails_is_shown_and_the_others_are_asked(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE, contact=BOB), a_consent(occurred_at=now()))
    await bench.pool.execute("UPDATE notify.bindings SET given_at = 'infinity' WHERE visitor_id = $1", PHONE)

    bench.start("transactional")
    emitted = {event.visitor_id: event for event in await handled(bench, 2)}

    assert (emitted[PHONE].outcome, emitted[PHONE].reason) == ("refused", Reason.INTERNAL_ERROR)
    assert emitted[LAPTOP].outcome == "asked"
    assert bench.running()


async def test_a_question_that_the_carrier_refuses_ends_with_its_reason(bench: Bench) -> None:
    bench.carrier.answers = [Rejected(Reason.CARRIER_REFUSED)]
    bench.start("transactional")

    await bench.storefront(a_consent(occurred_at=now()))
    (emitted,) = await handled(bench)

    assert (emitted.outcome, emitted.reason) == ("refused", Reason.CARRIER_REFUSED)


async def test_a_clerks_tick_binds_nobody(bench: Bench) -> None:
    await bench.storefront(a_consent(occurred_at=now(), origin=Origin.BACK_OFFICE))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.bindings") == 0


async def test_a_question_that_was_not_sent_is_asked_again_and_counts_as_one(bench: Bench) -> None:
    bench.carrier.answers = [NotSent()]
    bench.start("transactional")

    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench, 2)
    await bench.storefront(a_consent(occurred_at=now(), visitor_id=PHONE))
    emitted = (await handled(bench, 2))[-1]

    assert len(bench.carrier.sent) == 2
    assert (emitted.outcome, emitted.reason) == ("refused", Reason.ASKED_RECENTLY)


async def test_ticking_again_after_unticking_needs_a_new_yes(bench: Bench) -> None:
    """A beacon is unsigned: it can take a consent back, and never give one."""
    bench.start("transactional", "dispatcher")
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
    bench.start("transactional")
    await bench.confirm_anna()

    await bench.storefront(a_consent(occurred_at=now()))

    assert [event.outcome for event in await bench.emitted(OptInHandled)] == ["asked", "already_confirmed"]


async def test_the_evidence_of_every_tick_is_kept(bench: Bench) -> None:
    await bench.storefront(*(a_consent(occurred_at=now(), event_id=new_uuid7()) for _ in range(3)))

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.consents WHERE evidence LIKE '%text_hash%'") == 3


async def test_a_carrier_that_hangs_delays_nobody_elses_answer(bench: Bench) -> None:
    bench.carrier.held = asyncio.Event()
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench)

    await bench.reply("STOP", number="+12025550144")
    await sent(bench, 2)

    assert bench.carrier.sent[1].to == "+12025550144"
    bench.carrier.held.set()
