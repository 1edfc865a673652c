"""Tabs that are closed in the moment in which something was put into the cart, far from ingest."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from shared.events.storefront import CartUpdated
from tests.support.browsers.many_shops import ManyShops, many_shops
from tests.support.browsers.tabs import Browser, Tab, Tabs

ROUND_TRIP_SECONDS = 0.3
AT_ONCE = 8
PATIENCE_SECONDS = 15.0
FIRST_PATIENCE_SECONDS = 10.0
CART = "{total: '64.95', items: [{productID: 'W-%d', productName: 'Harbor Red', quantity: 1, productPrice: '64.95'}]}"
ADDS = (
    f"() => {{ _beckon.push(['setCart', {CART}]) }}",
    f"() => {{ _beckon.push((core) => core.readCart({CART}, 'data layer')) }}",
)
"""By the shop's own command, and by a reader."""


@dataclass(frozen=True)
class Arrived:
    """How many carts arrived though nobody came back, and how many once each shopper had opened one more page."""

    at_once: int
    by_next_page: int


async def carts_of_closed_tabs(open_browser: Browser, count: int, folder: Path) -> Arrived:
    """What arrives of so many tabs, each in a shop of its own, so that none sends for another one."""
    async with many_shops(count, folder, round_trip=ROUND_TRIP_SECONDS) as shops, open_browser(folder / "profile") as tabs:
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_add_and_close(shops, tabs, number, turns) for number in range(count)))
        at_once = await _arrived(shops, range(count))
        lost = sorted(set(range(count)) - at_once)
        await asyncio.gather(*(tabs.opens(shops.address(number)) for number in lost))
        return Arrived(len(at_once), len(at_once | await _arrived(shops, lost)))


async def _arrived(shops: ManyShops, numbers: Iterable[int]) -> set[int]:
    """The tabs whose carts are there, once all of ``numbers`` are or nothing more is to be expected."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not (arrived := _carts_received(shops)).issuperset(numbers) and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
    return arrived


async def _add_and_close(shops: ManyShops, tabs: Tabs, number: int, turns: asyncio.Semaphore) -> None:
    """A bottle goes into the cart as soon as the snippet has started, and the next command closes the tab."""
    async with turns:
        tab = await _opened(shops, tabs, number)
        await tab.leaves(ADDS[number % 2] % number)


async def _opened(shops: ManyShops, tabs: Tabs, number: int) -> Tab:
    """A tab in which the snippet has started; where the page came without it, as after a change of networks, another one."""
    tab = await tabs.opens(shops.address(number, f"/?{number}"))
    try:
        await shops.wait_until_ready(str(number), FIRST_PATIENCE_SECONDS)
    except AssertionError:
        tab = await tabs.opens(shops.address(number, f"/?{number}"))
        await shops.wait_until_ready(str(number))
    return tab


def _carts_received(shops: ManyShops) -> set[int]:
    """The number of each tab whose cart has arrived."""
    carts = [event for event in shops.received() if isinstance(event, CartUpdated)]
    return {int((cart.items[0].product_id or "").removeprefix("W-")) for cart in carts}
