"""What carriers report: signed, at an address of its own for each attempt, and never undone by a late report."""

from itertools import permutations

import pytest

from services.notify.channels.results import Unknown
from services.notify.channels.sms.twilio import signature_of
from shared.events.message import ContactInvalid, MessageAccepted, MessageDelivered, MessageFailed, ShopperOptedOut
from shared.events.reasons import Reason
from tests.support.builders.notify import SITE, TOKEN
from tests.support.builders.notify_answers import granted
from tests.support.processes.notify import PUBLIC, Bench


async def a_sent_reminder(bench: Bench, *, unknown: bool = False) -> str:
    """Its attempt."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    await bench.due()
    (ask,) = await bench.asks()
    bench.carrier.answers = [Unknown()] if unknown else []
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "unresolved" if unknown else "accepted")
    return ask.attempt_id


async def report(bench: Bench, attempt_id: str, status: str, sid: str | None = None, **more: str) -> int:
    """The carrier's word. Its id is the one that it gave when it took the message."""
    known = await bench.pool.fetchval("SELECT carrier_id FROM notify.attempts WHERE attempt_id = $1", attempt_id)
    form = {"MessageSid": sid or known or "SM9", "MessageStatus": status} | more
    path = bench.addresses.callback_path(SITE, attempt_id)
    return (await bench.post_signed(path, form)).status_code


async def about(
    bench: Bench, attempt_id: str, kind: type[MessageDelivered] | type[MessageFailed] | type[MessageAccepted]
) -> int:
    return len([event for event in await bench.emitted(kind) if event.attempt_id == attempt_id])


async def test_delivered_is_emitted_once_however_often_it_is_reported(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench)

    answers = [await report(bench, attempt_id, "delivered") for _ in range(3)]

    assert answers == [204, 204, 204]
    assert await about(bench, attempt_id, MessageDelivered) == 1


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
async def test_any_order_of_reports_ends_delivered(bench: Bench, order: tuple[str, ...]) -> None:
    attempt_id = await a_sent_reminder(bench)

    for status in order:
        await report(bench, attempt_id, status)

    assert await bench.pool.fetchval("SELECT max(delivery_rank) FROM notify.attempts WHERE attempt_id = $1", attempt_id) == 4
    assert await about(bench, attempt_id, MessageDelivered) == 1


async def test_a_carriers_report_resolves_an_unresolved_call(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench, unknown=True)

    await report(bench, attempt_id, "sent")

    assert await bench.state_of(attempt_id) == "accepted"
    assert await about(bench, attempt_id, MessageAccepted) == 1


async def test_a_report_after_giving_up_does_not_end_the_nudge_twice(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench, unknown=True)
    impatient = Bench(bench.pool, carrier=bench.carrier, give_up_seconds=0.001)
    await impatient.reconciliation.run_once()

    await report(bench, attempt_id, "delivered")

    assert await about(bench, attempt_id, MessageAccepted) == 0
    assert await about(bench, attempt_id, MessageDelivered) == 0


@pytest.mark.parametrize(
    ("code", "reason"), [("30003", Reason.NOT_DELIVERED), ("30005", Reason.CONTACT_INVALID), ("21610", Reason.SUPPRESSED)]
)
async def test_a_message_that_did_not_arrive_is_emitted_with_its_reason(bench: Bench, code: str, reason: Reason) -> None:
    attempt_id = await a_sent_reminder(bench)

    await report(bench, attempt_id, "undelivered", ErrorCode=code)
    await report(bench, attempt_id, "failed", ErrorCode=code)

    (failed,) = [event for event in await bench.emitted(MessageFailed) if event.attempt_id == attempt_id]
    assert (failed.reason, failed.final) == (reason, True)
    assert len(await bench.emitted(ContactInvalid)) == (1 if reason is Reason.CONTACT_INVALID else 0)
    assert len(await bench.emitted(ShopperOptedOut)) == (1 if reason is Reason.SUPPRESSED else 0)


async def test_a_report_that_the_carrier_did_not_sign_changes_nothing(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench)
    path, form = bench.addresses.callback_path(SITE, attempt_id), {"MessageSid": "SM1", "MessageStatus": "failed"}

    forged = await bench.post_signed(path, form, token="a guess")
    unsigned = await bench.http.post(path, data=form)
    changed = await bench.http.post(path, data=form | {"MessageStatus": "delivered"}, headers=signed_for(path, form))

    assert {forged.status_code, unsigned.status_code, changed.status_code} == {403}
    assert await bench.pool.fetchval("SELECT max(delivery_rank) FROM notify.attempts") == 0


def signed_for(path: str, form: dict[str, str]) -> dict[str, str]:
    """The signature of another form at the same address."""
    return {"X-Twilio-Signature": signature_of(TOKEN, f"{PUBLIC}{path}", form)}


async def test_an_address_that_we_did_not_make_is_refused_before_anything_is_read(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench)
    good = bench.addresses.callback_path(SITE, attempt_id)
    wrong = [good[:-1] + ("0" if good[-1] != "0" else "1"), good.replace(attempt_id, "f" * 32), good + "0", good[:-2] + "é"]

    answers = [(await bench.post_signed(path, {"MessageSid": "SM1", "MessageStatus": "failed"})).status_code for path in wrong]

    assert set(answers) == {403}


async def test_another_messages_report_is_not_taken_for_ours(bench: Bench) -> None:
    attempt_id = await a_sent_reminder(bench)

    await report(bench, attempt_id, "failed", sid="SM_of_somebody_else")

    assert await about(bench, attempt_id, MessageFailed) == 0
    assert await bench.state_of(attempt_id) == "accepted"
