"""The operator's budgets of what merchants send, read alike by who keeps to them and by who shows them."""

from pydantic import Field

from shared.events.budgets import LARGEST_BUDGET
from shared.runtime.settings import PostgresSettings


class BudgetSettings(PostgresSettings):
    """The default daily budgets of a site and an account, and how far their merchant may raise them."""

    questions_per_site_and_day: int = Field(default=50, ge=1, le=LARGEST_BUDGET)
    messages_per_account_and_day: int = Field(default=5000, ge=1, le=LARGEST_BUDGET)
    most_questions_per_site_and_day: int = Field(default=1000, ge=1, le=LARGEST_BUDGET)
    most_messages_per_account_and_day: int = Field(default=50_000, ge=1, le=LARGEST_BUDGET)
