"""Replies of handsets: taken once, acted upon before it is acknowledged, answered at most once."""

import asyncio
from uuid import UUID

import pytest

from services.notify.channels.results import NotSent
from shared.events import message
from shared.events.identifiers import test_code_hash as hash_of
from shared.events.message import ContactConfirmed, MessageDeclined, ShopperOptedOut
from shared.events.reasons import Reason
from tests.support.builders.notify import ACCOUNT, ANNA, SITE, a_consent
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.notify import Bench

OTHER_SITE = UUID("01940000-0000-7000-8000-000000000002")


async def sent(bench: Bench, count: int) -> None:
    async def enough() -> bool:
        return len(bench.carrier.sent) >= count

    await bench.eventually(enough)


async def test_stop_takes_off_every_site_of_the_account_and_is_answered_once(bench: Bench) -> None:
    await bench.open_shop(site_id=OTHER_SITE)
    bench.start("transactional")

    await bench.reply("STOP")
    await sent(bench, 1)
    await bench.reply("please stop")
    await bench.reply("HELP")
    await sent(bench, 2)

    assert "opted out" in bench.carrier.bodies[0]
    assert "Help:" in bench.carrier.bodies[1]
    assert {event.site_id for event in await bench.emitted(ShopperOptedOut)} == {SITE, OTHER_SITE}


async def test_a_reply_that_the_carrier_repeats_is_one_reply(bench: Bench) -> None:
    bench.start("transactional")

    answers = await asyncio.gather(*(bench.reply("STOP", "SM1") for _ in range(5)))
    await bench.reply("STOP", "SM1")
    await sent(bench, 1)

    assert {answer.status_code for answer in answers} == {200}
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.inbound") == 1
    assert len(await bench.emitted(ShopperOptedOut)) == 1
    assert len(bench.carrier.sent) == 1


async def test_a_reply_without_the_carriers_signature_changes_nothing(bench: Bench) -> None:
    form = {"From": "+12025550143", "Body": "STOP", "MessageSid": "SM1"}

    forged = await bench.post_signed(f"/in/twilio/{SITE}", form, token="a guess")
    unsigned = await bench.http.post(f"/in/twilio/{SITE}", data=form)
    elsewhere = await bench.post_signed(f"/in/twilio/{ACCOUNT}", form)

    assert {forged.status_code, unsigned.status_code, elsewhere.status_code} == {403}
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.suppressions") == 0


async def test_a_reply_that_cannot_be_attributed_yet_is_asked_for_again(bench: Bench) -> None:
    site = await bench.open_shop(revision=2)
    await bench.open_shop(revision=3, secrets=tuple(secret for secret in site.secrets if secret.name == "sms_sender"))

    assert (await bench.reply("STOP")).status_code == 503


async def test_after_stop_nothing_goes_there_not_even_what_is_granted(bench: Bench) -> None:
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    due = await bench.due()
    (ask,) = await bench.asks()

    await bench.reply("STOP")
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")
    await bench.nudges(due)

    async def declined() -> bool:
        return any(event.reason is Reason.SUPPRESSED for event in await bench.emitted(MessageDeclined))

    await bench.eventually(declined)
    assert not [body for body in bench.carrier.bodies if "you left" in body]


async def test_start_opens_only_with_a_new_yes(bench: Bench) -> None:
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    await bench.reply("STOP")
    await bench.reply("YES")
    still = await bench.pool.fetchval("SELECT lifted_at FROM notify.suppressions")

    await bench.reply("START")
    await bench.due()
    await asyncio.wait_for(declined_as(bench, Reason.NOT_CONFIRMED), 10)
    await bench.reply("YES")
    (ask,) = await bench.asks()

    assert still is None
    assert ask.recipient.index == ANNA.index
    assert len(await bench.emitted(ContactConfirmed)) == 2


async def declined_as(bench: Bench, reason: Reason) -> None:
    async def emitted() -> bool:
        return any(event.reason is reason for event in await bench.emitted(MessageDeclined))

    await bench.eventually(emitted)


async def test_start_from_somebody_who_never_stopped_is_not_answered(bench: Bench) -> None:
    await bench.reply("START")

    assert await bench.pool.fetchval("SELECT count(*) FROM notify.attempts") == 0


async def test_a_welcome_does_not_follow_a_stop_that_came_in_between(bench: Bench) -> None:
    bench.start("transactional")
    await bench.storefront(a_consent(occurred_at=now()))
    await sent(bench, 1)
    await bench.transactional.finish(1)
    await bench.reply("YES")
    await bench.reply("STOP")

    other = Bench(bench.pool, carrier=bench.carrier)
    other.start("transactional")
    await sent(bench, 2)
    waiting = "SELECT count(*) FROM notify.attempts WHERE state = 'prepared'"

    async def recorded() -> bool:
        return await bench.pool.fetchval(waiting) == 0 or len(bench.carrier.sent) > 2

    await bench.eventually(recorded)
    await other.close()
    assert not [body for body in bench.carrier.bodies if "you will get cart reminders" in body]
    assert [body for body in bench.carrier.bodies if "opted out" in body]


async def test_an_answer_that_was_not_sent_is_tried_again_within_five_minutes(bench: Bench) -> None:
    bench.carrier.answers = [NotSent()]
    bench.start("transactional")

    await bench.reply("STOP")
    await sent(bench, 2)

    assert bench.carrier.bodies[0] == bench.carrier.bodies[1]


async def test_after_five_minutes_a_stop_is_not_answered_any_more(bench: Bench) -> None:
    await bench.reply("STOP")
    await bench.pool.execute("UPDATE notify.attempts SET send_before = clock_timestamp() - interval '1 second'")

    bench.start("transactional")

    async def written_off() -> bool:
        return bool(await bench.pool.fetchval("SELECT state = 'not_sent' FROM notify.attempts"))

    await bench.eventually(written_off)
    assert not bench.carrier.sent


@pytest.mark.parametrize("sender", ["BANK", "12345", "+18005550123", ""])
async def test_a_sender_that_is_no_handset_is_passed_over(bench: Bench, sender: str) -> None:
    assert (await bench.reply("STOP", number=sender)).status_code == 200
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.suppressions") == 0


async def test_a_form_that_is_too_large_is_refused(bench: Bench) -> None:
    answer = await bench.reply("x" * 70_000)

    assert answer.status_code == 403


async def test_the_database_away_is_never_answered_with_yes(bench: Bench) -> None:
    """The carrier repeats a reply that it got no 2xx for."""
    await bench.pool.close()

    assert (await bench.reply("STOP")).status_code == 503


async def test_a_test_code_is_emitted_with_its_sender_sealed_and_gets_no_answer(bench: Bench) -> None:
    await bench.reply("TEST 8412 0937", "SM1")
    await bench.reply("TEST 8412 0937", "SM1")

    [emitted] = await bench.emitted(message.TestCodeReceived)
    assert emitted.code_hash == hash_of(SITE, "84120937")
    assert emitted.contact.kind == "phone"
    assert "2025550143" not in emitted.model_dump_json()
    assert "84120937" not in emitted.model_dump_json()
    assert await bench.pool.fetchval("SELECT count(*) FROM notify.attempts") == 0
