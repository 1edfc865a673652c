"""Coverage counts each order once, by day and by what read its cart; a fall is shown where chance does not explain it."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.results.coverage import (
    LEAST_ORDERS,
    NO_CART,
    OWN_CODE,
    Known,
    Orders,
    by_day,
    by_way,
    falls,
    percent,
    steps_of_falls,
    total,
)
from services.onboarding.setup.checklist import StepState

TODAY = date(2026, 11, 25)
COUNTS = st.integers(0, 50)


def a_day(days_ago: int, orders: int, carts: int, contacts: int, reader: str | None = "shopify") -> list[Orders]:
    """A day's orders as the database counts them: those with a cart, then those without."""
    day = TODAY - timedelta(days=days_ago)
    known = min(contacts, carts)
    rows = [Orders(day, True, reader, carts, known), Orders(day, False, None, orders - carts, contacts - known)]
    return [row for row in rows if row.orders]


def days(ago: range, orders: int, carts: int, contacts: int) -> list[Orders]:
    return [row for day in ago for row in a_day(day, orders, carts, contacts)]


EARLIER = days(range(1, 29), orders=20, carts=18, contacts=12)


def test_a_theme_that_loses_the_cart_is_noticed_on_its_first_day() -> None:
    rows = a_day(0, orders=10, carts=0, contacts=6) + EARLIER

    fallen = falls(rows)
    step = steps_of_falls(rows)[0]

    assert [(fall.what, fall.latest.orders) for fall in fallen] == [(Known.CART, 10)]
    assert (step.state, step.fault) == (StepState.BROKEN, "cart_coverage_fell")
    assert "the cart was seen before the order for 0%; of those before, for 90%" in step.sentence


def test_a_shop_of_few_orders_is_compared_over_several_days() -> None:
    rows = days(range(3), orders=4, carts=4, contacts=0) + days(range(3, 31), orders=4, carts=4, contacts=3)

    assert [(fall.what, fall.latest.orders) for fall in falls(rows)] == [(Known.CONTACT, 12)]


def test_a_day_that_is_a_little_worse_is_no_fall() -> None:
    assert falls(a_day(0, orders=20, carts=15, contacts=9) + EARLIER) == []


def test_a_large_shop_is_not_bothered_with_a_few_points_that_no_chance_explains() -> None:
    rows = a_day(0, orders=10_000, carts=8_200, contacts=6_000) + days(range(1, 29), orders=10_000, carts=9_000, contacts=6_000)

    assert falls(rows) == []


def test_too_few_orders_show_nothing() -> None:
    assert falls(a_day(0, orders=LEAST_ORDERS - 1, carts=0, contacts=0) + a_day(9, 100, 100, 100)) == []
    assert falls(a_day(0, orders=100, carts=0, contacts=0)) == []
    assert falls([]) == []


def test_orders_are_shown_by_what_read_their_cart() -> None:
    rows = a_day(0, 10, 7, 0) + a_day(1, 4, 4, 0, reader=None) + a_day(1, 2, 2, 0, reader="data layer")

    assert by_way(rows) == {"shopify": 7, OWN_CODE: 4, NO_CART: 3, "data layer": 2}


def test_a_share_of_no_orders_is_a_dash() -> None:
    assert percent(total([]), Known.CART) == "–"  # noqa: RUF001 - the dash of tables
    assert percent(total(a_day(0, 3, 2, 1)), Known.CONTACT) == "33%"


ROWS = st.lists(
    st.builds(
        lambda ago, orders, contacts, reader, seen: Orders(
            TODAY - timedelta(days=ago), seen, reader if seen else None, orders, min(orders, contacts)
        ),
        st.integers(0, 34),
        COUNTS,
        COUNTS,
        st.none() | st.sampled_from(("shopify", "pointing")),
        st.booleans(),
    ),
    max_size=30,
)


@given(rows=ROWS)
def test_days_and_readers_add_up_to_all_orders(rows: list[Orders]) -> None:
    assert sum(by_way(rows).values()) == total(rows).orders
    assert sum(each.orders for each in by_day(rows).values()) == total(rows).orders
    assert all(each.carts <= each.orders and each.contacts <= each.orders for each in by_day(rows).values())


@given(rows=ROWS)
def test_each_fall_is_of_at_least_ten_points_and_of_all_orders_once(rows: list[Orders]) -> None:
    for fall in falls(rows):
        now, before = fall.latest.share(fall.what), fall.before.share(fall.what)
        assert now is not None
        assert before is not None
        assert before - now >= 0.1
        assert fall.latest.orders + fall.before.orders == total(rows).orders


@given(rows=ROWS)
def test_what_was_always_known_has_not_fallen(rows: list[Orders]) -> None:
    known = [Orders(row.day, True, row.reader, row.orders, row.orders) for row in rows]

    assert falls(known) == []
