"""Carts in pages without an end that nobody sees, by state, reason and channel; a purchase names its order and witness."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.onboarding.consumers import apply_cart_events, apply_message_events, apply_nudge_events
from services.onboarding.results.cart_filters import CartCursor, CartFilter, read_filter
from shared.events.cart import CartAbandoned, CartClosed, CartEvent, CartOutcome, Credit, OrderReconciled
from shared.events.envelope import CartItem, Channel, Money, Origin
from shared.events.message import MessageAccepted, MessageDeclined, MessageKind
from shared.events.nudge import NudgeCancelled
from shared.events.reasons import Reason
from shared.events.storefront import Witness
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TOTAL = Money(minor=2450, currency="USD")


def stamped(site_id: UUID, at: datetime = NOON) -> dict[str, Any]:
    return {"event_id": uuid4(), "site_id": site_id, "occurred_at": at, "received_at": at}


def left(site_id: UUID, name: str, at: datetime = NOON) -> CartAbandoned:
    return CartAbandoned(
        **stamped(site_id, at), cart_id=uuid4(), visitor_id="v" * 22, total=TOTAL, opened_at=at, abandoned_at=at, abandonment=1,
        items=(CartItem(product_id="W", name=name, quantity=1, unit_price=None, path=None),), planned=(), return_path=None,
    )  # fmt: skip


def closed(site_id: UUID, cart_id: UUID, report: UUID, outcome: CartOutcome = CartOutcome.BOUGHT) -> CartClosed:
    return CartClosed(
        **stamped(site_id), cart_id=cart_id, visitor_id="v" * 22, outcome=outcome, total=TOTAL, opened_at=NOON,
        order_event_id=report,
    )  # fmt: skip


def order(site_id: UUID, report: UUID, number: str, *, cart_id: UUID | None = None) -> OrderReconciled:
    return OrderReconciled(
        **stamped(site_id), order_key=uuid4(), order_id=number, status="placed", origin=Origin.STOREFRONT,
        witnesses=(Witness.BROWSER, Witness.POLL), report_ids=(report,), verified=True, total=TOTAL, placed_at=NOON,
        credit=Credit.NONE, cart_id=cart_id, nudge_id=None,
    )  # fmt: skip


async def apply_events(pool: Pool, *events: CartEvent) -> None:
    async with transaction(pool) as tx:
        await apply_cart_events(events, tx)


async def listed(anna: ConsoleClient, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = (await anna.http.get(f"/api{anna.site('/carts')}?{query}")).json()
    return answer


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((2, True), ">Harbor Red</a><br><small>1 item and 2 items that could not be read<"),
        ((1, False), ">1 item that could not be read</a>"),
        ((0, True), ">Harbor Red</a><br><small>1 item<"),
        ((0, False), ">Cart</a>"),
    ],
)
async def test_a_cart_shows_how_many_of_its_lines_could_not_be_read(
    anna: ConsoleClient, pool: Pool, lines: tuple[int, bool], words: str
) -> None:
    unread, is_named = lines
    cart = left(anna.site_id, "Harbor Red").model_copy(update={"unread_lines": unread} | ({} if is_named else {"items": ()}))
    await apply_events(pool, cart)

    page, (row,) = await anna.http.get(anna.site("/carts")), (await listed(anna))["carts"]
    own = await anna.http.get(anna.site(f"/carts/{cart.cart_id}"))

    assert words in page.text
    assert row["unread_lines"] == unread
    assert ("could not be read" in own.text) == (unread > 0)


async def test_every_cart_is_on_some_page_and_on_one_alone(anna: ConsoleClient, pool: Pool) -> None:
    carts = [left(anna.site_id, f"Wine {n}", NOON + timedelta(seconds=n // 7)) for n in range(230)]
    await apply_events(pool, *carts)
    found, after = list[str](), ""
    for _ in range(3):
        page = await listed(anna, f"after={after}" if after else "")
        found += [cart["cart_id"] for cart in page["carts"]]
        after = page["next"]
        if len(found) < 200:  # meanwhile a new one comes, and the newest of all changes nothing behind the place
            await apply_events(pool, left(anna.site_id, "New", NOON + timedelta(hours=1)))

    assert after is None
    assert sorted(found) == sorted(str(cart.cart_id) for cart in carts)


async def test_the_page_leads_on_and_its_address_keeps_what_was_asked_for(anna: ConsoleClient, pool: Pool) -> None:
    await apply_events(pool, *(left(anna.site_id, f"Wine {n}", NOON + timedelta(seconds=n)) for n in range(101)))
    first = (await anna.http.get(anna.site("/carts?state=abandoned&channel=none"))).text
    link = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = (await anna.http.get(anna.site("/carts") + link)).text

    assert "state=abandoned" in link
    assert "channel=none" in link
    assert ("Wine 0<" in first, "Wine 0<" in second) == (False, True)
    assert "No older carts." in second


async def test_a_plain_purchase_is_no_cart_that_was_left_and_has_its_order_for_a_name(anna: ConsoleClient, pool: Pool) -> None:
    cart_id, report = uuid4(), uuid4()
    await apply_events(pool, closed(anna.site_id, cart_id, report), order(anna.site_id, report, "A-1001"))
    page, purchases = await listed(anna), (await anna.http.get(anna.site("/carts?state=purchase"))).text
    own = (await anna.http.get(anna.site(f"/carts/{cart_id}"))).text

    assert page["carts"] == []
    assert "Order A-1001" in purchases
    assert "without items" not in purchases
    assert "reported by the confirmation page, your back office" in own
    assert "Order A-1001: placed" in own, "on its timeline too"


async def test_a_bought_cart_names_its_order_and_witnesses(anna: ConsoleClient, pool: Pool) -> None:
    report, cart = uuid4(), left(anna.site_id, "Old Harbor Red")
    await apply_events(
        pool, cart, closed(anna.site_id, cart.cart_id, report), order(anna.site_id, report, "1002", cart_id=cart.cart_id)
    )
    [shown] = (await listed(anna, "state=bought"))["carts"]
    own = (await anna.http.get(anna.site(f"/carts/{cart.cart_id}"))).text

    assert shown["orders"] == [{"order_id": "1002", "status": "placed", "witnesses": ["browser", "poll"], "verified": True}]
    assert "Old Harbor Red" in own
    assert "<b>1002</b>" in own


async def test_one_order_that_closed_the_carts_of_two_browsers_is_named_on_both(anna: ConsoleClient, pool: Pool) -> None:
    report, carts = uuid4(), [left(anna.site_id, "Red"), left(anna.site_id, "White")]
    await apply_events(
        pool, *carts, *(closed(anna.site_id, cart.cart_id, report) for cart in carts), order(anna.site_id, report, "1003")
    )

    shown = (await listed(anna, "state=bought"))["carts"]
    assert [[each["order_id"] for each in cart["orders"]] for cart in shown] == [["1003"], ["1003"]]


async def test_carts_are_found_by_reason_and_by_channel(anna: ConsoleClient, pool: Pool) -> None:
    cancelled, declined, texted, pushed = (left(anna.site_id, name) for name in ("cancelled", "declined", "texted", "pushed"))
    await apply_events(pool, cancelled, declined, texted, pushed)
    async with transaction(pool) as tx:
        stop = NudgeCancelled(
            **stamped(anna.site_id), nudge_id=uuid4(), cart_id=cancelled.cart_id, step=1, reason=Reason.BOUGHT
        )
        await apply_nudge_events([stop], tx)
        refusal = {**stamped(anna.site_id), "nudge_id": uuid4(), "cart_id": declined.cart_id, "reason": Reason.NO_CONSENT}
        sent = [
            MessageAccepted(
                **stamped(anna.site_id), attempt_id="a" * 32, kind=MessageKind.REMINDER, channel=channel, cart_id=cart.cart_id
            )
            for cart, channel in ((texted, Channel.SMS), (pushed, Channel.PUSH))
        ]
        await apply_message_events([MessageDeclined(**refusal), *sent], tx)

    async def names(query: str) -> list[str]:
        return sorted(cart["names"] for cart in (await listed(anna, query))["carts"])

    assert await names("reason=bought") == ["cancelled"]
    assert await names("reason=no_consent") == ["declined"]
    assert (await names("channel=sms"), await names("channel=push")) == (["texted"], ["pushed"])
    assert await names("channel=none") == ["cancelled", "declined"]
    assert await names("reason=bought&channel=sms") == []


@pytest.mark.parametrize(
    "query",
    ["state=gone", "reason=because", "channel=fax", "after=x", "after=1.x", "after=%00"],
)
async def test_a_filter_that_does_not_exist_is_refused_with_a_sentence(anna: ConsoleClient, query: str) -> None:
    page = await anna.http.get(anna.site(f"/carts?{query}"))
    program = await anna.http.get(f"/api{anna.site('/carts')}?{query}")

    assert (page.status_code, program.status_code) == (422, 422)
    assert program.json()["faults"][0]["field"] == query.partition("=")[0]


def test_a_place_is_read_back_from_its_address() -> None:
    place = CartCursor(NOON + timedelta(microseconds=123_457), uuid4())
    asked = CartFilter(state="bought", reason="bought", channel="sms", after=place)
    parts = dict(part.split("=") for part in asked.query.split("&"))

    assert read_filter(parts) == asked
