"""Who invents numbers and rents addresses is asked no more than the budgets allow, and leaves some to everybody else."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.opt_in.budget_keys import budget_keys
from services.notify.rules.budgets import Limits, Wanted, allowed, over_budget
from shared.events.budgets import Budget
from shared.runtime.security.sealing import Pepper

PEPPER = Pepper("p1", b"\x07" * 32)
FLOOD = 700
LIMITS = allowed(Limits(), Wanted(), 0)
GENUINE = ("a-site", "+14155550123", "9.9.9.9")
Tick = tuple[str, str, str | None]
"""Site, number, address."""


def asked(ticks: Iterable[Tick], uses: Counter[str] | None = None) -> int:
    """How many of these are asked, one after another, within an hour."""
    spent, count = Counter() if uses is None else uses, 0
    for site, number, address in ticks:
        keys = budget_keys(site, PEPPER, number, address)
        if over_budget(LIMITS, {budget: spent[key] for budget, key in keys.items()}) is None:
            spent.update(keys.values())
            count += 1
    return count


def number(block: int, last: int = 143) -> str:
    """A number of a block of ten thousand."""
    return f"+1{202_000 + block}{last:04}"


SHAPES: dict[str, tuple[Callable[[int], Tick], int]] = {
    "one address": (lambda n: ("a-site", number(n), "8.8.8.8"), LIMITS[Budget.PREFIX]),
    "a /24": (lambda n: ("a-site", number(n), f"8.8.8.{n % 256}"), LIMITS[Budget.PREFIX]),
    "/64s of a /48": (lambda n: ("a-site", number(n), f"2a00:1450:4001:{n:x}::1"), LIMITS[Budget.PREFIX]),
    "/48s of a /32": (lambda n: ("a-site", number(n), f"2a00:1450:{n:x}::1"), LIMITS[Budget.NETWORK]),
    "/24s of a /16": (lambda n: ("a-site", number(n), f"8.8.{n % 256}.{n // 256}"), LIMITS[Budget.NETWORK]),
    "an address written as IPv4 in IPv6": (lambda n: ("a-site", number(n), f"::ffff:8.8.8.{n % 256}"), LIMITS[Budget.PREFIX]),
    "one block from everywhere": (lambda n: ("a-site", number(1, n), f"{20 + n % 70}.{n}.1.1"), LIMITS[Budget.RANGE]),
    "one block through three sites": (
        lambda n: (f"site-{n % 3}", number(1, n), f"{20 + n % 70}.{n}.1.1"),
        LIMITS[Budget.RANGE],
    ),
    "one /48 through three sites": (lambda n: (f"site-{n % 3}", number(n), f"2a00:1450:4001:{n:x}::1"), LIMITS[Budget.PREFIX]),
    "one /32 through three sites": (lambda n: (f"site-{n % 3}", number(n), f"2a00:1450:{n:x}::1"), LIMITS[Budget.NETWORK]),
    "everybody from everywhere": (lambda n: ("a-site", number(n), f"{20 + n % 70}.{n % 200}.1.1"), LIMITS[Budget.SITE]),
    "no address at all": (lambda n: ("a-site", number(n), None), LIMITS[Budget.SITE]),
    "addresses that nobody has": (lambda n: ("a-site", number(n), f"10.0.{n % 256}.1"), LIMITS[Budget.SITE]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_700_invented_numbers_are_asked_within_one_budget(shape: str) -> None:
    tick, most = SHAPES[shape]

    assert asked(tick(n) for n in range(FLOOD)) == most


@pytest.mark.parametrize("shape", [name for name, (_, most) in SHAPES.items() if most < LIMITS[Budget.SITE]])
def test_beside_a_flood_that_is_recognised_everybody_else_is_asked(shape: str) -> None:
    tick, _ = SHAPES[shape]
    spent: Counter[str] = Counter()
    asked((tick(n) for n in range(FLOOD)), spent)

    assert asked([GENUINE], spent) == 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a-site", "b-site"]),
            st.integers(0, 60).map(number),
            st.one_of(st.none(), st.ip_addresses().map(str), st.integers(0, 255).map(lambda n: f"8.8.{n % 4}.{n}")),
        ),
        max_size=300,
    )
)
def test_no_mixture_of_numbers_sites_and_addresses_gets_beyond_a_budget(ticks: list[Tick]) -> None:
    spent: Counter[str] = Counter()
    asked(ticks, spent)

    most = {key: LIMITS[budget] for tick in ticks for budget, key in budget_keys(tick[0], PEPPER, *tick[1:]).items()}
    assert all(spent[key] <= limit for key, limit in most.items())
