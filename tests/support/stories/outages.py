"""Browsers that are quit, and a server that is down, while something is put into the cart."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from shared.events.storefront import CartUpdated
from tests.support.browsers.many_shops import ManyShops, Shown, many_shops
from tests.support.browsers.tabs import Browser, Tab, Tabs
from tests.support.waiting import DEADLINE_SECONDS

ROUND_TRIP_SECONDS = 0.3
ADDS = "() => { _beckon.push(['setCart', {items: [{productID: 'W-%d', quantity: 1, productPrice: '64.95'}]}]) }"
TEN_MINUTES_MS = 600_000
TIMES_FASTER = 120
FAST_CLOCK = f"""<script>{{
    const [now, later, began] = [Date.now.bind(Date), setTimeout.bind(window), Date.now()];
    Date.now = () => began + (now() - began) * {TIMES_FASTER};
    window.setTimeout = (act, delay) => later(act, (delay || 0) / {TIMES_FASTER});
    const send = window.fetch;
    window.sent = 0;
    window.fetch = (...given) => (window.sent++, send(...given));
}}</script>"""
"""Ten minutes of the page's own time take five seconds; it counts what it sends."""


@dataclass(frozen=True)
class Arrived:
    """The tabs whose carts arrived before the browser was started again, and those whose carts arrived with the next visit."""

    at_once: set[int]
    by_next_visit: set[int]


async def quit_at_once(open_browser: Browser, count: int, folder: Path) -> Arrived:
    """What arrives of a browser that quits as something is put into so many carts; for the second half the server is down."""
    async with many_shops(count, folder, Shown(), round_trip=ROUND_TRIP_SECONDS) as shops:
        async with open_browser(folder / "profile") as tabs:
            opened = [await _opened(shops, tabs, number) for number in range(count)]
            for number, tab in enumerate(opened):
                if number == count // 2:
                    shops.wire.cut()
                await tab.runs(ADDS % number)
        at_once = carts_in(shops)
        shops.wire.mend()
        async with open_browser(folder / "profile") as tabs:
            for number in range(count):
                await tabs.opens(shops.address(number))
            await _arrive(shops, count)
        return Arrived(at_once, carts_in(shops))


async def ten_minutes_down(open_browser: Browser, folder: Path) -> float:
    """Put something in while the server is down, which it is for ten minutes of the page's time.

    Returns how often the snippet has sent meanwhile, once the cart has arrived from the page that stayed open.
    """
    async with many_shops(1, folder, Shown(head=FAST_CLOCK)) as shops, open_browser(folder / "profile") as tabs:
        tab = await _opened(shops, tabs, 0)
        shops.wire.cut()
        sent = await _number(tab, "() => sent")
        await tab.runs(ADDS % 0)
        await passes_ten_minutes(tab)
        assert carts_in(shops) == set()
        sent = await _number(tab, "() => sent") - sent
        shops.wire.mend()
        await _arrive(shops, 1)
        return sent


async def passes_ten_minutes(tab: Tab) -> None:
    """Wait until they have passed in a page with the fast clock."""
    end = await _number(tab, "() => Date.now()") + TEN_MINUTES_MS
    while await _number(tab, "() => Date.now()") < end:
        await asyncio.sleep(0.1)


def carts_in(shops: ManyShops) -> set[int]:
    """The number of each shop whose cart has arrived."""
    carts = [event for event in shops.received() if isinstance(event, CartUpdated)]
    return {int((cart.items[0].product_id or "").removeprefix("W-")) for cart in carts}


async def _opened(shops: ManyShops, tabs: Tabs, number: int) -> Tab:
    """A tab in which the snippet runs."""
    tab = await tabs.opens(shops.address(number, f"/?{number}"))
    await shops.wait_until_ready(str(number), DEADLINE_SECONDS)
    return tab


async def _arrive(shops: ManyShops, count: int) -> None:
    """Wait for the carts of so many shops."""
    await shops.wait_for(lambda: len(carts_in(shops)) == count, lambda: carts_in(shops), DEADLINE_SECONDS)


async def _number(tab: Tab, function: str) -> float:
    number = await tab.runs(function)
    assert isinstance(number, int | float), number
    return number
