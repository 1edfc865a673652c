"""Tabs that are closed in the moment in which something was put into the cart or typed, far from ingest."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from shared.events.envelope import Event
from shared.events.settings import FieldCapture
from shared.events.storefront import CartUpdated, ShopperIdentified
from shared.runtime.security.sealing import open_contact
from tests.support.browsers.many_shops import READERS_RUN, ManyShops, Shown, many_shops
from tests.support.browsers.snippet_lab import push
from tests.support.browsers.tabs import Browser, Tab, Tabs
from tests.support.builders.ingest import NOTIFY_KEYS

ROUND_TRIP_SECONDS = 0.3
AT_ONCE = 8
PATIENCE_SECONDS = 15.0
FIRST_PATIENCE_SECONDS = 10.0
CART = "{total: '64.95', items: [{productID: 'W-%d', productName: 'Harbor Red', quantity: 1, productPrice: '64.95'}]}"
TYPES = """() => {
    const field = document.querySelector('input');
    field.focus();
    field.value = 'anna%d@shop.example';
}"""


@dataclass(frozen=True)
class LastAct:
    """What is done in each tab before it is closed, in turn, and which tab an event is from: None for other kinds of events."""

    scripts: tuple[str, ...]
    tab_of: Callable[[Event], int | None]
    shown: Shown


def _tab_of_cart(event: Event) -> int | None:
    return int((event.items[0].product_id or "").removeprefix("W-")) if isinstance(event, CartUpdated) else None


def _tab_of_email(event: Event) -> int | None:
    if not isinstance(event, ShopperIdentified):
        return None
    address = open_contact(NOTIFY_KEYS, event.site_id, event.contact)
    return int(address.removeprefix("anna").removesuffix("@shop.example"))


ADDS = LastAct(
    (
        f"() => {{ _beckon.push(['setCart', {CART}]) }}",
        f"() => {{ _beckon.push((core) => core.readCart({CART}, 'data layer')) }}",
    ),
    _tab_of_cart,
    Shown(),
)
"""Something is put into the cart: by the shop's own command, and by a reader."""
TYPES_ON = LastAct(
    (TYPES,),
    _tab_of_email,
    Shown(
        head=push("['setConsent',{storage:'granted'}]"),
        body="<input type='email' name='email'>",
        ready=READERS_RUN,
        choices={"consent_required": True, "field_capture": FieldCapture.LIVE},
    ),
)
"""An e-mail address is typed into a field, which keeps the focus."""


@dataclass(frozen=True)
class Arrived:
    """How many arrived though nobody came back, and how many once each shopper had opened one more page."""

    at_once: int
    by_next_page: int


async def arrived_of_closed_tabs(last: LastAct, open_browser: Browser, count: int, folder: Path) -> Arrived:
    """What arrives of so many tabs, each in a shop of its own, so that none sends for another one."""
    shown = many_shops(count, folder, last.shown, round_trip=ROUND_TRIP_SECONDS)
    async with shown as shops, open_browser(folder / "profile") as tabs:
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_act_and_close(shops, tabs, number, last, turns) for number in range(count)))
        at_once = await _arrived(shops, last, range(count))
        lost = sorted(set(range(count)) - at_once)
        await asyncio.gather(*(tabs.opens(shops.address(number)) for number in lost))
        return Arrived(len(at_once), len(at_once | await _arrived(shops, last, lost)))


async def _arrived(shops: ManyShops, last: LastAct, numbers: Iterable[int]) -> set[int]:
    """The tabs whose events are there, once all of ``numbers`` are or nothing more is to be expected."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not (arrived := _received(shops, last)).issuperset(numbers) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
    return arrived


async def _act_and_close(shops: ManyShops, tabs: Tabs, number: int, last: LastAct, turns: asyncio.Semaphore) -> None:
    """The act follows as soon as the snippet is ready for it, and the next command closes the tab."""
    async with turns:
        tab = await _opened(shops, tabs, number)
        await tab.leaves(last.scripts[number % len(last.scripts)] % number)


async def _opened(shops: ManyShops, tabs: Tabs, number: int) -> Tab:
    """A tab in which the snippet has started; where the page came without it, as after a change of networks, another one."""
    tab = await tabs.opens(shops.address(number, f"/?{number}"))
    try:
        await shops.wait_until_ready(str(number), FIRST_PATIENCE_SECONDS)
    except AssertionError:
        tab = await tabs.opens(shops.address(number, f"/?{number}"))
        await shops.wait_until_ready(str(number))
    return tab


def _received(shops: ManyShops, last: LastAct) -> set[int]:
    """The number of each tab whose event has arrived."""
    numbers = (last.tab_of(event) for event in shops.received())
    return {number for number in numbers if number is not None}
