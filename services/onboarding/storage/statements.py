"""SQL of what merchants state of their shops during the set-up. Nothing is overwritten: the latest answer holds."""

from uuid import UUID

from services.onboarding.setup.checklist import Question, Statement
from shared.runtime.postgres.pool import Transaction

SHOWN = 20


class StatementStore:
    """Read by pages that have already found the site in the account."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, site_id: UUID, statement: Statement) -> None:
        """Add an answer. It replaces the one that held, which stays beside it. The caller has locked the site."""
        await self._tx.execute(
            """
            UPDATE onboarding.set_up_statements SET replaced_at = $3
             WHERE site_id = $1 AND question = $2 AND replaced_at IS NULL AND stated_at < $3
            """,
            site_id,
            statement.question.value,
            statement.stated_at,
        )
        await self._tx.execute(
            """
            INSERT INTO onboarding.set_up_statements (site_id, question, stated_at, answer, reader, stated_by)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (site_id, question, stated_at) DO UPDATE SET answer = excluded.answer
            """,
            site_id,
            statement.question.value,
            statement.stated_at,
            statement.answer,
            statement.reader,
            statement.stated_by,
        )

    async def latest(self, site_id: UUID) -> dict[Question, Statement]:
        """The answer that holds, for each question that was ever answered."""
        rows = await self._tx.fetch(
            """
            SELECT question, answer, reader, stated_at, stated_by
              FROM onboarding.set_up_statements WHERE site_id = $1 AND replaced_at IS NULL ORDER BY stated_at
            """,
            site_id,
        )
        found = [Statement(**{**row, "question": Question(row["question"])}) for row in rows]
        return {statement.question: statement for statement in found}

    async def history(self, site_id: UUID) -> list[Statement]:
        """Who stated what, the latest first: a bounded number."""
        rows = await self._tx.fetch(
            """
            SELECT question, answer, reader, stated_at, stated_by
              FROM onboarding.set_up_statements WHERE site_id = $1 ORDER BY stated_at DESC, question LIMIT $2
            """,
            site_id,
            SHOWN,
        )
        return [Statement(**{**row, "question": Question(row["question"])}) for row in rows]
