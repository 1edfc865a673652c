"""Sizing: machines and money for so many shops, out of measured figures and named assumptions.

``python -m deploy.sizing`` writes docs/sizing.md. For prices or a traffic of your own edit ``ASSUMED`` and run it again.
"""

from dataclasses import dataclass
from math import ceil
from pathlib import Path

from shared.events.catalogue import STOREFRONT_EVENTS

TARGET = Path(__file__).parents[1] / "docs" / "sizing.md"
DAY_SECONDS = 86_400
MONTH_DAYS = 30
MONTH_HOURS = 730
DAY_MS = DAY_SECONDS * 1000


@dataclass(frozen=True)
class Measured:
    """Processor time in seconds, each from docs/performance.md; a test holds them equal."""

    ingest: float = 270e-6
    """Of ingest, a beacon that the broker has acknowledged."""
    all_on_two_cores: float = 2 / 13_000
    """Of orders, Kafka and PostgreSQL together, a beacon that is in its cart."""
    orders: float = 1 / 17_000
    """Of orders alone, of that."""
    push: float = 1 / 1_400
    """Of notify, a push that is encrypted and posted."""

    @property
    def servers(self) -> float:
        """Of Kafka and PostgreSQL, a beacon that is in its cart."""
        return self.all_on_two_cores - self.orders


@dataclass(frozen=True)
class Assumed:
    """What nobody has measured for you."""

    beacons_of_a_shop: int = 100_000
    """A day; 10,000 shops send 10^9."""
    peak: float = 3.0
    """The busiest hour against the day's mean."""
    used: float = 0.5
    """The share of its processor that a process uses at the peak: the rest reads what waited through an outage of as long."""
    postgres_share: float = 2 / 3
    """Of what Kafka and PostgreSQL use together."""
    copies: int = 3
    """Brokers that have a record, and instances of PostgreSQL."""
    record_bytes: int = 450
    """Of a beacon in Kafka, compressed."""
    carts: float = 0.02
    """New carts for each beacon."""
    cart_bytes: int = 2_000
    """In PostgreSQL, with its rows of visitors, sightings, nudges and the timeline, and their indexes."""
    cart_days: int = 60
    messages: float = 0.2
    """For each cart."""
    answer_bytes: int = 400
    """Of an answer to a beacon on the wire, with its part of the snippet's."""
    vcpu_of_a_machine: int = 8
    dollars_of_a_vcpu_hour: float = 0.05
    """With 4 GB of memory."""
    dollars_of_a_gb_month: float = 0.10
    """Block storage."""
    dollars_of_an_egress_gb: float = 0.08
    postgres_vcpu: int = 16
    """The largest primary that we would run."""
    postgres_gb: int = 1_000
    """The largest database that we would restore: an hour and a half at 200 MB/s."""


@dataclass(frozen=True)
class Size:
    """One size. Processors are of all replicas together, at the peak."""

    shops: int
    beacons: int
    peak: float
    cells: int
    ingest: int
    orders: int
    notify: int
    kafka: int
    postgres: int
    others: int
    kafka_gb: int
    postgres_gb: int
    egress_gb: int
    machines: int
    dollars: int


MEASURED, ASSUMED = Measured(), Assumed()
SHOPS = (10, 100, 1_000, 10_000)
SMALLEST = {"ingest": 3, "orders": 2, "notify": 2, "kafka": 3, "postgres": 3, "others": 3}
"""Processors of a cell that stands the loss of a zone, however little it does. ``others``: onboarding, sources, operators."""


def cells_of(peak: float, postgres_gb: float, m: Measured = MEASURED, a: Assumed = ASSUMED) -> int:
    """How many cells: each has one primary of PostgreSQL, which must be neither too busy nor too large to restore.

    Partitions are the other end: one of them is read by one process of orders.
    """
    busiest = a.postgres_vcpu * a.used / (m.servers * a.postgres_share)
    partitions = STOREFRONT_EVENTS.partitions * a.used / m.orders
    return max(ceil(peak / busiest), ceil(peak / partitions), ceil(postgres_gb / a.postgres_gb))


def busy(peak: float, m: Measured, a: Assumed) -> dict[str, float]:
    """Seconds of processor time in each second of the peak, over all replicas and copies."""
    return {
        "ingest": peak * m.ingest,
        "orders": peak * m.orders,
        "notify": peak * a.carts * a.messages * m.push,
        "kafka": peak * m.servers * (1 - a.postgres_share) * a.copies,
        "postgres": peak * m.servers * a.postgres_share * a.copies,
        "others": 0.0,
    }


def size_of(shops: int, m: Measured = MEASURED, a: Assumed = ASSUMED) -> Size:
    """The size for so many shops."""
    beacons = shops * a.beacons_of_a_shop
    peak = beacons / DAY_SECONDS * a.peak
    one_database_gb = beacons * a.carts * a.cart_bytes * a.cart_days / 1e9
    cells = cells_of(peak, one_database_gb, m, a)
    vcpu = {name: max(cells * SMALLEST[name], ceil(seconds / a.used)) for name, seconds in busy(peak, m, a).items()}
    kafka_gb = beacons * a.record_bytes * a.copies * (STOREFRONT_EVENTS.retention_ms or 0) / DAY_MS / 1e9
    egress_gb = beacons * a.answer_bytes * MONTH_DAYS / 1e9
    machines = max(3 * cells, ceil(sum(vcpu.values()) / a.vcpu_of_a_machine))
    dollars = (
        machines * a.vcpu_of_a_machine * a.dollars_of_a_vcpu_hour * MONTH_HOURS
        + (kafka_gb + one_database_gb * a.copies) * a.dollars_of_a_gb_month
        + egress_gb * a.dollars_of_an_egress_gb
    )
    return Size(
        shops=shops,
        beacons=beacons,
        peak=peak,
        cells=cells,
        **vcpu,
        kafka_gb=ceil(kafka_gb),
        postgres_gb=ceil(one_database_gb * a.copies),
        egress_gb=ceil(egress_gb),
        machines=machines,
        dollars=ceil(dollars / 10) * 10,
    )


def document() -> str:
    """The page's text."""
    rows = "".join(_row(size_of(shops)) for shops in SHOPS)
    head = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
    values = {
        **vars(MEASURED),
        "head": head,
        **vars(ASSUMED),
        "servers": MEASURED.servers,
        "rows": rows,
        "largest": largest_cell(),
    }
    assumptions = "".join(f"| `{name}` | {value:,.6g} |\n" for name, value in vars(ASSUMED).items())
    return PAGE.format(**values, assumptions=assumptions, us=_microseconds(), partitions=STOREFRONT_EVENTS.partitions)


def largest_cell() -> int:
    """The most shops that one cell has."""
    shops = 1
    while size_of(shops + 1).cells == 1:
        shops += 1
    return shops


def _microseconds() -> str:
    figures = (MEASURED.ingest, MEASURED.orders, MEASURED.servers, MEASURED.push)
    return "{:.0f}, {:.0f}, {:.0f} and {:.0f}".format(*(figure * 1e6 for figure in figures))


def _row(size: Size) -> str:
    cells = [f"{value:,.0f}" for value in vars(size).values()]
    return "| " + " | ".join(cells) + " |\n"


COLUMNS = (
    "shops", "beacons a day", "at the peak, a second", "cells", "ingest", "orders", "notify", "Kafka", "PostgreSQL", "others",
    "Kafka, GB", "PostgreSQL, GB", "egress, GB a month", "machines", "dollars a month",
)  # fmt: skip
PAGE = """# Sizing

Written by `python -m deploy.sizing`; a test holds it equal. Figures that were measured are in
[performance](performance.md); what is assumed is below, and yours to edit in [`deploy/sizing.py`](../deploy/sizing.py).
Nobody has run more than two cores of this: what follows multiplies.

{head}
{rows}
From *ingest* to *others*: vCPU of all replicas together, at the peak. *Machines* have {vcpu_of_a_machine} vCPU and 32 GB.
The smallest cell stands the loss of a zone; where that is not wanted, one machine with the overlay `small` does for ten
shops. Carriers' prices come on top, by the message; so does traffic between zones, which each provider counts in its own way.

## Where the figures come from

* Processor time of a beacon in ingest, in orders, in Kafka with PostgreSQL, and of a push in notify: {us}
  microseconds. The second is what orders' own core did (17,000/s), the third what remains of two cores that did 13,000/s
  all together.
* In a laboratory before this code existed, the same transaction took PostgreSQL 17 to 20 microseconds an event and its
  client 2 to 4, where `fdatasync` took 35 microseconds. On a disk of a cloud it takes 0.5 to 2 ms: batches of 500 hide
  that, transactions of one event do not.
* A push takes processor time, a text only waits for its carrier.
* Kafka keeps storefront-events for 14 days; what else it keeps is small beside that.

## Where one cluster ends

A cell is a whole Beckon for its sites: cells share nothing, so the loss of one silences its own shops alone. One ends,
whichever comes first:

* where PostgreSQL's primary is too busy: {postgres_vcpu} vCPU, half used. Writes have one primary;
* where its database takes too long to restore: {postgres_gb:,} GB;
* where partitions end: each of {partitions} is read by one process of orders. One site is in one partition, so a single
  shop can have half of 17,000 beacons a second at the most.

With these assumptions one cell has {largest:,} shops, for what would have to be restored. Further shops go into another:
their tracking code names the ingest that they report to, and their merchants sign in at that cell's console.

## What is assumed

| | |
|---|---|
{assumptions}"""


if __name__ == "__main__":
    TARGET.write_text(document())
