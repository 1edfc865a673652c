"""SQL of nudges, attempts and links: what is asked, called, known."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from services.notify.attempts import Attempt, AttemptState
from shared.events.message import MessageKind
from shared.events.nudge import NudgeDue
from shared.runtime.postgres import Transaction


def to_attempt(row: asyncpg.Record) -> Attempt:
    """A row of notify.attempts."""
    values = dict(row)
    return Attempt(**{**values, "state": AttemptState(values["state"]), "kind": MessageKind(values["kind"])})


class AttemptStore:
    """Nudges, attempts, links."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def queue_nudge(self, due: NudgeDue) -> None:
        """A step's time has come; told again it changes nothing."""
        await self._tx.execute(
            """
            INSERT INTO notify.nudges (site_id, nudge_id, cart_id, visitor_id, due, state, look_at, not_after)
            VALUES ($1, $2, $3, $4, $5, 'queued', $6, $7) ON CONFLICT DO NOTHING
            """,
            due.site_id,
            due.nudge_id,
            due.cart_id,
            due.visitor_id,
            due.model_dump_json(by_alias=True),
            due.not_before,
            due.not_after,
        )

    async def lock_nudge(self, site_id: UUID, nudge_id: UUID) -> asyncpg.Record | None:
        """Its due event, state, tries and the reason told last, locked."""
        return await self._tx.fetchrow(
            """
            SELECT due, state, tries, told_reason, not_after FROM notify.nudges
             WHERE site_id = $1 AND nudge_id = $2 FOR UPDATE
            """,
            site_id,
            nudge_id,
        )

    async def set_nudge(
        self, site_id: UUID, nudge_id: UUID, state: str, *, look_in: timedelta | None = None, told: str | None = None
    ) -> None:
        """Queue it again, have it ask, or end it. What has ended stays so."""
        await self._tx.execute(
            """
            UPDATE notify.nudges
               SET state = $3, look_at = clock_timestamp() + coalesce($4::interval, interval '0'),
                   told_reason = coalesce($5, told_reason), tries = tries + CASE WHEN $3 = 'asking' THEN 1 ELSE 0 END
             WHERE site_id = $1 AND nudge_id = $2 AND state <> 'ended'
            """,
            site_id,
            nudge_id,
            state,
            look_in,
            told,
        )

    async def wake_nudges(self, site_id: UUID, visitor_id: str) -> None:
        """A channel of this visitor has changed: look again now."""
        await self._tx.execute(
            """
            UPDATE notify.nudges SET look_at = clock_timestamp()
             WHERE site_id = $1 AND visitor_id = $2 AND state = 'queued'
            """,
            site_id,
            visitor_id,
        )

    async def open_attempt(self, attempt: Attempt) -> bool:
        """Insert an attempt. False where another of the same cause stands: the unique index decides, not we."""
        opened: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.attempts (site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id,
                                         recipient_kind, recipient_index, box, body, link_id, state, try_number, send_before)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'prepared', $15, $16)
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
            attempt.try_number,
            attempt.send_before,
        )
        return opened is not None

    async def lock_attempt(self, site_id: UUID, attempt_id: str) -> Attempt | None:
        """Read an attempt and hold its row until the transaction ends."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, attempt_id, account_id, kind, channel, cause, nudge_id, cart_id, visitor_id, recipient_kind,
                   recipient_index, box, body, link_id, state, try_number, send_before, called_at, carrier_id,
                   delivery_rank, given_up
              FROM notify.attempts WHERE site_id = $1 AND attempt_id = $2 FOR UPDATE
            """,
            site_id,
            attempt_id,
        )
        return None if row is None else to_attempt(row)

    async def start_call(self, site_id: UUID, attempt_id: str, caller: str, body: str) -> bool:
        """From prepared to calling, with this caller's own token. False where the row is not prepared any more."""
        started: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts SET state = 'calling', caller = $3, called_at = clock_timestamp(), body = $4
             WHERE site_id = $1 AND attempt_id = $2 AND state = 'prepared' RETURNING true
            """,
            site_id,
            attempt_id,
            caller,
            body,
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

    async def settle(self, site_id: UUID, attempt_id: str, state: AttemptState, carrier_id: str | None) -> bool:
        """What is known now of a call. An end stays an end."""
        settled: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.attempts
               SET state = $3, settled_at = clock_timestamp(), carrier_id = coalesce($4, carrier_id), given_up = false
             WHERE site_id = $1 AND attempt_id = $2 AND state IN ('calling', 'unresolved') AND state <> $3
            RETURNING true
            """,
            site_id,
            attempt_id,
            state.value,
            carrier_id,
        )
        return settled is not None

    async def give_up(self, site_id: UUID, attempt_id: str) -> bool:
        """Nobody will ever know; it is never sent again."""
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
        """Callbacks come late, twice and out of order: only forward."""
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

    async def sent_counts(self, account_id: UUID, index: str, site_id: UUID, cart_id: UUID) -> tuple[int, int]:
        """Reminders that this recipient got, or may have got, within 24 hours; and those for this cart."""
        row = await self._tx.fetchrow(
            """
            SELECT count(*) FILTER (WHERE called_at > clock_timestamp() - interval '24 hours') AS in_a_day,
                   count(*) FILTER (WHERE site_id = $3 AND cart_id = $4) AS for_cart
              FROM notify.attempts
             WHERE account_id = $1 AND recipient_index = $2 AND kind = 'reminder'
               AND state IN ('calling', 'accepted', 'unresolved')
            """,
            account_id,
            index,
            site_id,
            cart_id,
        )
        assert row is not None, "an aggregate always has a row"
        return row["in_a_day"], row["for_cart"]

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

    async def token_of(self, site_id: UUID, attempt_id: str) -> str | None:
        """The link that was made when the attempt was opened."""
        token: str | None = await self._tx.fetchval(
            "SELECT token FROM notify.links WHERE site_id = $1 AND attempt_id = $2", site_id, attempt_id
        )
        return token

    async def first_inbound(self, site_id: UUID, message_id: str, received_at: datetime) -> bool:
        """False for a reply that came before: carriers repeat what was not answered in time."""
        first: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.inbound (site_id, message_id, received_at) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING RETURNING true
            """,
            site_id,
            message_id,
            received_at,
        )
        return first is not None
