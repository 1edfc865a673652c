"""SQL of asks and of the markers that they wait for."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.orders.rules.granting import Ask, Cancelled, Withheld
from services.orders.rules.opt_in import Question, QuestionAsk
from shared.events.reasons import Reason
from shared.runtime.postgres.pool import Transaction
from shared.runtime.tracing import traceparent

REMINDER, QUESTION = "reminder", "question"
FINAL: dict[str, type[Withheld] | type[Cancelled]] = {"withheld": Withheld, "cancelled": Cancelled}


def to_ask(row: asyncpg.Record) -> Ask | QuestionAsk:
    """A row of orders.asks. Its nudge is the consent of the tick where it asks for the question."""
    values = dict(row)
    kind, subject_id, cart_id = values.pop("kind"), values.pop("nudge_id"), values.pop("cart_id")
    ticked_at, not_after = values.pop("ticked_at"), values.pop("not_after")
    if kind == QUESTION:
        return QuestionAsk(**values, consent_event_id=subject_id, ticked_at=ticked_at, not_after=not_after)
    return Ask(**values, nudge_id=subject_id, cart_id=cart_id)


def columns_of(ask: Ask | QuestionAsk) -> tuple[str, UUID, UUID | None, datetime | None, datetime | None]:
    """The columns that differ: kind, what it asks for, its cart, when the box was ticked and until when it may be asked."""
    if isinstance(ask, QuestionAsk):
        return QUESTION, ask.consent_event_id, None, ask.ticked_at, ask.not_after
    return REMINDER, ask.nudge_id, ask.cart_id, None, None


def to_question(row: asyncpg.Record) -> Question:
    """A row of orders.questions."""
    final = None if row["final_answer"] is None else FINAL[row["final_answer"]](Reason(row["final_reason"]))
    return Question(row["site_id"], row["consent_event_id"], row["due_at"], final)


class SqlAsks:
    """Asks and markers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, asks: Sequence[tuple[Ask | QuestionAsk, int]], now: datetime) -> None:
        """Keep asks, each with its partition of storefront-events; a repeated one stays as it is."""
        for ask, partition in asks:
            kind, subject_id, cart_id, ticked_at, not_after = columns_of(ask)
            await self._tx.execute(
                """
                INSERT INTO orders.asks (site_id, attempt_id, nudge_id, cart_id, visitor_id, channel, recipient_index,
                                         try_number, partition, arrived_at, kind, ticked_at, not_after, traceparent)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                    ON CONFLICT (site_id, attempt_id) DO NOTHING
                """,
                ask.site_id,
                ask.attempt_id,
                subject_id,
                cart_id,
                ask.visitor_id,
                ask.channel,
                ask.recipient_index,
                ask.try_number,
                partition,
                now,
                kind,
                ticked_at,
                not_after,
                traceparent(),
            )

    async def lock_open(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | QuestionAsk | None:
        """An ask that waits for this marker, if the marker was applied. A failover may have lost the marker's row."""
        row = await self._tx.fetchrow(
            """
            SELECT a.site_id, a.attempt_id, a.nudge_id, a.cart_id, a.visitor_id, a.channel, a.recipient_index, a.try_number,
                   a.kind, a.ticked_at, a.not_after
              FROM orders.asks AS a
             WHERE a.site_id = $1
               AND a.attempt_id = $2
               AND a.marker_id = $3
               AND a.answered_at IS NULL
               AND EXISTS (SELECT FROM orders.markers AS m
                            WHERE m.site_id = a.marker_site_id
                              AND m.marker_id = a.marker_id)
               FOR UPDATE OF a
            """,
            site_id,
            attempt_id,
            marker_id,
        )
        return None if row is None else to_ask(row)

    async def close(self, site_id: UUID, attempt_id: str, answer: str, now: datetime) -> None:
        """Close an ask: it has its answer, or was dropped."""
        await self._tx.execute(
            """
            UPDATE orders.asks
               SET answered_at = $4, answer = $3
             WHERE site_id = $1
               AND attempt_id = $2
            """,
            site_id,
            attempt_id,
            answer,
            now,
        )

    async def newest_try(self, site_id: UUID, subject_id: UUID) -> int:
        """The highest try that has asked for this nudge, or for the question of this consent; 0 without any."""
        newest: int = await self._tx.fetchval(
            """
            SELECT coalesce(max(try_number), 0)
              FROM orders.asks
             WHERE site_id = $1
               AND nudge_id = $2
            """,
            site_id,
            subject_id,
        )
        return newest

    async def has_open(self, site_id: UUID, nudge_id: UUID, since: datetime) -> bool:
        """Whether an ask since then may still be answered."""
        found: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (SELECT FROM orders.asks
                            WHERE site_id = $1
                              AND nudge_id = $2
                              AND answered_at IS NULL
                              AND arrived_at > $3)
            """,
            site_id,
            nudge_id,
            since,
        )
        return found

    async def lock_question(self, site_id: UUID, consent_event_id: UUID, now: datetime) -> Question:
        """The question for one tick, due since its first ask, held until the transaction ends."""
        await self._tx.execute(
            """
            INSERT INTO orders.questions (site_id, consent_event_id, due_at)
            VALUES ($1, $2, $3)
                ON CONFLICT (site_id, consent_event_id) DO NOTHING
            """,
            site_id,
            consent_event_id,
            now,
        )
        row = await self._tx.fetchrow(
            """
            SELECT site_id, consent_event_id, due_at, final_answer, final_reason
              FROM orders.questions
             WHERE site_id = $1
               AND consent_event_id = $2
               FOR UPDATE
            """,
            site_id,
            consent_event_id,
        )
        assert row is not None, "it was there, or was just written"
        return to_question(row)

    async def put_question(self, question: Question) -> None:
        """Write a question that was locked."""
        final = question.final
        await self._tx.execute(
            """
            UPDATE orders.questions
               SET due_at = $3, final_answer = $4, final_reason = $5
             WHERE site_id = $1
               AND consent_event_id = $2
            """,
            question.site_id,
            question.consent_event_id,
            question.due_at,
            None if final is None else type(final).__name__.lower(),
            None if final is None else final.reason.value,
        )

    async def pass_markers(self, markers: Sequence[tuple[UUID, str]], now: datetime) -> None:
        """Record, in the transaction that applied them, that everything before these markers is applied."""
        for site_id, marker_id in markers:
            await self._tx.execute(
                """
                INSERT INTO orders.markers (site_id, marker_id, applied_at)
                VALUES ($1, $2, $3)
                    ON CONFLICT (site_id, marker_id) DO NOTHING
                """,
                site_id,
                marker_id,
                now,
            )

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        """Whether the transaction that applied this very marker has committed."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM orders.markers WHERE site_id = $1 AND marker_id = $2)", site_id, marker_id
        )
        return found
