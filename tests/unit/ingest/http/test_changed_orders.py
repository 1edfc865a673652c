"""What becomes of an order after it was placed: its revenue goes with it, and no cart that was opened since is silenced."""

import itertools
from datetime import timedelta
from uuid import UUID

import pytest

from services.orders.rules.reconciliation import OneOrder, reconcile
from shared.events.envelope import Money
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import NOON, VISITOR, Rig, a_body, an_event
from tests.support.processes.ingest_client import post
from tests.unit.ingest.http import test_order_webhooks as shopify
from tests.unit.ingest.http import test_woocommerce_webhooks as woocommerce

DAY = 24 * 3600
THREE_DAYS_LATER = "2026-11-28T12:00:00"
REFUNDED = {"financial_status": "refunded", "current_total_price": "0.00", "updated_at": f"{THREE_DAYS_LATER}Z"}
PARTLY_REFUNDED = {
    "financial_status": "partially_refunded",
    "current_total_price": "64.95",
    "updated_at": f"{THREE_DAYS_LATER}Z",
}
CANCELLED = {"cancelled_at": f"{THREE_DAYS_LATER}Z", "updated_at": f"{THREE_DAYS_LATER}Z"}
PARTLY_PAID_BACK = {"refunds": [{"id": 730, "reason": "", "total": "-64.95"}], "date_modified_gmt": THREE_DAYS_LATER}


def reports_in(rig: Rig) -> list[OrderReported]:
    return [event for event in rig.kafka.events() if isinstance(event, OrderReported)]


def the_order(rig: Rig) -> OneOrder:
    """One order out of every report, in whatever order they are read."""
    reports: dict[UUID, OrderReported] = {}
    for report in reports_in(rig):
        reports.setdefault(report.event_id, report)
    (order,) = {reconcile(each) for each in itertools.permutations(reports.values())}
    return order


async def test_a_part_paid_back_at_shopify_leaves_the_rest_of_the_revenue() -> None:
    rig = shopify.a_shopify_rig()

    await shopify.deliver(rig)
    rig.clock.pass_seconds(3 * DAY)
    await shopify.deliver(rig, shopify.ORDER | PARTLY_REFUNDED, event="orders/updated")

    order = the_order(rig)
    assert (order.status, order.total, order.verified) == ("placed", Money(minor=6495, currency="USD"), True)


async def test_a_part_paid_back_at_woocommerce_leaves_the_rest_of_the_revenue() -> None:
    rig = woocommerce.a_woocommerce_rig()

    await woocommerce.deliver(rig)
    rig.clock.pass_seconds(3 * DAY)
    await woocommerce.deliver(rig, woocommerce.ORDER | PARTLY_PAID_BACK)

    order = the_order(rig)
    assert (order.status, order.total, order.verified) == ("placed", Money(minor=6495, currency="USD"), True)


async def test_refunds_that_come_before_the_order_itself_have_the_last_total() -> None:
    rig = woocommerce.a_woocommerce_rig()
    first = {"refunds": [{"id": 730, "total": "-29.90"}], "date_modified_gmt": "2026-11-25T12:00:00"}
    second = {
        "refunds": [{"id": 731, "total": "-50"}, {"id": 730, "total": "-29.90"}], "date_modified_gmt": "2026-11-25T12:00:01"
    }  # fmt: skip

    for change in (second, first, {}):
        await woocommerce.deliver(rig, woocommerce.ORDER | change)

    assert the_order(rig).total == Money(minor=5000, currency="USD")


@pytest.mark.parametrize("change", [{"status": "cancelled"}, {"status": "refunded"}])
async def test_a_paid_order_that_woocommerce_takes_back_has_no_revenue(change: dict[str, str]) -> None:
    rig = woocommerce.a_woocommerce_rig()

    await woocommerce.deliver(rig)
    rig.clock.pass_seconds(3 * DAY)
    await woocommerce.deliver(rig, woocommerce.ORDER | change | {"date_modified_gmt": THREE_DAYS_LATER})

    assert (the_order(rig).status, len(reports_in(rig))) == (change["status"], 2)


async def test_a_bank_transfer_is_bought_at_once_and_none_when_it_never_comes() -> None:
    rig, transfer = woocommerce.a_woocommerce_rig(), woocommerce.ORDER | {"payment_method": "bacs", "date_paid_gmt": None}

    await woocommerce.deliver(rig, transfer | {"status": "on-hold"})
    placed = the_order(rig).status
    rig.clock.pass_seconds(3 * DAY)
    await woocommerce.deliver(rig, transfer | {"status": "cancelled", "date_modified_gmt": THREE_DAYS_LATER})

    assert (placed, the_order(rig).status) == ("placed", "cancelled")


async def test_an_unpaid_checkout_that_times_out_stays_an_abandoned_cart() -> None:
    rig, unpaid = woocommerce.a_woocommerce_rig(), woocommerce.ORDER | {"payment_method": "stripe", "date_paid_gmt": None}

    for status in ("pending", "cancelled"):
        answer = await woocommerce.deliver(rig, unpaid | {"status": status, "date_modified_gmt": "2026-11-25T13:00:00"})
        assert answer.json()["reason"] == "not_placed"

    assert reports_in(rig) == []


async def test_an_extensions_own_status_of_a_paid_order_is_a_purchase() -> None:
    rig = woocommerce.a_woocommerce_rig()

    await woocommerce.deliver(rig, woocommerce.ORDER | {"status": "in-the-kitchen"})

    assert the_order(rig).status == "placed"


@pytest.mark.parametrize("change", [REFUNDED, PARTLY_REFUNDED, CANCELLED])
async def test_a_change_of_an_old_order_silences_no_cart_that_was_opened_since(change: dict[str, str]) -> None:
    rig = shopify.a_shopify_rig()
    rig.clock.pass_seconds(3 * DAY)

    await shopify.deliver(rig, shopify.ORDER | change, event="orders/updated")

    (report,) = reports_in(rig)
    placed_at = NOON - timedelta(seconds=2)
    assert (report.placed_at, report.silences_until) == (placed_at, placed_at + timedelta(seconds=5))


async def test_a_change_within_minutes_silences_as_its_order_does() -> None:
    rig = shopify.a_shopify_rig()
    rig.clock.pass_seconds(600)

    await shopify.deliver(rig, shopify.ORDER | {"cancelled_at": "2026-11-25T12:09:00Z"}, event="orders/cancelled")

    (report,) = reports_in(rig)
    assert report.silences_until == report.received_at + timedelta(seconds=5)


async def test_a_refund_after_months_is_kept_and_a_parcel_after_days_is_not() -> None:
    rig = shopify.a_shopify_rig()
    rig.clock.pass_seconds(60 * DAY)

    refund = await shopify.deliver(
        rig, shopify.ORDER | REFUNDED | {"updated_at": "2027-01-24T11:59:00Z"}, event="orders/updated"
    )
    parcel = await shopify.deliver(rig, shopify.ORDER | {"fulfillment_status": "fulfilled"}, event="orders/updated")

    (report,) = reports_in(rig)
    assert (refund.json()["event_id"], report.status) == (str(report.event_id), "refunded")
    assert parcel.json()["reason"] == "too_old"


async def test_every_update_of_an_order_that_changes_nothing_is_the_same_event() -> None:
    rig = shopify.a_shopify_rig()

    for event, seconds in (("orders/updated", 0), ("orders/create", 1), ("orders/paid", 2), ("orders/updated", 3600)):
        rig.clock.pass_seconds(seconds)
        updated_at = f"2026-11-25T12:{seconds % 60:02}:30Z"
        await shopify.deliver(rig, shopify.ORDER | {"updated_at": updated_at, "tags": str(seconds)}, event=event)

    reports = reports_in(rig)
    assert len({report.event_id for report in reports}) == 1
    assert reports[-1].silences_until < reports[-1].received_at, "an hour later it silences nothing new"


async def test_an_order_of_the_test_gateway_silences_and_counts_for_nothing() -> None:
    rig = shopify.a_shopify_rig()

    await post(rig, a_body(an_event("order.reported", orderID="450789469", total=129.9, currency="USD")))
    await shopify.deliver(rig, shopify.ORDER | {"test": True})

    pixel, webhook = reports_in(rig)
    assert (webhook.order_id, webhook.status, webhook.total) == (pixel.order_id, "placed", None)
    assert VISITOR in {identity.index for identity in pixel.identities}
    assert the_order(rig).total is None, "what a browser reported of it is no revenue either"


@pytest.mark.parametrize(
    ("total", "currency", "read"),
    [("0.00", "USD", Money(minor=0, currency="USD")), ("15000", "JPY", Money(minor=15000, currency="JPY")),
     ("129.900", "KWD", Money(minor=129900, currency="KWD"))],
)  # fmt: skip
async def test_an_order_for_nothing_or_in_another_currency_is_read_as_it_stands(total: str, currency: str, read: Money) -> None:
    rig = woocommerce.a_woocommerce_rig()

    await woocommerce.deliver(rig, woocommerce.ORDER | {"total": total, "currency": currency})

    assert the_order(rig).total == read


@pytest.mark.parametrize("amount", ["9e999999", "-9E+999999999999999999", "NaN", "sNaN", "Infinity", "ten", None, {}, "-" * 9])
async def test_a_refund_that_cannot_be_read_costs_nothing_but_itself(amount: object) -> None:
    rig = woocommerce.a_woocommerce_rig()

    answer = await woocommerce.deliver(rig, woocommerce.ORDER | {"refunds": [{"total": amount}, {"total": "9e999999"}]})

    (report,) = reports_in(rig)
    assert (answer.status_code, report.status) == (200, "placed")
    assert report.total in (None, Money(minor=12990, currency="USD"))
