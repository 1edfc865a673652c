"""How far a merchant may raise a daily limit, and which limits of the own are taken."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.onboarding.shop.daily_limits import MEANINGS, TITLES, MetBudget, raised_limit, why_not_raised, with_daily_limits
from shared.events.budgets import Budget, DailyLimits
from shared.events.settings import SiteConfigured
from shared.runtime.budget_settings import BudgetSettings
from tests.support.builders.notify import NOON, a_site

OPERATOR = BudgetSettings(kafka="nowhere:1", metrics_port=0, postgres="postgresql://nowhere/x", public_console="")


def met(budget: Budget = Budget.SITE, limit: int = 50, **changes: object) -> MetBudget:
    values = {"since": NOON, "last_at": NOON, "questions": 3, "reminders": 0}
    return MetBudget(budget, limit, **(values | changes))  # type: ignore[arg-type]


@given(st.sampled_from(Budget), st.integers(1, 10**6))
def test_a_raise_is_more_than_before_and_never_beyond_the_operators(budget: Budget, limit: int) -> None:
    raised = raised_limit(met(budget, limit), OPERATOR)
    most = 50_000 if budget in (Budget.ACCOUNT, Budget.SITE_MESSAGES) else 1000

    assert raised is None or limit < raised <= min(most, 2 * limit)
    assert raised is not None or limit >= most or budget is Budget.OTHER


@pytest.mark.parametrize(
    ("found", "may"),
    [
        (met(), True),
        (None, False),
        (met(limit=1000), False),
        (met(Budget.OTHER), False),
        (met(raised_at=NOON), False),
        (met(raised_at=NOON - timedelta(seconds=1)), True),
    ],
)
def test_what_keeps_nothing_back_or_is_at_its_ceiling_is_not_raised(found: MetBudget | None, may: bool) -> None:
    assert (why_not_raised(found, OPERATOR) is None) == may


@pytest.mark.parametrize("typed", ["0", "-1", "1001", "5.5", "many", "9" * 400, "1e3", "1 000", "0x10", "\u00bd"])
def test_a_limit_that_is_no_number_within_the_operators_is_refused(typed: str) -> None:
    refused = with_daily_limits(a_site(), {"questions_per_day": typed}, OPERATOR, NOON)

    assert isinstance(refused, list)
    assert [fault.field for fault in refused] == ["questions_per_day"]


@pytest.mark.parametrize(
    ("form", "limits"),
    [
        ({"questions_per_day": "1,000", "messages_per_day": " 200 "}, DailyLimits(questions=1000, messages=200)),
        ({"questions_per_day": " "}, DailyLimits()),
        ({}, DailyLimits()),
    ],
)
def test_an_empty_field_leaves_the_limit_to_us(form: dict[str, str], limits: DailyLimits) -> None:
    changed = with_daily_limits(a_site(), form, OPERATOR, NOON)

    assert isinstance(changed, SiteConfigured)
    assert changed.daily_limits == limits


def test_every_budget_has_its_text() -> None:
    assert set(TITLES) == set(MEANINGS) == set(Budget)
