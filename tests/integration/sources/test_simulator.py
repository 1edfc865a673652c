"""Polls of the make-believe Nexternal: how an order was born, what becomes of it later, and cards that go nowhere."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.options import CARD_CANARY, Origin
from deploy.demo.nexternal.records import BILLING_STATUSES, Browser, Line, NewOrder, Person, Privilege, XmlUser
from deploy.demo.nexternal.simulator import Simulator
from shared.events.envelope import IdentityKind
from shared.events.envelope import Origin as EventOrigin
from shared.runtime.postgres.pool import Pool
from shared.runtime.service import AsgiServer
from tests.support.builders.sources import connected
from tests.support.processes.source_polls import Rig, StoppedClock, a_rig

PASSWORD = "a long password of XML Tools"
ANNA = Person("anna@example.com", "Anna", "Vine", phone="206 555 0142")


@dataclass
class Shop(Rig):
    """The poller around an account of the simulator."""

    account: Account

    def place(self, origin: Origin, *, by: Person = ANNA) -> int:
        """An order is placed now. Returns its number."""
        customer = self.account.recognise(by, "Internal")
        line = Line(next(iter(self.account.products.values())), 1)
        browser = Browser() if origin is Origin.ONLINE else None
        return self.account.place_order(NewOrder(customer.customer_no, (line,), origin, browser)).order_no


@pytest.fixture
async def shop(pool: Pool) -> AsyncIterator[Shop]:
    clock = StoppedClock()
    simulator = Simulator(clock.now)
    server = AsgiServer(build(simulator), "127.0.0.1", 0)
    await server.start()
    async with a_rig(pool, f"http://127.0.0.1:{server.port}", clock) as rig:
        account = simulator.open_account("harborvine")
        account.xml.memorandum_accepted = True
        account.xml.users["beckon"] = XmlUser(
            "beckon", PASSWORD, frozenset(Privilege), active_key="k" * 32, has_passed_test=True
        )
        await rig.configure(connected(1, account="harborvine", user="beckon", password=PASSWORD))
        yield Shop(rig.pool, rig.polling, rig.clock, account)
    await server.stop()


async def test_an_order_of_each_birth_has_its_origin_and_its_customers_address(shop: Shop) -> None:
    numbers = {shop.place(origin): origin for origin in (Origin.ONLINE, Origin.STAFF, Origin.CLUB, Origin.IMPORT)}

    assert await shop.poll() == "connected"

    reports = {int(order.order_id or "0"): order for order in await shop.orders()}
    assert {numbers[number]: order.origin for number, order in reports.items()} == {
        Origin.ONLINE: EventOrigin.STOREFRONT,
        Origin.STAFF: EventOrigin.BACK_OFFICE,
        Origin.CLUB: EventOrigin.BATCH,
        Origin.IMPORT: EventOrigin.IMPORT,
    }
    named = {each.kind for order in reports.values() for each in order.identities}
    assert named == {IdentityKind.EMAIL, IdentityKind.PHONE, IdentityKind.CUSTOMER}
    assert {order.total.minor if order.total else None for order in reports.values()} != {None}


async def test_a_key_is_taken_as_well_as_a_name_with_its_password(shop: Shop) -> None:
    await shop.configure(connected(2, account="harborvine", key="k" * 32))
    shop.place(Origin.STAFF)

    assert await shop.poll() == "connected"
    assert len(await shop.orders()) == 1


async def test_declined_and_refunded_orders_are_reported_as_that_in_their_own_time(shop: Shop) -> None:
    declined, refunded = shop.place(Origin.ONLINE), shop.place(Origin.ONLINE)
    await shop.poll()
    shop.clock.moment += timedelta(minutes=10)
    for number, status in ((declined, "Declined"), (refunded, "Refunded")):
        assert status in BILLING_STATUSES
        shop.account.update_order(shop.account.orders[number], status=None, billing_status=status, at=None)

    await shop.poll()

    assert [(int(order.order_id or "0"), order.status) for order in await shop.orders()] == [
        (declined, "placed"),
        (refunded, "placed"),
        (declined, "cancelled"),
        (refunded, "refunded"),
    ]


async def test_the_zone_of_the_account_is_learned_from_an_online_order(shop: Shop) -> None:
    shop.place(Origin.STAFF)
    await shop.poll()
    shop.clock.moment += timedelta(minutes=3)
    shop.place(Origin.ONLINE)

    await shop.poll(timedelta(minutes=7))

    assert await shop.pool.fetchval("SELECT utc_offset_seconds FROM sources.connections") == -5 * 3600


async def test_the_card_of_a_reply_is_in_no_table_and_no_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    number = shop.place(Origin.ONLINE)
    await shop.poll()

    values = await shop.pool.fetch("SELECT value FROM sources.outbox")
    tables = [await shop.pool.fetch(f"SELECT t::text FROM sources.{name} AS t") for name in ("connections", "reported_orders")]  # noqa: S608
    kept = "".join(row["value"].decode() for row in values) + str(tables) + caplog.text
    assert f'"{number}"' in kept
    assert CARD_CANARY not in kept
