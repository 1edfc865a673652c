"""The client of XML Tools against the make-believe Nexternal: pages, both credentials, and all that a reply can do wrong."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.options import CARD_CANARY, Origin
from deploy.demo.nexternal.records import Browser, Line, NewOrder, Person, Privilege, XmlUser
from deploy.demo.nexternal.simulator import Simulator
from deploy.demo.nexternal.xml_tools.faults import Fault, Kind
from services.ingest.sources.nexternal.client import XmlTools
from services.ingest.sources.nexternal.clock import window_of
from services.ingest.sources.nexternal.requests import Credentials, Minutes, Numbers
from services.ingest.sources.settings import XML_TOOLS_HOST
from services.ingest.sources.states import PollFailed
from shared.runtime.security.outbound import Outbound
from shared.runtime.service import AsgiServer
from tests.support.builders.sources import NOON

PASSWORD, KEY = "a long password of XML Tools", "k" * 32
WITH_PASSWORD = Credentials("harborvine", user="beckon", password=PASSWORD)
WITH_KEY = Credentials("harborvine", key=KEY)
STATES = {
    Kind.THROTTLED: "throttled",
    Kind.SLOW: "slow",
    Kind.CUT: "broken",
    Kind.EMPTY: "broken",
    Kind.HTML: "broken",
    Kind.UNAVAILABLE: "unreachable",
    Kind.ENTITIES: "broken",
    Kind.HUGE: "broken",
    Kind.WRONG_CHARSET: "broken",
    Kind.ANOTHER_REPLY: "broken",
    Kind.ANOTHER_ACCOUNT: "contradictory",
    Kind.ENDLESS_PAGES: "contradictory",
}
"""By the fault; those that are left out give a reply in which single records or fields are unread."""


@dataclass
class Shop:
    """An account, and how it is asked."""

    simulator: Simulator
    account: Account
    outbound: Outbound

    def place(self, count: int = 1) -> None:
        """Orders of the online store, with a card."""
        customer = self.account.recognise(Person("anna@example.com", "Anna", phone="206 555 0142"), "Internal")
        line = Line(next(iter(self.account.products.values())), 1)
        for _ in range(count):
            self.account.place_order(NewOrder(customer.customer_no, (line,), Origin.ONLINE, Browser()))

    def tools(self, credentials: Credentials = WITH_KEY, seconds: float = 30.0) -> XmlTools:
        """A client that waits so long for a reply."""
        return XmlTools(self.outbound, credentials, seconds)

    def switch(self, kind: Kind) -> None:
        """From now on every reply is that wrong."""
        self.simulator.xml_tools.switchboard.switch([Fault(kind=kind, seconds=600, bytes=9_000_000)])


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    simulator = Simulator(lambda: NOON)
    account = simulator.open_account("harborvine")
    account.xml.memorandum_accepted = True
    account.xml.users["beckon"] = XmlUser("beckon", PASSWORD, frozenset(Privilege), active_key=KEY, has_passed_test=True)
    server = AsgiServer(build(simulator), "127.0.0.1", 0)
    await server.start()
    outbound = Outbound(instead={XML_TOOLS_HOST: f"http://127.0.0.1:{server.port}"})
    yield Shop(simulator, account, outbound)
    await outbound.close()
    await server.stop()


@pytest.fixture
def window() -> Minutes:
    return window_of(None, NOON, None)


@pytest.mark.parametrize("credentials", [WITH_KEY, WITH_PASSWORD])
async def test_all_pages_are_read_with_either_style_of_credentials(
    shop: Shop, window: Minutes, credentials: Credentials
) -> None:
    shop.account.options.page_size = 2
    shop.place(5)

    orders, unread = await shop.tools(credentials).orders(window)
    [customer] = await shop.tools(credentials).customers(Numbers(5001, 5001))

    assert ([order.number for order in orders], unread) == (["1001", "1002", "1003", "1004", "1005"], 0)
    assert {order.placed_at for order in orders} == {datetime(2026, 11, 25, 7)}  # noqa: DTZ001 - in New York
    assert (customer.email, customer.phones) == ("anna@example.com", ("206 555 0142",))


@pytest.mark.parametrize(("kind", "state"), STATES.items())
async def test_a_wrong_reply_is_named_and_nothing_of_it_is_taken(shop: Shop, window: Minutes, kind: Kind, state: str) -> None:
    shop.place()
    shop.switch(kind)

    with pytest.raises(PollFailed) as failed:
        await shop.tools(seconds=0.5 if kind is Kind.SLOW else 30.0).orders(window)

    assert failed.value.state == state


@pytest.mark.parametrize(("kind", "expected"), [(Kind.REPEATED, (1, 0)), (Kind.NO_NUMBERS, (0, 1)), (Kind.ODD_TIMES, (1, 0))])
async def test_a_record_counts_once_and_one_without_its_number_is_unread(
    shop: Shop, window: Minutes, kind: Kind, expected: tuple[int, int]
) -> None:
    shop.place()
    shop.switch(kind)

    orders, unread = await shop.tools().orders(window)

    assert (len(orders), unread) == expected


async def test_pages_without_an_end_are_not_asked_for_again_and_again(shop: Shop, window: Minutes) -> None:
    shop.place()
    shop.switch(Kind.ENDLESS_PAGES)

    with pytest.raises(PollFailed):
        await shop.tools().orders(window)

    assert len(shop.simulator.xml_tools.calls) == 2


async def test_a_customer_without_a_number_fails_the_poll(shop: Shop) -> None:
    shop.place()
    shop.switch(Kind.NO_NUMBERS)

    with pytest.raises(PollFailed, match="broken"):
        await shop.tools().customers(Numbers(5001, 5001))


def without_memorandum(account: Account) -> None:
    account.xml.memorandum_accepted = False


def without_test(account: Account) -> None:
    account.xml.users["beckon"].has_passed_test = False


def without_privilege(account: Account) -> None:
    account.xml.users["beckon"].privileges = frozenset({Privilege.PRODUCT_QUERY})


def with_another_password(account: Account) -> None:
    account.xml.users["beckon"].password = "another one"


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (without_memorandum, "refused_memorandum"),
        (without_test, "refused_test"),
        (without_privilege, "refused_privilege"),
        (with_another_password, "refused_credentials"),
    ],
)
async def test_what_the_account_refuses_is_named(
    shop: Shop, window: Minutes, change: Callable[[Account], None], state: str
) -> None:
    change(shop.account)

    with pytest.raises(PollFailed) as failed:
        await shop.tools(WITH_PASSWORD).orders(window)

    assert failed.value.state == state


async def test_a_card_leaves_no_reply(shop: Shop, window: Minutes) -> None:
    shop.place()

    orders, _ = await shop.tools().orders(window)
    customers = await shop.tools().customers(Numbers(5001, 5001))

    taken = "".join(repr(vars(each)) for each in (*orders, *customers))
    assert "1001" in taken
    assert CARD_CANARY not in taken


async def test_an_order_outside_the_minutes_that_are_asked_for_is_not_in_the_reply(shop: Shop) -> None:
    shop.place()

    orders, _ = await shop.tools().orders(window_of(NOON + timedelta(hours=3), NOON + timedelta(hours=4), timedelta(hours=-5)))

    assert orders == []
