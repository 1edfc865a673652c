"""Budgets that kept messages back, as texts, and how far a merchant may raise them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.onboarding.events import next_revision
from services.onboarding.shop.sites import Fault
from shared.events.budgets import Budget, DailyLimits
from shared.events.settings import SiteConfigured
from shared.runtime.budget_settings import BudgetSettings
from shared.runtime.http.untrusted import whole_number

SHOWN_FOR = timedelta(hours=24)
"""Budgets are counted over an hour or a day: what kept nothing back for so long is no longer met."""
RAISED_FOR = timedelta(hours=24)
OF_TEXTS = (Budget.SITE_MESSAGES, Budget.ACCOUNT)
TITLES = {
    Budget.PREFIX: "Opt-in questions to one internet connection, in an hour",
    Budget.NETWORK: "Opt-in questions to one internet provider, in a day",
    Budget.RANGE: "Opt-in questions to neighbouring phone numbers, in a day",
    Budget.SITE: "Opt-in questions of this shop, in a day",
    Budget.SITE_MESSAGES: "Text messages of this shop, in a day",
    Budget.ACCOUNT: "Text messages of your account, in a day",
    Budget.OTHER: "A limit that this page does not know",
}
_REFUSED = "Their numbers are not asked, unless you allow more within two days of the tick."
_WAITS = "They wait, and are evaluated again every hour while they may still go out."
MEANINGS = {
    Budget.PREFIX: "Many people ticked the box behind one connection: a stand with one Wi-Fi, or somebody who types invented "
    f"numbers to earn from each text. {_REFUSED}",
    Budget.NETWORK: "Many people ticked the box from connections of one provider: customers of one phone company, or somebody "
    f"who rents addresses. {_REFUSED}",
    Budget.RANGE: "Many of the numbers differ in their last digits alone: phones of one company, or somebody who is paid for "
    f"each text that reaches them. {_REFUSED}",
    Budget.SITE: f"More people ticked the box than orders of yours let us expect. {_WAITS}",
    Budget.SITE_MESSAGES: f"This is the limit that you have set. Answers to STOP and HELP still go out. {_WAITS}",
    Budget.ACCOUNT: f"All shops of your account share it. Answers to STOP and HELP still go out. {_WAITS}",
    Budget.OTHER: _WAITS,
}


@dataclass(frozen=True)
class MetBudget:
    """A budget that kept so many questions and reminders of a site back since a moment. ``limit`` is what it allowed."""

    budget: Budget
    limit: int
    since: datetime
    last_at: datetime
    questions: int
    reminders: int
    raised_at: datetime | None = None
    raised_to: int | None = None
    raised_until: datetime | None = None

    @property
    def title(self) -> str:
        """What is counted."""
        return TITLES[self.budget]

    @property
    def meaning(self) -> str:
        """Why it may have been met, and what becomes of what it keeps back."""
        return MEANINGS[self.budget]

    @property
    def is_met(self) -> bool:
        """Whether it has kept something back since it was last raised."""
        return self.raised_at is None or self.raised_at < self.last_at


@dataclass(frozen=True)
class LimitChange:
    """What a merchant changed, for the record. ``until`` is None for what counts every day, a limit None for ours."""

    changed_at: datetime
    changed_by: str
    budget: Budget
    was: int | None
    became: int | None
    until: datetime | None

    @property
    def title(self) -> str:
        """What is counted."""
        return TITLES[self.budget]


def ceiling_of(budget: Budget, operator: BudgetSettings) -> int:
    """The most that a merchant may raise a budget to, in messages or questions a day."""
    if budget in OF_TEXTS:
        return max(operator.most_messages_per_account_and_day, operator.messages_per_account_and_day)
    return max(operator.most_questions_per_site_and_day, operator.questions_per_site_and_day)


def raised_limit(met: MetBudget, operator: BudgetSettings) -> int | None:
    """Twice what a budget allowed, up to the operator's ceiling. None where there is nothing above it."""
    raised = min(2 * met.limit, ceiling_of(met.budget, operator))
    return raised if raised > met.limit and met.budget is not Budget.OTHER else None


def why_not_raised(met: MetBudget | None, operator: BudgetSettings) -> Fault | None:
    """Why a budget cannot be raised; None where it can. It must keep something back: a button pressed twice counts once."""
    if met is None or not met.is_met:
        return Fault("limits", "This limit keeps nothing back at the moment.")
    if raised_limit(met, operator) is None:
        return Fault("limits", f"Whoever runs Beckon allows no more than {ceiling_of(met.budget, operator):,}: ask them.")
    return None


def with_daily_limits(
    site: SiteConfigured, form: Mapping[str, str], operator: BudgetSettings, now: datetime
) -> SiteConfigured | list[Fault]:
    """The merchant's own limits for every day. A field that is left empty leaves it to Beckon."""
    wanted, faults = dict[str, int | None](), list[Fault]()
    for field, budget in (("questions", Budget.SITE), ("messages", Budget.SITE_MESSAGES)):
        typed, most = form.get(f"{field}_per_day", "").strip(), ceiling_of(budget, operator)
        wanted[field] = whole_number(typed.replace(",", ""), 1, most) if typed else None
        if typed and wanted[field] is None:
            faults.append(Fault(f"{field}_per_day", f"Give a whole number from 1 to {most:,}, or leave it empty."))
    return faults or next_revision(site, now, daily_limits=DailyLimits(**wanted))
