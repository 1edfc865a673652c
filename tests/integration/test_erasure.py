"""Erasure through all services: every box of every table is tried, every index searched for, and the log is read anew."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.events.envelope import (
    ContactKind,
    Origin,
    Recipient,
)
from shared.events.merchant import ContactErased
from shared.events.storefront import ShopperIdentified
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import KEYS, SITE, a_consent
from tests.support.builders.notify_answers import now
from tests.support.every_column import Value, every_value, naming, opened
from tests.support.processes.whole_beckon import SERVICES, WholeBeckon
from tests.support.processes.whole_shoppers import ANNA, BERT, Shopper, a_cart, a_reminded_shop, confirm, stamped

KEPT = {
    "orders.tombstones": "what an erasure leaves, so that a link which is gone goes on silencing",
    "orders.withdrawals": "a refusal, which no erasure lifts",
    "orders.suppressions": "a refusal, which no erasure lifts",
    "notify.tombstones": "what an erasure leaves until its marker is read",
    "notify.withdrawals": "a refusal, which no erasure lifts",
    "notify.suppressions": "a refusal, which no erasure lifts",
    "notify.questions": "that a number was asked, so that it is asked once in 30 days",
    "notify.consent_receipts": "the evidence of a consent, without the contact (47 CFR 64.1200)",
    "onboarding.opt_outs": "a refusal, which no erasure lifts",
}
"""The tables in which an index of an erased shopper may stand, and why."""
ADD = (
    "a table keeps an erased shopper. Delete or blank the column in the service's store_erasure.py; only what silences, or is "
    "evidence that the law wants, may stay as an index: then name the table and the reason in KEPT."
)
SHOWS_THAT = "the walk proves something: before the erasure the shopper stands in these tables, or nothing was searched"


FRIEND = "friend-tablet".ljust(22, "0")


@pytest.fixture
async def beckon() -> AsyncIterator[WholeBeckon]:
    async with a_reminded_shop() as beckon:
        yield beckon


async def erase(beckon: WholeBeckon, recipient: ContactKind | None = None, browser: str | None = None) -> None:
    """A merchant orders it."""
    contact = None if recipient is None else Recipient(kind=recipient, index=ANNA.contacts[recipient].index)
    beckon.publish(stamped(ContactErased, 0, recipient=contact, visitor_id=browser))
    await beckon.process_all()


async def known_of(beckon: WholeBeckon, who: Shopper) -> tuple[set[tuple[str, str]], list[Value]]:
    """Where somebody is named, and what opens as theirs."""
    values = await every_value(beckon.made.superuser_dsn, SERVICES)
    contacts = [(kind, contact.index) for kind, contact in who.contacts.items()]
    return naming(values, who.needles), opened(values, KEYS, SITE, contacts)


async def assert_erased(beckon: WholeBeckon) -> None:
    """Nothing opens as Anna's, and nothing names her but what silences; Bert is as he was."""
    named, boxes = await known_of(beckon, ANNA)
    assert boxes == [], f"{sorted({(box.table, box.column) for box in boxes})}: {ADD}"
    left = {(table, column) for table, column in named if table not in KEPT}
    assert left == set(), f"{sorted(left)}: {ADD}"
    others, open_boxes = await known_of(beckon, BERT)
    assert {box.table for box in open_boxes} >= {"notify.bindings", "notify.consents", "notify.attempts"}
    assert ("orders.carts", "visitor_id") in others


BY = [
    pytest.param({"recipient": ContactKind.EMAIL}, id="email"),
    pytest.param({"recipient": ContactKind.PHONE}, id="phone"),
    pytest.param({"browser": ANNA.browser}, id="browser"),
]


@pytest.mark.parametrize("by", BY)
async def test_no_box_is_the_erased_shoppers_and_no_replay_brings_one_back(beckon: WholeBeckon, by: dict[str, Any]) -> None:
    named, boxes = await known_of(beckon, ANNA)
    assert len({table for table, _ in named}) >= 15, SHOWS_THAT
    assert {box.table for box in boxes} == {"notify.attempts", "notify.bindings", "notify.consents"}, SHOWS_THAT
    before = sum(len(records) for records in beckon.log.values())

    await erase(beckon, **by)
    await assert_erased(beckon)

    written = sum(len(records) for records in beckon.log.values())
    assert written > before
    for service, topic in beckon.subscribed_topics():
        await beckon.replay(service, topic)
        await assert_erased(beckon)


async def test_a_consent_that_was_unread_at_the_erasure_asks_nobody(beckon: WholeBeckon) -> None:
    unread = a_consent(
        occurred_at=now(), received_at=now(), visitor_id=FRIEND, contact=ANNA.contacts[ContactKind.PHONE], event_id=new_uuid7()
    )
    asked = len(beckon.bench.carrier.sent)
    await beckon.unread(unread, stamped(ContactErased, 0, recipient=_phone_of(ANNA)))
    await beckon.process_all()
    await beckon.replay("notify", "storefront-events")

    assert len(beckon.bench.carrier.sent) == asked
    await assert_erased(beckon)


def _phone_of(who: Shopper) -> Recipient:
    return Recipient(kind=ContactKind.PHONE, index=who.contacts[ContactKind.PHONE].index)


async def test_a_shopper_who_comes_back_after_the_erasure_is_bound_again(beckon: WholeBeckon) -> None:
    await erase(beckon, ContactKind.EMAIL)

    back = a_consent(occurred_at=now(), received_at=now(), visitor_id=ANNA.browser, contact=ANNA.contacts[ContactKind.PHONE])
    beckon.publish(a_cart(ANNA.browser, 40, seq=9), back)
    await beckon.process_all()

    bound = await beckon.pools["notify"].fetchval("SELECT count(*) FROM notify.bindings WHERE visitor_id = $1", ANNA.browser)
    assert bound == 1


async def test_a_new_tick_behind_the_marker_is_asked_and_an_old_one_is_not(beckon: WholeBeckon) -> None:
    cleo = Shopper("cleopatra", "+12025550145")
    recipient = Recipient(kind=ContactKind.EMAIL, index=cleo.contacts[ContactKind.EMAIL].index)
    tick = a_consent(occurred_at=now(), received_at=now(), visitor_id=cleo.browser, contact=cleo.contacts[ContactKind.PHONE])
    named = stamped(
        ShopperIdentified, 1, visitor_id=cleo.browser, origin=Origin.STOREFRONT, contact=cleo.contacts[ContactKind.EMAIL]
    )
    asked = len(beckon.bench.carrier.sent)

    await beckon.unread(named, tick, stamped(ContactErased, 0, recipient=recipient))
    await beckon.eventually(lambda: nothing_open(beckon))
    at_first = len(beckon.bench.carrier.sent)
    beckon.publish(tick.model_copy(update={"event_id": new_uuid7(), "occurred_at": now(), "received_at": now()}))

    await confirm(beckon, cleo)
    assert at_first == asked


async def nothing_open(beckon: WholeBeckon) -> bool:
    """Nobody waits to be asked, or to be answered."""
    await beckon.process_all()
    new = await beckon.pools["notify"].fetchval("SELECT count(*) FROM notify.bindings WHERE state = 'new'")
    prepared = await beckon.pools["notify"].fetchval("SELECT count(*) FROM notify.attempts WHERE state = 'prepared'")
    return bool(new + prepared == 0)


async def test_stop_outlives_the_erasure_and_its_replays(beckon: WholeBeckon) -> None:
    await beckon.bench.reply("STOP", number=ANNA.number)
    await beckon.process_all()

    await erase(beckon, ContactKind.EMAIL)
    for service, topic in beckon.subscribed_topics():
        await beckon.replay(service, topic)

    index = ANNA.contacts[ContactKind.PHONE].index
    stopped = await beckon.pools["notify"].fetchval(
        "SELECT suppressed_at FROM notify.suppressions WHERE recipient_index = $1", index
    )
    refused = await beckon.pools["orders"].fetchval("SELECT count(*) FROM orders.withdrawals WHERE key = $1", index)
    assert stopped is not None
    assert refused >= 1
