"""A due nudge on its way to the carrier: asked first, called once, its result emitted."""

import asyncio
from datetime import timedelta

from services.notify.channels.results import NotSent, Rejected, Unknown
from services.notify.channels.sms import Listed
from services.notify.delivery.routes import SmsRoute
from shared.events.identifiers import link_id_of
from shared.events.message import (
    ContactInvalid,
    MessageAccepted,
    MessageDeclined,
    MessageFailed,
    MessageKind,
    MessagePrepared,
    MessageUnresolved,
    ShopperOptedOut,
)
from shared.events.reasons import Reason
from tests.support.builders.notify import ANNAS_NUMBER, SENDER, SITE
from tests.support.builders.notify_answers import cancelled, granted, now, postponed, withheld
from tests.support.processes.notify import Bench


async def ready(bench: Bench) -> None:
    """Anna may be written to."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()


async def test_a_granted_nudge_is_sent_once_with_a_link_of_its_own(bench: Bench) -> None:
    await ready(bench)
    due = await bench.due()
    (ask,) = await bench.asks()

    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "accepted")

    reminder = bench.carrier.sent[-1]
    (accepted,) = [event for event in await bench.emitted(MessageAccepted) if event.nudge_id == due.nudge_id]
    token = reminder.body.split("/l/")[1].split()[0]
    assert reminder.to == ANNAS_NUMBER
    assert reminder.body.startswith("Harbor & Vine: you left 2 items in your cart.")
    assert "Barolo" not in reminder.body
    assert len(token) == 17
    assert accepted.link_id == link_id_of(token)
    assert reminder.callback == bench.addresses.callback_of(ask.site_id, ask.attempt_id)


async def test_nothing_is_called_before_the_grant(bench: Bench) -> None:
    await ready(bench)
    await bench.due()

    (ask,) = await bench.asks()

    assert await bench.state_of(ask.attempt_id) == "prepared"
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def test_without_an_answer_it_lapses_and_a_new_attempt_asks(bench: Bench) -> None:
    await ready(bench)
    await bench.due()

    first, second = await bench.asks(2)

    assert (first.try_number, second.try_number) == (1, 2)
    assert first.attempt_id != second.attempt_id
    assert await bench.state_of(first.attempt_id) == "not_sent"
    assert await bench.state_of(second.attempt_id) == "prepared"


async def test_a_grant_that_comes_too_late_calls_nobody(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    first, second = await bench.asks(2)
    before = len(bench.carrier.sent)

    await bench.nudges(granted(first))
    await bench.nudges(granted(second))
    await bench.becomes(second.attempt_id, "accepted")

    assert await bench.state_of(first.attempt_id) == "not_sent"
    assert len(bench.carrier.sent) == before + 1


async def test_final_answers_end_it(bench: Bench) -> None:
    await ready(bench)
    for answer in (withheld, cancelled):
        due = await bench.due()
        ask = (await bench.asks(1 if answer is withheld else 2))[-1]

        await bench.nudges(answer(ask))

        assert await bench.state_of(ask.attempt_id) == "not_sent"
        assert await bench.pool.fetchval("SELECT state FROM notify.nudges WHERE nudge_id = $1", due.nudge_id) == "ended"
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def test_a_postponed_nudge_asks_again_at_the_moment_of_the_postponement(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (first,) = await bench.asks()

    await bench.nudges(postponed(first, seconds=1))
    asked = now()
    _, second = await bench.asks(2)

    assert second.try_number == 2
    assert now() - asked >= timedelta(seconds=0.9)


async def test_a_repeated_grant_calls_once(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (ask,) = await bench.asks()
    before = len(bench.carrier.sent)

    await asyncio.gather(*(bench.nudges(granted(ask)) for _ in range(3)))
    await bench.becomes(ask.attempt_id, "accepted")

    assert len(bench.carrier.sent) == before + 1
    assert len([event for event in await bench.emitted(MessageAccepted) if event.attempt_id == ask.attempt_id]) == 1


async def test_what_provably_was_not_sent_asks_again(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (first,) = await bench.asks()
    bench.carrier.answers = [NotSent()]

    await bench.nudges(granted(first))
    _, second = await bench.asks(2)

    (failed,) = [event for event in await bench.emitted(MessageFailed) if event.attempt_id == first.attempt_id]
    assert (failed.reason, failed.final) == (Reason.NOT_SENT, False)
    assert second.try_number == 2


async def test_an_unresolved_message_is_never_sent_again(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (ask,) = await bench.asks()
    bench.carrier.answers = [Unknown()]

    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "unresolved")

    (emitted,) = await bench.emitted(MessageUnresolved)
    again = await bench.pool.fetchval(
        """
        INSERT INTO notify.attempts (site_id, attempt_id, account_id, kind, channel, cause, recipient_kind, recipient_index,
                                     box, state, try_number, send_before)
        SELECT site_id, 'x', account_id, kind, channel, cause, recipient_kind, recipient_index, box, 'prepared', 2, send_before
          FROM notify.attempts WHERE attempt_id = $1 ON CONFLICT DO NOTHING RETURNING true
        """,
        ask.attempt_id,
    )
    assert not emitted.given_up
    assert again is None


async def test_the_carriers_list_resolves_what_was_sent(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (ask,) = await bench.asks()
    bench.carrier.answers = [Unknown()]
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "unresolved")
    bench.carrier.listed = [Listed("SM77", bench.carrier.bodies[-1], "sent", now())]

    await bench.reconciliation.run_once()

    assert await bench.state_of(ask.attempt_id) == "accepted"
    assert len([event for event in await bench.emitted(MessageAccepted) if event.attempt_id == ask.attempt_id]) == 1


async def test_absence_from_the_list_proves_nothing_until_it_is_given_up_once(bench: Bench, pool: object) -> None:
    await ready(bench)
    await bench.due()
    (ask,) = await bench.asks()
    bench.carrier.answers = [Unknown()]
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "unresolved")

    await bench.reconciliation.run_once()
    assert await bench.state_of(ask.attempt_id) == "unresolved"
    impatient = Bench(bench.pool, carrier=bench.carrier, give_up_seconds=0.001)
    await impatient.reconciliation.run_once()
    await impatient.reconciliation.run_once()

    assert [event.given_up for event in await bench.emitted(MessageUnresolved)] == [False, True]
    assert await bench.pool.fetchval("SELECT state FROM notify.nudges") == "ended"


async def test_a_number_that_the_carrier_refuses_for_good_is_remembered(bench: Bench) -> None:
    await ready(bench)
    await bench.due()
    (ask,) = await bench.asks()
    bench.carrier.answers = [Rejected(Reason.SUPPRESSED)]

    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "rejected")
    second = await bench.due()
    await bench.eventually(lambda: declined_for(bench, second.nudge_id, Reason.SUPPRESSED))

    (emitted,) = await bench.emitted(ShopperOptedOut)
    assert emitted.by == "carrier"
    assert not await bench.emitted(ContactInvalid)


async def declined_for(bench: Bench, nudge_id: object, reason: Reason) -> bool:
    return any(event.nudge_id == nudge_id and event.reason is reason for event in await bench.emitted(MessageDeclined))


async def test_a_nudge_without_consent_is_declined_once_and_asks_when_the_yes_comes(bench: Bench) -> None:
    bench.start("dispatcher", "transactional")
    due = await bench.due()
    await bench.eventually(lambda: declined_for(bench, due.nudge_id, Reason.NO_CONSENT))

    await bench.confirm_anna()
    (ask,) = await bench.asks()

    assert ask.nudge_id == due.nudge_id
    assert len(await bench.emitted(MessageDeclined)) <= 2


async def test_a_granted_nudge_whose_time_is_over_is_ended_by_notify(bench: Bench) -> None:
    await ready(bench)
    due = await bench.due(not_after=now() + timedelta(seconds=2))
    (ask,) = await bench.asks()
    bench.carrier.answers = [NotSent(retry_after_seconds=3)]

    await bench.nudges(granted(ask))
    await bench.eventually(lambda: has_ended(bench, due.nudge_id))

    last = (await bench.emitted(MessageFailed))[-1]
    assert (last.reason, last.final) == (Reason.TOO_LATE, True)


async def has_ended(bench: Bench, nudge_id: object) -> bool:
    return bool(await bench.pool.fetchval("SELECT state = 'ended' FROM notify.nudges WHERE nudge_id = $1", nudge_id))


async def test_two_processes_open_one_attempt_for_a_nudge(bench: Bench) -> None:
    await ready(bench)
    other = Bench(bench.pool, carrier=bench.carrier)
    other.start("dispatcher")

    due = await bench.due()
    asks = [ask for ask in await bench.asks() if ask.nudge_id == due.nudge_id]
    site_status = await bench.pool.fetchval(
        "SELECT count(*) FROM notify.attempts WHERE kind = 'reminder' AND state = 'prepared'"
    )

    await other.close()
    assert len(asks) == 1
    assert site_status == 1
    assert isinstance(asks[0], MessagePrepared)


async def test_a_sender_without_a_free_slot_asks_later_and_emits_nothing(bench: Bench) -> None:
    """Only who can send asks: what waits for the carrier holds no grant."""
    bench.start("transactional")
    await bench.confirm_anna()
    for _ in range(12):
        bench.routes.slow_down(SmsRoute(SENDER, ANNAS_NUMBER))
    slow_from, before = bench.clock.monotonic(), len(await bench.emitted())
    wait = bench.routes.slot_in(SmsRoute(SENDER, ANNAS_NUMBER), MessageKind.ACKNOWLEDGEMENT, SITE)

    bench.start("dispatcher")
    await bench.due()
    (ask,) = await bench.asks()

    assert wait > 2
    assert bench.clock.monotonic() - slow_from > wait - 0.5
    assert ask.try_number == 1
    assert len(await bench.emitted()) == before + 1
