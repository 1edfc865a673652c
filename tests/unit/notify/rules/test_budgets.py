"""How much may be asked of numbers that nobody has proved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.opt_in.budget_keys import budget_keys
from services.notify.rules.budgets import Limits, Wanted, allowed, client_network, client_prefix, number_range, over_budget
from shared.events.budgets import Budget, DailyLimits
from shared.runtime.security.sealing import Pepper

PEPPER = Pepper("p1", b"\x07" * 32)
NOTHING = Wanted()


def met(orders: int, uses: dict[str, int]) -> Budget | None:
    """The budget that so many uses of each meet."""
    found = over_budget(allowed(Limits(), NOTHING, orders), {Budget(name): number for name, number in uses.items()})
    return None if found is None else found.budget


@pytest.mark.parametrize(
    ("orders", "uses", "budget"),
    [
        (0, {"prefix": 4, "network": 24, "range": 9, "site": 49, "account": 4999}, None),
        (0, {"prefix": 5}, Budget.PREFIX),
        (0, {"network": 25}, Budget.NETWORK),
        (0, {"range": 10}, Budget.RANGE),
        (0, {"site": 50}, Budget.SITE),
        (0, {"account": 5000}, Budget.ACCOUNT),
        (0, {"site_messages": 10**6}, None),
        (7 * 100, {"prefix": 5, "network": 149}, None),
        (7 * 100, {"prefix": 30}, Budget.PREFIX),
        (7 * 100, {"network": 150}, Budget.NETWORK),
        (7 * 100, {"site": 299}, None),
        (7 * 100, {"site": 300}, Budget.SITE),
    ],
)
def test_a_budget_is_used_up_and_grows_with_real_orders(orders: int, uses: dict[str, int], budget: Budget | None) -> None:
    assert met(orders, uses) == budget


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_orders_never_make_a_budget_smaller(orders: int, more: int) -> None:
    fewer, many = (allowed(Limits(), NOTHING, number) for number in (orders, orders + more))

    assert all(fewer[budget] <= many[budget] for budget in fewer)


COUNTS = st.integers(1, 10**6)


@given(COUNTS, COUNTS, st.dictionaries(st.sampled_from(Budget), COUNTS), st.integers(0, 10**5))
def test_no_merchant_gets_beyond_what_the_operator_allows(
    questions: int, messages: int, raised: dict[Budget, int], orders: int
) -> None:
    limits = Limits()
    most = allowed(limits, Wanted(DailyLimits(questions=questions, messages=messages), raised), orders)
    reckoned = allowed(limits, NOTHING, orders)

    assert all(most[each] <= max(limits.most_questions_per_site, reckoned[Budget.SITE]) for each in most if each in QUESTIONS)
    assert all(most[each] <= limits.most_messages_per_account for each in most if each not in QUESTIONS)


QUESTIONS = (Budget.PREFIX, Budget.NETWORK, Budget.RANGE, Budget.SITE)


def test_a_merchants_own_limit_may_be_lower_and_a_raise_counts_on_top() -> None:
    own = DailyLimits(questions=10, messages=100)

    assert allowed(Limits(), Wanted(own), 7 * 100)[Budget.SITE] == 10
    assert allowed(Limits(), Wanted(own), 0)[Budget.SITE_MESSAGES] == 100
    assert allowed(Limits(), Wanted(own, {Budget.SITE: 40}), 0)[Budget.SITE] == 40
    assert allowed(Limits(), Wanted(raised={Budget.ACCOUNT: 10}), 0)[Budget.ACCOUNT] == 5000


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


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.8.8", "8.8.0.0/16"),
        ("::ffff:8.8.9.9", "8.8.0.0/16"),
        ("2a00:1450:4001:81b::200e", "2a00:1450::/32"),
        ("10.0.0.7", None),
        ("nonsense", None),
    ],
)
def test_a_client_is_counted_by_what_its_provider_rents_out(address: str, network: str | None) -> None:
    assert client_network(address) == network


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_neighbouring_numbers_are_one_range(one: int, other: int) -> None:
    assert number_range(f"+1202555{one:04}") == number_range(f"+1202555{other:04}")


def test_what_is_kept_names_neither_a_number_nor_an_address() -> None:
    keys = budget_keys("a-site", PEPPER, "+12025550143", "8.8.8.8")

    assert set(keys) == {Budget.SITE, Budget.RANGE, Budget.PREFIX, Budget.NETWORK}
    assert not any(secret in "".join(keys.values()) for secret in ("202555", "8.8.8"))
