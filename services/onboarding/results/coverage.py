"""Coverage: the share of orders whose cart was seen before, and whose shopper was known before, by day and by reader. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt

from services.onboarding.setup.checklist import Step, broken

SHOWN_FOR = timedelta(days=35)
RECENT = timedelta(days=7)
"""The latest orders are those of the last days, as few of them as hold enough orders: a busy shop's fall shows the same day."""
LEAST_ORDERS = 10
LEAST_ORDERS_BEFORE = 20
LEAST_FALL = 0.1
DEVIATIONS = 3
"""Standard deviations. By chance alone a share lies so far below what it was about once in 700 times."""
NO_CART = "no cart was seen"
OWN_CODE = "your own code"


class Known(StrEnum):
    """What may have been known before an order."""

    CART = "cart"
    CONTACT = "contact"


@dataclass(frozen=True)
class Orders:
    """Orders of one day whose cart came by one way; ``reader`` is None for the shop's own code, and where no cart was seen."""

    day: date
    cart_seen: bool
    reader: str | None
    orders: int
    contacts: int

    @property
    def way(self) -> str:
        """What read the cart, for people."""
        if not self.cart_seen:
            return NO_CART
        return OWN_CODE if self.reader is None else self.reader


@dataclass(frozen=True)
class Coverage:
    """How many orders, and of how many the cart or a contact was known before."""

    orders: int
    carts: int
    contacts: int

    def known(self, what: Known) -> int:
        """Of how many orders this was known."""
        return self.carts if what is Known.CART else self.contacts

    def share(self, what: Known) -> float | None:
        """Between 0 and 1; None without orders."""
        return self.known(what) / self.orders if self.orders else None


@dataclass(frozen=True)
class Fall:
    """A share of the latest orders lies below what it was before, further than chance explains."""

    what: Known
    latest: Coverage
    before: Coverage


def total(rows: Iterable[Orders]) -> Coverage:
    """The coverage of all of these orders together."""
    rows = list(rows)
    return Coverage(
        sum(row.orders for row in rows), sum(row.orders for row in rows if row.cart_seen), sum(row.contacts for row in rows)
    )


def by_day(rows: Sequence[Orders]) -> dict[date, Coverage]:
    """The latest day first; days without an order are left out."""
    days = sorted({row.day for row in rows}, reverse=True)
    return {day: total(row for row in rows if row.day == day) for day in days}


def by_way(rows: Iterable[Orders]) -> dict[str, int]:
    """Orders by what read their cart, the most frequent first."""
    counted: Counter[str] = Counter()
    for row in rows:
        counted[row.way] += row.orders
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def falls(rows: Sequence[Orders]) -> list[Fall]:
    """The shares that have fallen. None where too few orders are known to compare."""
    days = by_day(rows)
    latest_days: set[date] = set()
    for day in days:
        if next(iter(days)) - day >= RECENT or sum(days[each].orders for each in latest_days) >= LEAST_ORDERS:
            break
        latest_days.add(day)
    latest = total(row for row in rows if row.day in latest_days)
    before = total(row for row in rows if row.day not in latest_days)
    if latest.orders < LEAST_ORDERS or before.orders < LEAST_ORDERS_BEFORE:
        return []
    return [Fall(what, latest, before) for what in Known if has_fallen(what, latest, before)]


def has_fallen(what: Known, latest: Coverage, before: Coverage) -> bool:
    """Whether the latest orders lie so far below what earlier ones let expect."""
    share, now = before.known(what) / before.orders, latest.known(what) / latest.orders
    deviation = sqrt(latest.orders * share * (1 - share))
    return share - now >= LEAST_FALL and latest.known(what) < latest.orders * share - DEVIATIONS * deviation


def steps_of_falls(rows: Sequence[Orders]) -> list[Step]:
    """Each fall as a step that is broken, for the overview."""
    return [_step_of(fall) for fall in falls(rows)]


def _step_of(fall: Fall) -> Step:
    latest, before = percent(fall.latest, fall.what), percent(fall.before, fall.what)
    match fall.what:
        case Known.CART:
            title, known = "Carts seen before orders", "the cart was seen before the order"
        case Known.CONTACT:
            title, known = "Shoppers known before orders", "an e-mail address or a phone was known before the order"
    sentence = f"Of your last {fall.latest.orders} orders, {known} for {latest}; of those before, for {before}."
    remedy = "Has the theme or the checkout changed? Look at what is read there, and point at it anew where it is not."
    return broken(f"coverage_{fall.what.value}", title, f"{fall.what.value}_coverage_fell", sentence, remedy)


def percent(coverage: Coverage, what: Known | str) -> str:
    """A share for people; a dash without orders."""
    share = coverage.share(Known(what))
    return "–" if share is None else f"{share:.0%}"  # noqa: RUF001 - a dash, as tables show nothing
