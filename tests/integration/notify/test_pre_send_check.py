"""The moment before the call: whatever has changed since the grant counts, and who is unsure calls nobody."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.events.envelope import ContactKind, Recipient
from shared.events.merchant import NO_SITE, ContactErased, ContactSuppressed, SendingPaused, SendingResumed
from shared.events.message import MessageDeclined, MessageFailed, MessagePrepared
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.settings import Caps, Hours
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import ACCOUNT, ANNA, LAPTOP, SITE, a_withdrawal
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.notify import Bench

RECIPIENT = Recipient(kind=ContactKind.PHONE, index=ANNA.index)


def action(kind: type[Any], **values: Any) -> Any:
    """A merchant's order."""
    common = {"event_id": new_uuid7(), "site_id": SITE, "occurred_at": now(), "received_at": now()}
    return kind(**(common | values))


async def pause(bench: Bench) -> None:
    await bench.merchant(action(SendingPaused))


async def stop_everything(bench: Bench) -> None:
    await bench.merchant(action(SendingPaused, site_id=NO_SITE))


async def hold(bench: Bench) -> None:
    await bench.pool.execute(
        "INSERT INTO notify.holds (site_id, topic, partition, kafka_offset, reason) VALUES ($1, 't', 0, 0, 'unreadable')", SITE
    )


async def stop(bench: Bench) -> None:
    await bench.reply("STOP")


async def suppress(bench: Bench) -> None:
    await bench.merchant(action(ContactSuppressed, account_id=ACCOUNT, recipient=RECIPIENT))


async def untick(bench: Bench) -> None:
    await bench.storefront(a_withdrawal(occurred_at=now()))


async def erase(bench: Bench) -> None:
    await bench.merchant(action(ContactErased, recipient=RECIPIENT))


async def lower_the_cap(bench: Bench) -> None:
    await bench.open_shop(revision=2, caps=Caps(per_recipient_per_day=1))
    await a_sent_row(bench, cart_id=new_uuid7())


async def send_for_the_cart(bench: Bench) -> None:
    ask = (await bench.emitted(MessagePrepared))[-1]
    await a_sent_row(bench, cart_id=ask.cart_id)


async def a_sent_row(bench: Bench, cart_id: Any) -> None:
    await bench.pool.execute(
        """
        INSERT INTO notify.attempts (site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, recipient_kind,
                                     recipient_index, box, state, try_number, send_before, called_at)
        VALUES ($1, $2, $3, 'reminder', 'sms', $4, $4::text::uuid, $5, 'phone', $6, 'x', 'accepted', 1,
                clock_timestamp(), clock_timestamp())
        """,
        SITE,
        "a" * 32,
        ACCOUNT,
        str(new_uuid7()),
        cart_id,
        ANNA.index,
    )


async def close_for_the_night(bench: Bench) -> None:
    """A zone in which it is never open together with New York."""
    await bench.open_shop(revision=2, hours=Hours.LEGAL)
    await bench.pool.execute("UPDATE notify.bindings SET time_zone = 'Asia/Kolkata'")


async def lose_the_sender(bench: Bench) -> None:
    await bench.open_shop(revision=2, secrets=())


CHANGES: list[tuple[Callable[[Bench], Awaitable[None]], Reason]] = [
    (pause, Reason.PAUSED),
    (stop_everything, Reason.PAUSED),
    (hold, Reason.ON_HOLD),
    (stop, Reason.SUPPRESSED),
    (suppress, Reason.SUPPRESSED),
    (untick, Reason.WITHDRAWN),
    (lower_the_cap, Reason.OVER_CAP),
    (send_for_the_cart, Reason.ONE_PER_CART),
    (close_for_the_night, Reason.OUTSIDE_HOURS),
    (lose_the_sender, Reason.NO_SENDER),
]


async def asked(bench: Bench) -> MessagePrepared:
    """Anna's cart has asked."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    await bench.due()
    (ask,) = await bench.asks()
    return ask


def reminders(bench: Bench) -> list[str]:
    return [body for body in bench.carrier.bodies if "you left" in body]


@pytest.mark.parametrize(("change", "reason"), CHANGES)
async def test_what_changes_between_ask_and_grant_keeps_it_back(
    bench: Bench, change: Callable[[Bench], Awaitable[None]], reason: Reason
) -> None:
    ask = await asked(bench)
    await change(bench)

    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")

    emitted = [event for event in await bench.emitted(MessageFailed) if event.attempt_id == ask.attempt_id]
    assert [(event.reason, event.final) for event in emitted] == [(reason, False)]
    assert not reminders(bench)


async def test_an_erased_shopper_gets_nothing_and_leaves_nothing_behind(bench: Bench) -> None:
    ask = await asked(bench)

    await erase(bench)
    await bench.nudges(granted(ask))
    await bench.becomes(ask.attempt_id, "not_sent")

    counts = [
        await bench.pool.fetchval(f"SELECT count(*) FROM notify.{table}")  # noqa: S608 - names from this list
        for table in ("bindings", "consents", "links")
    ]
    assert counts == [0, 0, 0]
    assert (
        await bench.pool.fetchval("SELECT count(*) FROM notify.attempts WHERE body IS NOT NULL AND visitor_id = $1", LAPTOP)
        == 0
    )
    assert await bench.pool.fetchval("SELECT due FROM notify.nudges") == ""
    assert [event.reason for event in await bench.emitted(MessageDeclined)] == [Reason.ERASED]
    assert not reminders(bench)


async def test_a_resumed_shop_sends_what_waited(bench: Bench) -> None:
    first = await asked(bench)
    await pause(bench)
    await bench.nudges(granted(first))
    await bench.becomes(first.attempt_id, "not_sent")

    await bench.merchant(action(SendingResumed, occurred_at=now() + timedelta(seconds=1)))
    second = (await bench.asks(2))[-1]
    await bench.nudges(granted(second))
    await bench.becomes(second.attempt_id, "accepted")

    assert len(reminders(bench)) == 1


async def test_two_shops_steps_for_one_phone_never_pass_the_cap_together(bench: Bench) -> None:
    """Granted at the same moment: they count each other under the lock on the recipient."""
    await bench.open_shop(revision=2, caps=Caps(per_recipient_per_day=2))
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    for _ in range(5):
        await bench.due()
    asks = await bench.asks(5)

    await bench.nudges(*(granted(ask) for ask in asks))

    async def all_done() -> bool:
        return all([await bench.state_of(ask.attempt_id) in ("accepted", "not_sent") for ask in asks])

    await bench.eventually(all_done)
    assert len(reminders(bench)) == 2


async def test_two_steps_of_one_cart_send_one_message(bench: Bench) -> None:
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    due = await bench.due()
    await bench.nudges(NudgeDue(**(due.model_dump() | {"event_id": new_uuid7(), "nudge_id": new_uuid7()})))
    asks = await bench.asks(2)

    await bench.nudges(*(granted(ask) for ask in asks))

    async def all_done() -> bool:
        return sorted([await bench.state_of(ask.attempt_id) for ask in asks]) == ["accepted", "not_sent"]

    await bench.eventually(all_done)
    assert len(reminders(bench)) == 1
