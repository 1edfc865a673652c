"""The budgets of what is sent: which there are, which was met, and what a merchant made of them."""

from typing import Annotated

from pydantic import Field

from shared.events.envelope import OpenSet, Value

LARGEST_BUDGET = 1_000_000
"""No budget is larger. A second bound than the operator's own: what readers count up to must stay a small number."""


class Budget(OpenSet):
    """What is counted: questions of a client's prefix, of its network, of a number range and of a site; texts of a site, of an
    account."""

    PREFIX = "prefix"
    NETWORK = "network"
    RANGE = "range"
    SITE = "site"
    SITE_MESSAGES = "site_messages"
    ACCOUNT = "account"
    OTHER = "other"


class BudgetMet(Value, frozen=True):
    """The budget that kept a message back, and how much it allowed."""

    budget: Budget
    limit: Annotated[int, Field(ge=0)]


class DailyLimits(Value, frozen=True):
    """A merchant's own limits of a day: questions instead of those that Beckon reckons, and texts of any kind."""

    questions: Annotated[int, Field(ge=1, le=LARGEST_BUDGET)] | None = None
    messages: Annotated[int, Field(ge=1, le=LARGEST_BUDGET)] | None = None
