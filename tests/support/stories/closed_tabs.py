"""Tabs that are closed in the moment in which something was put into the cart, far from ingest."""

import asyncio
from pathlib import Path

from shared.events.storefront import CartUpdated
from tests.support.browsers.many_shops import ManyShops, many_shops
from tests.support.browsers.tabs import Browser, Tabs

ROUND_TRIP_SECONDS = 0.3
AT_ONCE = 8
PATIENCE_SECONDS = 15.0
ADD = """() => { _beckon.push(['setCart', {total: '64.95', items:
    [{productID: 'W-%d', productName: 'Harbor Red', quantity: 1, productPrice: '64.95'}]}]) }"""


async def carts_of_closed_tabs(open_browser: Browser, count: int, folder: Path) -> int:
    """How many carts arrive of so many tabs, each in a shop of its own, so that none sends for another one."""
    async with many_shops(count, folder, round_trip=ROUND_TRIP_SECONDS) as shops, open_browser(folder / "profile") as tabs:
        turns = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_add_and_close(shops, tabs, number, turns) for number in range(count)))
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while len(carts_received(shops)) < count and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.05)
        return len(carts_received(shops))


async def _add_and_close(shops: ManyShops, tabs: Tabs, number: int, turns: asyncio.Semaphore) -> None:
    """A bottle goes into the cart as soon as the snippet has started, and the next command closes the tab."""
    async with turns:
        tab = await tabs.opens(shops.address(number, f"/?{number}"))
        await shops.wait_until_ready(str(number))
        await tab.leaves(ADD % number)


def carts_received(shops: ManyShops) -> set[str | None]:
    """The product of each cart that has arrived: one for each tab."""
    return {event.items[0].product_id for event in shops.received() if isinstance(event, CartUpdated)}
