"""Pages made for CartStack report the same cart, e-mail and purchase, with nothing changed but the script's address."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from shared.events.envelope import ContactKind, IdentityKind
from shared.events.storefront import CartUpdated, OrderReported, PageSeen, ShopperIdentified
from shared.runtime.security.sealing import open_contact
from tests.support.browsers.cartstack_pages import ADDRESS, SHAPES, Shape
from tests.support.browsers.firefox import Firefox
from tests.support.browsers.snippet_lab import DONE, Lab, a_lab
from tests.support.builders.ingest import NOTIFY_KEYS, SITE, SITE_KEY
from tests.support.processes.servers import free_port
from tests.support.waiting import DEADLINE_SECONDS

Visit = Callable[[str, str], Awaitable[None]]


async def test_every_known_integration_reports_its_cart_e_mail_and_purchase_in_chromium() -> None:
    async with a_lab() as lab:
        page = await lab.context.new_page()
        warnings: list[str] = []
        page.on("pageerror", lambda error: lab.errors.append(str(error)))
        page.on("console", lambda message: warnings.append(message.text))

        async def visit(path: str, act: str) -> None:
            await page.goto(f"{lab.shop}{path}")
            if act:
                await page.evaluate(act)

        await _assert_all_are_reported(lab, visit)

        assert [text for text in warnings if "setAttribute" in text] == [
            "Beckon: the CartStack command setAttribute has no counterpart and is ignored."
        ], "once for each page"


async def test_every_known_integration_reports_its_cart_e_mail_and_purchase_in_firefox(tmp_path: Path) -> None:
    async with a_lab() as lab:
        firefox = await asyncio.to_thread(Firefox, tmp_path / "profile", f"ws://127.0.0.1:{free_port()}")

        async def visit(path: str, act: str) -> None:
            await asyncio.to_thread(firefox.goes_to, f"{lab.shop}{path}")
            if act:
                await asyncio.to_thread(firefox.run, act)

        try:
            await _assert_all_are_reported(lab, visit)
        finally:
            await asyncio.to_thread(firefox.closes)


async def _assert_all_are_reported(lab: Lab, visit: Visit) -> None:
    """The visits of each shape, all in one browser; what they reported is compared with what the pages show."""
    lab.page(DONE)
    reported = 0
    for number, shape in enumerate(SHAPES, 1):
        for path, html, act in shape.visits:
            lab.page(path, body=html.replace(ADDRESS, f"{lab.ingest}/s/{SITE_KEY}/cartstack.js"), tracking=False)
            await visit(path, act)
        await visit(DONE, "() => { if (window._cartstack) throw Error('not a page of CartStack') }")
        await _until_done(lab, number)
        _assert_reported(lab, shape, reported)
        reported = len(lab.events())


async def _until_done(lab: Lab, times: int) -> None:
    """Everything before it is durable when the last page of a visit is."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while len({each.event_id for each in lab.rig.kafka.events() if isinstance(each, PageSeen) and each.path == DONE}) < times:
        assert time.monotonic() < deadline, [event.type for event in lab.events()]
        await asyncio.sleep(0.02)


def _assert_reported(lab: Lab, shape: Shape, since: int) -> None:
    events = lab.events()[since:]
    carts = [event for event in events if isinstance(event, CartUpdated)]
    orders = [event for event in events if isinstance(event, OrderReported)]
    named = [event.contact for event in events if isinstance(event, ShopperIdentified)]
    in_body = [event.path for event in events if isinstance(event, PageSeen) and event.in_head is False]
    emails = {open_contact(NOTIFY_KEYS, SITE, contact) for contact in named if contact.kind is ContactKind.EMAIL}
    lines = [
        (item.product_id, item.quantity, item.unit_price and item.unit_price.minor)
        for cart in carts[-1:]
        for item in cart.items
    ]

    assert in_body == [], "what was CartStack's script is in no wrong place"
    assert tuple(lines) == shape.lines, shape.name
    assert [cart.total and cart.total.minor for cart in carts[-1:]] == [shape.total] * bool(shape.lines or shape.total), (
        shape.name
    )
    assert [cart.reader for cart in carts[-1:]] == [None if shape.lines else "cartstack"] * len(carts[-1:]), shape.name
    assert emails == ({shape.email} if shape.email else set()), shape.name
    assert [IdentityKind.EMAIL in {each.kind for each in order.identities} for order in orders] == [
        shape.order_names_its_shopper
    ] * len(orders), shape.name
    assert len(orders) == any("confirm" in html + act for _, html, act in shape.visits), shape.name
    assert [order.total and order.total.minor for order in orders] == [shape.order_total] * len(orders), shape.name
