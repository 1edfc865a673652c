"""SQL of attempts and of the links in their messages."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.storage import sweeps
from services.notify.storage.protocols import AT_ONCE
from services.notify.storage.sweeps import to_attempt
from shared.runtime.postgres.pool import Transaction
from shared.runtime.tracing import traceparent


class SqlAttempts:
    """Attempts, links."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def open_attempt(self, attempt: Attempt, wait: timedelta = AT_ONCE) -> bool:
        """Insert an attempt. False where another of the same cause stands: the unique index decides, not we."""
        return await self._insert(replace(attempt, state=AttemptState.PREPARED, given_up=False), wait)

    async def add_lost(self, attempt: Attempt) -> bool:
        """Insert an attempt that a restored database has lost, its result given up. False where another of its cause stands."""
        return await self._insert(attempt, AT_ONCE)

    async def _insert(self, attempt: Attempt, wait: timedelta) -> bool:
        inserted: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.attempts (site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id,
                                         recipient_kind, recipient_index, box, body, link_id, state, try_number, send_before,
                                         call_after, vapid_public, given_up, traceparent)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                    clock_timestamp() + $18::interval, $19, $20, $21)
                ON CONFLICT DO NOTHING RETURNING true
            """,
            attempt.site_id,
            attempt.attempt_id,
            attempt.account_id,
            attempt.kind.value,
            attempt.channel,
            attempt.cause,
            attempt.nudge_id,
            attempt.cart_id,
            attempt.visitor_id,
            attempt.recipient_kind,
            attempt.recipient_index,
            attempt.box,
            attempt.body,
            attempt.link_id,
            attempt.state.value,
            attempt.try_number,
            attempt.send_before,
            wait,
            attempt.vapid_public,
            attempt.given_up,
            attempt.cause_span or traceparent(),
        )
        return inserted is not None

    async def lock_attempt(self, site_id: UUID, attempt_id: str) -> Attempt | None:
        """Read an attempt and hold its row until the transaction ends."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                   recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id,
                   delivery_rank, given_up, vapid_public, traceparent AS cause_span
              FROM notify.attempts WHERE site_id = $1 AND attempt_id = $2 FOR UPDATE
            """,
            site_id,
            attempt_id,
        )
        return None if row is None else to_attempt(row)

    async def call_later(self, site_id: UUID, attempt_id: str, wait: timedelta) -> None:
        """Try the call again after ``wait``: there is no free slot yet."""
        await self._tx.execute(
            """
            UPDATE notify.attempts SET call_after = clock_timestamp() + $3::interval
             WHERE site_id = $1 AND attempt_id = $2 AND state = 'prepared'
            """,
            site_id,
            attempt_id,
            wait,
        )

    async def start_call(self, site_id: UUID, attempt_id: str, caller: str) -> bool:
        """From prepared to calling, with this caller's own token. False where the row is not prepared any more."""
        started: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts SET state = 'calling', caller = $3, called_at = clock_timestamp()
             WHERE site_id = $1 AND attempt_id = $2 AND state = 'prepared' RETURNING true
            """,
            site_id,
            attempt_id,
            caller,
        )
        return started is not None

    async def write_not_sent(self, site_id: UUID, attempt_id: str, caller: str | None) -> bool:
        """Provably not sent: only over a row that is still prepared, or that bears the writer's own token."""
        written: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts SET state = 'not_sent', settled_at = clock_timestamp()
             WHERE site_id = $1 AND attempt_id = $2
               AND (state = 'prepared' OR (state = 'calling' AND caller = $3)) RETURNING true
            """,
            site_id,
            attempt_id,
            caller,
        )
        return written is not None

    async def record_result(self, site_id: UUID, attempt_id: str, state: AttemptState, carrier_id: str | None) -> bool:
        """Record the result of a call; True where this very call changed it. A final one stays, also that of giving up.

        Where another attempt of its cause stands (a push whose step was asked again), only the carrier's id is kept.
        """
        try:
            async with self._tx.transaction():
                recorded: bool | None = await self._tx.fetchval(
                    """
                    UPDATE notify.attempts
                       SET state = $3, settled_at = clock_timestamp(), carrier_id = coalesce($4, carrier_id)
                     WHERE site_id = $1 AND attempt_id = $2 AND state IN ('calling', 'unresolved') AND state <> $3
                       AND NOT given_up
                    RETURNING true
                    """,
                    site_id,
                    attempt_id,
                    state.value,
                    carrier_id,
                )
        except asyncpg.UniqueViolationError:
            await self._tx.execute(
                """
                UPDATE notify.attempts SET carrier_id = coalesce($3, carrier_id)
                 WHERE site_id = $1 AND attempt_id = $2 AND NOT given_up
                """,
                site_id,
                attempt_id,
                carrier_id,
            )
            return False
        return recorded is not None

    async def withdraw_others(self, attempt: Attempt) -> None:
        """Other attempts of its cause that only asked: now not sent."""
        await self._tx.execute(
            """
            UPDATE notify.attempts SET state = 'not_sent', settled_at = clock_timestamp()
             WHERE site_id = $1 AND kind = $2 AND cause = $3 AND attempt_id <> $4 AND state = 'prepared'
            """,
            attempt.site_id,
            attempt.kind.value,
            attempt.cause,
            attempt.attempt_id,
        )

    async def taken_push(self, site_id: UUID, cause: str) -> Attempt | None:
        """A push for a nudge that its service took and that could not be accepted, for a later one was being called."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                   recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id,
                   delivery_rank, given_up, vapid_public, traceparent AS cause_span
              FROM notify.attempts
             WHERE site_id = $1 AND kind = 'reminder' AND cause = $2 AND channel = 'push' AND state = 'unresolved'
               AND carrier_id IS NOT NULL AND NOT given_up
             LIMIT 1 FOR UPDATE
            """,
            site_id,
            cause,
        )
        return None if row is None else to_attempt(row)

    async def give_up(self, site_id: UUID, attempt_id: str) -> bool:
        """Record that the result will never be known: it is never sent again."""
        given_up: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts SET given_up = true
             WHERE site_id = $1 AND attempt_id = $2 AND state = 'unresolved' AND NOT given_up RETURNING true
            """,
            site_id,
            attempt_id,
        )
        return given_up is not None

    async def raise_rank(self, site_id: UUID, attempt_id: str, rank: int) -> bool:
        """Raise the carrier's status, never lower it; True where it rose. Callbacks come late, twice and out of order."""
        raised: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts SET delivery_rank = $3
             WHERE site_id = $1 AND attempt_id = $2 AND delivery_rank < $3 RETURNING true
            """,
            site_id,
            attempt_id,
            rank,
        )
        return raised is not None

    async def lock_cart(self, site_id: UUID, cart_id: UUID) -> None:
        """One call at a time about one cart. Always taken after the recipient's lock."""
        await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 1))", f"{site_id}|{cart_id}")

    async def sent_in_a_day(self, account_id: UUID, index: str) -> int:
        """Reminders that this recipient got, or may have got, from this account within 24 hours."""
        counted: int = await self._tx.fetchval(
            """
            SELECT count(*) FROM notify.attempts
             WHERE account_id = $1 AND recipient_index = $2 AND kind = 'reminder'
               AND state IN ('calling', 'accepted', 'unresolved') AND called_at > clock_timestamp() - interval '24 hours'
            """,
            account_id,
            index,
        )
        return counted

    async def sent_for_cart(self, site_id: UUID, cart_id: UUID, channel: str) -> int:
        """Reminders that went, or may have gone, out for this cart within 48 hours, to whomever."""
        counted: int = await self._tx.fetchval(
            """
            SELECT count(*) FROM notify.attempts
             WHERE site_id = $1 AND cart_id = $2 AND channel = $3 AND kind = 'reminder'
               AND state IN ('calling', 'accepted', 'unresolved') AND called_at > clock_timestamp() - interval '48 hours'
            """,
            site_id,
            cart_id,
            channel,
        )
        return counted

    async def unresolved_pushes(self, site_id: UUID, cause: str) -> int:
        """How many pushes for one cause went out with an unknown result."""
        counted: int = await self._tx.fetchval(
            """
            SELECT count(*) FROM notify.attempts
             WHERE site_id = $1 AND kind = 'reminder' AND cause = $2 AND channel = 'push' AND state = 'unresolved'
            """,
            site_id,
            cause,
        )
        return counted

    async def add_link(self, site_id: UUID, token: str, attempt_id: str, cart: str, created_at: datetime) -> None:
        """Where a reminder's link leads."""
        await self._tx.execute(
            "INSERT INTO notify.links (site_id, token, attempt_id, cart, created_at) VALUES ($1, $2, $3, $4, $5)",
            site_id,
            token,
            attempt_id,
            cart,
            created_at,
        )

    async def lapse_orphans(self, older_than: timedelta) -> list[Attempt]:
        """Reminders and questions of any site whose opener died while asking: now not sent."""
        return await sweeps.lapse_orphans(self._tx, older_than)

    async def expose_crashed_calls(self, older_than: timedelta) -> list[Attempt]:
        """Calls of any site whose caller died: now unresolved."""
        return await sweeps.expose_crashed_calls(self._tx, older_than)
