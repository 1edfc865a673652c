"""How much may be asked of numbers that nobody has proved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.budgets import Budget, Limits, Spent, budget_keys, client_prefix, number_range, over_budget
from shared.runtime.sealing import Pepper

PEPPER = Pepper("p1", b"\x07" * 32)


def spent(messages: int = 0, orders: int = 0, **uses: int) -> Spent:
    """So many uses of each budget."""
    return Spent({Budget(name): number for name, number in uses.items()}, messages, orders)


@pytest.mark.parametrize(
    ("used", "met"),
    [
        (spent(prefix=4, range=9, site=49), None),
        (spent(prefix=5), Budget.PREFIX),
        (spent(range=10), Budget.RANGE),
        (spent(site=50), Budget.SITE),
        (spent(messages=5000), Budget.ACCOUNT),
        (spent(messages=4999), None),
        (spent(prefix=5, orders=7 * 100), None),
        (spent(prefix=30, orders=7 * 100), Budget.PREFIX),
        (spent(site=299, orders=7 * 100), None),
        (spent(site=300, orders=7 * 100), Budget.SITE),
    ],
)
def test_a_budget_is_used_up_and_grows_with_real_orders(used: Spent, met: Budget | None) -> None:
    assert over_budget(Limits(), used) == met


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**6))
def test_more_orders_never_make_a_budget_smaller(orders: int, more: int, uses: int) -> None:
    used = {"prefix": uses, "range": uses, "site": uses}
    fewer_allow = over_budget(Limits(), spent(orders=orders, **used)) is None

    assert not fewer_allow or over_budget(Limits(), spent(orders=orders + more, **used)) is None


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("8.8.8.8", "8.8.8.0/24"),
        ("8.8.8.255", "8.8.8.0/24"),
        ("::ffff:8.8.8.8", "8.8.8.0/24"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001::/48"),
        ("127.0.0.1", None),
        ("10.0.0.7", None),
        ("fe80::1%eth0", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_a_client_is_counted_by_what_it_may_choose_from(address: str, prefix: str | None) -> None:
    assert client_prefix(address) == prefix


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_neighbouring_numbers_are_one_range(one: int, other: int) -> None:
    assert number_range(f"+1202555{one:04}") == number_range(f"+1202555{other:04}")


def test_what_is_kept_names_neither_a_number_nor_an_address() -> None:
    keys = budget_keys("a-site", PEPPER, "+12025550143", "8.8.8.8")

    assert set(keys) == {Budget.SITE, Budget.RANGE, Budget.PREFIX}
    assert not any(told in "".join(keys.values()) for told in ("202555", "8.8.8"))
