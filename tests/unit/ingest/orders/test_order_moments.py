"""Whatever the clock of a shop or of a browser shows, an order is not dated before a cart that it may have bought."""

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.beacons.cart_moment import OUTBOX_KEEPS, earliest_filling
from services.ingest.orders.reports import order_moment
from services.ingest.orders.server_clocks import ServerClocks
from shared.events.envelope import Origin
from shared.events.signals import SiteSignalled
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.builders.ingest import NOON, SITE, Rig, a_body, a_cart_event, a_rig, an_event, ms
from tests.support.processes.ingest_client import post
from tests.unit.ingest.orders.test_order_reports import ORDER
from tests.unit.ingest.orders.test_order_reports import post as post_order

FIVE_SECONDS = timedelta(seconds=5)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENTS = st.datetimes(NOON.replace(tzinfo=None) - 400 * DAY, NOON.replace(tzinfo=None) + 400 * DAY)


async def reported(rig: Rig, **fields: object) -> OrderReported:
    """What a signed call with these fields becomes."""
    await post_order(rig, ORDER | fields)
    event = rig.kafka.events()[-1]
    assert isinstance(event, OrderReported)
    return event


@pytest.mark.parametrize(
    "placed_at",
    [
        "2026-11-25T11:58:00Z",  # two minutes slow
        "2026-11-25T07:00:00Z",  # New York's wall clock, written with a Z
        "2026-11-25T17:00:00Z",  # and one that is ahead
        "2026-11-25T07:00:00",
        "2026-11-22T12:00:00Z",  # a nightly resend that is not marked as one
        "0001-01-01T00:00:00Z",
        "",
        None,
    ],
)
async def test_a_signed_order_silences_up_to_its_receipt_whatever_its_clock_claims(placed_at: object) -> None:
    event = await reported(a_rig(), placed_at=placed_at)

    assert event.fences_until == event.silences_until == NOON + FIVE_SECONDS
    assert event.effective_at <= NOON


@pytest.mark.parametrize("origin", ["batch", "import"])
async def test_a_batch_that_claims_the_past_counts_from_its_claim(origin: str) -> None:
    event = await reported(a_rig(), placed_at="2026-11-22T12:00:00Z", origin=origin)

    assert (event.effective_at, event.fences_until) == (NOON - 3 * DAY, NOON - 3 * DAY + FIVE_SECONDS)


@pytest.mark.parametrize("placed_at", ["2026-11-25T11:46:00Z", "2026-11-25T13:00:00Z", "2026-11-22T12:00:00", None])
async def test_a_batch_that_claims_no_readable_past_is_a_prompt_report(placed_at: object) -> None:
    event = await reported(a_rig(), placed_at=placed_at, origin="batch")

    assert event.fences_until == NOON + FIVE_SECONDS


async def test_an_import_of_last_year_is_dated_thirty_days_back() -> None:
    event = await reported(a_rig(), placed_at="2025-11-25T12:00:00Z", origin="import")

    assert event.effective_at == NOON - 30 * DAY


@settings(max_examples=60, deadline=None)
@given(made=MOMENTS, sent=MOMENTS)
async def test_no_clock_of_a_browser_dates_its_order_before_a_cart(made: datetime, sent: datetime) -> None:
    rig = a_rig()
    moment = ms(made.replace(tzinfo=NOON.tzinfo))
    body = a_body(an_event("order.reported", orderID="1001") | {"a": moment})

    await post(rig, body | {"z": ms(sent.replace(tzinfo=NOON.tzinfo))})

    (event,) = rig.kafka.events()
    assert isinstance(event, OrderReported)
    assert event.fences_until == NOON + FIVE_SECONDS
    assert NOON - 30 * DAY <= event.effective_at <= NOON


@given(
    claimed=st.none() | MOMENTS,
    origin=st.sampled_from(list(Origin)),
    lag=st.timedeltas(timedelta(0), 20 * HOUR),
)
def test_a_claim_only_widens_a_fence(claimed: datetime | None, origin: Origin, lag: timedelta) -> None:
    at = None if claimed is None else claimed.replace(tzinfo=NOON.tzinfo)

    moment = order_moment(at, NOON, origin, lag)

    assert moment.effective_at <= NOON
    assert moment.effective_at + FIVE_SECONDS <= moment.fences_until <= NOON + FIVE_SECONDS
    if at is not None:
        assert moment.fences_until >= min(at, NOON) + FIVE_SECONDS


async def test_a_server_known_to_date_orders_hours_early_has_its_imports_count_from_later() -> None:
    rig = a_rig()
    await reported(rig, placed_at="2026-11-25T07:00:00Z")

    event = await reported(rig, placed_at="2026-11-22T12:00:00Z", origin="import")

    assert event.fences_until == NOON - 3 * DAY + 5 * HOUR + FIVE_SECONDS


async def clock_signals(rig: Rig) -> list[int | None]:
    await rig.ingestion.commit.drain(1)
    signals = [event for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
    return [signal.offset_seconds for signal in signals if signal.kind == "server_clock_skew"]


@pytest.mark.parametrize(
    ("placed_at", "orders", "signals"),
    [
        ("2026-11-25T11:58:00Z", 5, [120]),
        ("2026-11-25T07:00:00Z", 5, [18_000]),
        ("2026-11-25T07:00:00Z", 4, []),
        ("2026-11-25T12:00:10Z", 1, [-10]),
        ("2026-11-25T11:59:30Z", 20, []),
    ],
)
async def test_a_clock_that_is_wrong_is_signalled_to_its_merchant(placed_at: str, orders: int, signals: list[int]) -> None:
    rig = a_rig()

    for number in range(orders):
        await reported(rig, order_id=str(number), placed_at=placed_at)

    assert (await clock_signals(rig))[:1] == signals


async def test_what_is_late_on_purpose_proves_nothing_of_a_clock() -> None:
    rig = a_rig()

    for number in range(10):
        await reported(rig, order_id=str(number), placed_at="2026-11-22T12:00:00Z", origin="batch")
        await reported(rig, order_id=str(number), placed_at="2026-11-22T12:00:00Z", status="refunded")

    assert await clock_signals(rig) == []


def test_one_order_that_comes_at_once_clears_a_clock() -> None:
    clocks = ServerClocks()
    for delay in [HOUR] * 10 + [timedelta(seconds=1)]:
        clocks.note(SITE, delay)

    assert (clocks.offset(SITE), clocks.lag(SITE)) == (None, timedelta(seconds=1))


@pytest.mark.parametrize(
    ("made", "sent", "earliest"),
    [
        (NOON, NOON, None),
        (NOON - HOUR, NOON - HOUR, None),  # a clock that is an hour behind, all along
        (NOON + HOUR, NOON + HOUR, None),
        (NOON - 2 * HOUR, NOON, None),  # from the outbox
        (NOON, NOON - HOUR, NOON - OUTBOX_KEEPS),  # set back: its age is anybody's guess
        (NOON + HOUR, NOON, NOON - OUTBOX_KEEPS),
        (NOON - 2 * HOUR, NOON - HOUR, NOON - 2 * HOUR),  # an hour in the outbox by a clock that is behind now
        (NOON - 20 * DAY, NOON - 10 * DAY, NOON - OUTBOX_KEEPS),
        (None, NOON, None),
        (NOON, None, None),
    ],
)
async def test_a_cart_whose_clock_was_set_meanwhile_may_be_older(
    made: datetime | None, sent: datetime | None, earliest: datetime | None
) -> None:
    assert earliest_filling(made, sent, NOON) == earliest


async def test_a_cart_from_a_clock_that_was_set_back_bears_how_old_it_may_be() -> None:
    rig = a_rig()

    await post(rig, json.dumps(a_body(a_cart_event()) | {"z": ms(NOON - HOUR)}).encode())

    (event,) = rig.kafka.events()
    assert isinstance(event, CartUpdated)
    assert (event.occurred_at, event.earliest_at) == (NOON, NOON - OUTBOX_KEEPS)
