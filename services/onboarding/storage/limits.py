"""SQL of budgets that were met, and of what merchants changed of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.onboarding.shop.daily_limits import SHOWN_FOR, LimitChange, MetBudget
from shared.events.budgets import Budget, BudgetMet
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Transaction

MOST_CHANGES = 50


class LimitStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def count(self, site_id: UUID, met: BudgetMet, *, is_question: bool, at: datetime) -> None:
        """Count one more message that was kept back. The count begins anew a day after the last one, and after a raise."""
        await self._tx.execute(
            """
            DELETE FROM onboarding.budgets_met
             WHERE site_id = $1 AND budget = $2 AND (last_at < $3::timestamptz - $4::interval OR raised_at < $3)
            """,
            site_id,
            met.budget.value,
            at,
            SHOWN_FOR,
        )
        await self._tx.execute(
            """
            INSERT INTO onboarding.budgets_met AS m (site_id, budget, most, since, last_at, questions, reminders)
            VALUES ($1, $2, $3, $4, $4, $5, $6)
                ON CONFLICT (site_id, budget) DO UPDATE
               SET most = excluded.most, last_at = greatest(m.last_at, excluded.last_at),
                   questions = m.questions + excluded.questions, reminders = m.reminders + excluded.reminders
            """,
            site_id,
            met.budget.value,
            met.limit,
            at,
            int(is_question),
            int(not is_question),
        )

    async def met(self, site_id: UUID, now: datetime) -> Sequence[MetBudget]:
        """Budgets that kept messages of a site back within a day, or are raised; the latest first."""
        rows = await self._tx.fetch(
            """
            SELECT budget, most, since, last_at, questions, reminders, raised_at, raised_to, raised_until
              FROM onboarding.budgets_met
             WHERE site_id = $1 AND (last_at > $2::timestamptz - $3::interval OR raised_until > $2) ORDER BY last_at DESC
            """,
            site_id,
            now,
            SHOWN_FOR,
        )
        return [to_met(row) for row in rows]

    async def note_raise(self, site_ids: Sequence[UUID], met: MetBudget, limit: int, until: datetime, now: datetime) -> None:
        """Record that the merchant allows more: at one site, or at all of an account."""
        await self._tx.execute(
            """
            UPDATE onboarding.budgets_met SET raised_at = $3, raised_to = $4, raised_until = $5
             WHERE site_id = ANY($1::uuid[]) AND budget = $2
            """,
            list(site_ids),
            met.budget.value,
            now,
            limit,
            until,
        )

    async def note_change(self, site_id: UUID, change: LimitChange) -> None:
        """Record a change."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.limit_changes (site_id, change_id, changed_at, changed_by, budget, was, became, until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            site_id,
            new_uuid7(),
            change.changed_at,
            change.changed_by,
            change.budget.value,
            change.was,
            change.became,
            change.until,
        )

    async def changes(self, site_id: UUID) -> Sequence[LimitChange]:
        """Changes of limits, the latest first."""
        rows = await self._tx.fetch(
            """
            SELECT changed_at, changed_by, budget, was, became, until FROM onboarding.limit_changes
             WHERE site_id = $1 ORDER BY changed_at DESC, budget DESC, change_id DESC LIMIT $2
            """,
            site_id,
            MOST_CHANGES,
        )
        return [LimitChange(**{**dict(row), "budget": Budget(row["budget"])}) for row in rows]


def to_met(row: asyncpg.Record) -> MetBudget:
    """A row of onboarding.budgets_met."""
    values = dict(row)
    return MetBudget(budget=Budget(values.pop("budget")), limit=values.pop("most"), **values)
