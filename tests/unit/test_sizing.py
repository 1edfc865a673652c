"""The page on sizing is what its figures come to, and its measured figures are those of the page on performance."""

from dataclasses import replace
from pathlib import Path

import pytest

from deploy.sizing import ASSUMED, MEASURED, SHOPS, TARGET, document, largest_cell, size_of

PERFORMANCE = (Path(__file__).parents[2] / "docs" / "performance.md").read_text()


def test_the_page_is_what_its_figures_come_to() -> None:
    assert TARGET.read_text() == document(), "python -m deploy.sizing writes it anew"


@pytest.mark.parametrize(
    ("figure", "stated"),
    [
        (MEASURED.ingest * 1e6, "{:.0f} us against 9 us"),
        (2 / MEASURED.all_on_two_cores, "{:,.0f}/s, "),
        (1 / MEASURED.orders, "{:,.0f} for a second of orders' own core"),
        (1 / MEASURED.push, "| {:,.0f} to 1,650: "),
    ],
)
def test_each_measured_figure_is_the_one_that_was_published(figure: float, stated: str) -> None:
    assert stated.format(figure) in PERFORMANCE


def test_a_thousand_million_beacons_a_day_are_worked_out_by_hand() -> None:
    size = size_of(10_000)

    assert size.beacons == 10**9
    assert round(size.peak) == 34_722  # 10^9 / 86,400, three times
    assert size.ingest == 19  # 34,722 x 270 us = 9.4 s a second, half used
    assert size.orders == 6  # 34,722 / 17,000 = 2.04, half used, is 5; two in each of three cells
    assert size.kafka_gb == 18_900  # 10^9 x 450 bytes x 14 days x 3
    assert size.postgres_gb == 7_200  # 10^9 x 2 % x 2,000 bytes x 60 days x 3
    assert size.egress_gb == 12_000  # 10^9 x 400 bytes x 30 days
    assert size.cells == 3  # 2.4 TB in databases of 1 TB at most


def test_one_more_shop_than_the_largest_cell_needs_a_second() -> None:
    assert (size_of(largest_cell()).cells, size_of(largest_cell() + 1).cells) == (1, 2)


def test_more_shops_never_cost_less_and_prices_count() -> None:
    bills = [size_of(shops).dollars for shops in SHOPS]

    assert bills == sorted(bills)
    for price in ("dollars_of_a_vcpu_hour", "dollars_of_a_gb_month", "dollars_of_an_egress_gb"):
        dearer = replace(ASSUMED, **{price: 2 * getattr(ASSUMED, price)})
        assert size_of(10_000, a=dearer).dollars > size_of(10_000).dollars
