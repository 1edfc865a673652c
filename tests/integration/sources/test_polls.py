"""Polls of a Nexternal account over a real PostgreSQL: what leaves, what is remembered, and the state that it ends in."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from services.ingest.sources.poller import poll
from services.ingest.sources.storage.sweeps import claim_due
from shared.events.envelope import IdentityKind, Origin
from shared.events.storefront import OrderReported, SourceSynced, Witness
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.sources import NOON, SECRET_KEY, connected
from tests.support.processes.source_polls import Rig, StoppedClock, a_rig
from tests.support.processes.xml_tools import CARD, FakeAccount, FakeOrder, xml_tools

KEYED_IN = FakeOrder(1001, datetime(2026, 11, 25, 6, 58))  # noqa: DTZ001 - the account's clock has no zone


@dataclass
class AccountRig(Rig):
    """The poller around a fake account."""

    account: FakeAccount


@pytest.fixture
def account() -> FakeAccount:
    return FakeAccount(orders=[KEYED_IN])


@pytest.fixture
def address(account: FakeAccount) -> Iterator[str]:
    with xml_tools(account) as address:
        yield address


@pytest.fixture
async def rig(pool: Pool, account: FakeAccount, address: str) -> AsyncIterator[AccountRig]:
    async with a_rig(pool, address, StoppedClock()) as made:
        await made.configure(connected())
        yield AccountRig(made.pool, made.polling, made.clock, account)


async def test_an_order_that_staff_keyed_in_is_reported_before_its_source_is_vouched_for(rig: AccountRig) -> None:
    assert await rig.poll() == "connected"

    order, synced = await rig.left()
    assert isinstance(order, OrderReported)
    assert isinstance(synced, SourceSynced)
    assert (order.witness, order.origin, order.order_id, order.verified) == (Witness.POLL, Origin.BACK_OFFICE, "1001", True)
    assert {each.kind for each in order.identities} == {IdentityKind.EMAIL, IdentityKind.CUSTOMER}
    assert order.silences_until >= NOON
    assert synced.synced_through == NOON


async def test_an_order_in_the_overlap_of_two_polls_is_reported_once(rig: AccountRig) -> None:
    await rig.poll()
    rig.account.orders.append(FakeOrder(1002, datetime(2026, 11, 25, 7, 5)))  # noqa: DTZ001 - it has no zone

    await rig.poll(timedelta(minutes=10))

    assert [order.order_id for order in await rig.orders()] == ["1001", "1002"]


async def test_a_cancelled_order_is_reported_again_as_that(rig: AccountRig) -> None:
    await rig.poll()
    rig.account.orders = [FakeOrder(1001, KEYED_IN.placed_at, status="Canceled")]

    await rig.poll(timedelta(minutes=10))

    assert [order.status for order in await rig.orders()] == ["placed", "cancelled"]


async def test_every_page_is_read_before_the_source_is_vouched_for(rig: AccountRig) -> None:
    rig.account.page_size = 2
    rig.account.orders = [FakeOrder(number, KEYED_IN.placed_at, browser="Chrome") for number in range(1001, 1006)]

    assert await rig.poll() == "connected"

    assert [event.type for event in await rig.left()] == ["order.reported"] * 5 + ["source.synced"]


async def test_a_wine_clubs_orders_of_one_minute_are_a_batch(rig: AccountRig) -> None:
    rig.account.orders = [FakeOrder(number, KEYED_IN.placed_at) for number in range(1001, 1007)]

    await rig.poll()

    assert {order.origin for order in await rig.orders()} == {Origin.BATCH}


async def test_a_source_is_due_again_only_after_its_interval(rig: AccountRig) -> None:
    await rig.poll()
    asked = len(rig.account.bodies)

    await rig.poll(timedelta(minutes=9))

    assert len(rig.account.bodies) == asked


def an_error(text: str) -> tuple[int, bytes]:
    """A reply that is an error."""
    return 200, f"<OrderQueryReply><Error><ErrorDescription>{text}</ErrorDescription></Error></OrderQueryReply>".encode()


REPLIES: list[tuple[tuple[int, bytes], str]] = [
    (an_error("An excessive number of requests"), "throttled"),
    (an_error("The credentials are not valid."), "refused_credentials"),
    ((200, b"<Errors><ErrorDescription>Unknown account name</ErrorDescription></Errors>"), "refused_account"),
    (an_error("Wrong password"), "refused_password"),
    (an_error("The Key is wrong"), "refused_key"),
    (an_error("The XML test has not been passed."), "refused_test"),
    (an_error("This user has no privilege for OrderQuery."), "refused_privilege"),
    (an_error("The Memorandum of Understanding has not been accepted."), "refused_memorandum"),
    (an_error("Something else"), "broken"),
    ((200, b"<html>maintenance"), "broken"),
    ((200, b"<CustomerQueryReply/>"), "broken"),
    ((200, b'<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><OrderQueryReply>&e;</OrderQueryReply>'), "broken"),
    ((200, b"<OrderQueryReply>" + b"<a>" * 200_001), "broken"),
    ((404, b""), "broken"),
    ((503, b""), "unreachable"),
    ((429, b""), "throttled"),
    ((200, b'<OrderQueryReply AccountName="another"/>'), "contradictory"),
    ((200, b"<OrderQueryReply><Order><OrderNo>1</OrderNo></Order><NextPage/></OrderQueryReply>"), "contradictory"),
]


@pytest.mark.parametrize(("reply", "state"), REPLIES)
async def test_a_reply_that_is_no_list_of_orders_ends_in_its_state(
    rig: AccountRig, reply: tuple[int, bytes], state: str
) -> None:
    rig.account.reply = reply

    assert await rig.poll() == state

    assert await rig.left() == []


async def test_a_throttled_source_is_left_alone_for_five_minutes_and_loses_nothing(rig: AccountRig) -> None:
    rig.account.reply = an_error("An excessive number of requests")
    await rig.poll()
    rig.account.reply, asked = None, len(rig.account.bodies)

    assert await rig.poll(timedelta(seconds=299)) == "throttled"
    assert len(rig.account.bodies) == asked
    assert await rig.poll(timedelta(seconds=1)) == "connected"

    assert [order.order_id for order in await rig.orders()] == ["1001"]


async def test_a_killed_poll_is_begun_again_when_its_claim_has_run_out(rig: AccountRig) -> None:
    [claimed] = await claim_due(rig.pool, rig.clock.now(), 4, new_uuid7())  # its process was killed then

    await rig.poll(timedelta(seconds=59))
    assert await rig.left() == []
    await rig.poll(timedelta(seconds=1))
    await poll(claimed, rig.polling)  # and a frozen one wakes up

    assert [event.type for event in await rig.left()] == ["order.reported", "source.synced"]


async def test_new_credentials_begin_anew_and_none_disconnect(rig: AccountRig) -> None:
    await rig.poll()

    await rig.configure(connected(2, account="harbor", user="beckon", password="a password"))
    assert await rig.poll() == "connected"
    without = connected(3).model_copy(update={"secrets": ()})
    await rig.configure(without)

    assert await rig.poll() is None
    assert "<UserName>beckon</UserName>" in rig.account.bodies[-1]


async def test_no_card_no_contact_and_no_credential_is_kept(rig: AccountRig, caplog: pytest.LogCaptureFixture) -> None:
    rig.account.orders.append(FakeOrder(1002, KEYED_IN.placed_at, browser="Chrome"))
    await rig.poll()
    rig.account.reply = an_error(f"{CARD} {SECRET_KEY}")
    await rig.poll(timedelta(minutes=10))

    tables = ("sites", "connections", "reported_orders", "outbox")
    kept = "".join([str(await rig.pool.fetch(f"SELECT t::text FROM sources.{table} AS t")) for table in tables])  # noqa: S608
    values = await rig.pool.fetch("SELECT value FROM sources.outbox")
    everything = kept + "".join(row["value"].decode() for row in values) + caplog.text
    assert "1002" in everything
    assert not [secret for secret in (CARD, SECRET_KEY, "anna@example.com") if secret in everything]
