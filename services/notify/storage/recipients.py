"""SQL of recipients: questions, replies and suppressions of a number of an account."""

from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from services.notify.rules.suppression import Suppression
from services.notify.storage.consents import to_binding
from services.notify.storage.recipient_protocols import Question
from shared.runtime.postgres.pool import Transaction


class SqlRecipients:
    """Everything by account and recipient."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self, account_id: UUID, recipient_index: str) -> None:
        """One decision at a time about one recipient of an account, until the transaction ends."""
        await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{account_id}|{recipient_index}")

    async def add_question(self, account_id: UUID, binding: Binding, attempt_id: str, asked_at: datetime) -> None:
        """Remember for which binding a number was asked: a YES confirms that one alone."""
        await self._tx.execute(
            """
            INSERT INTO notify.questions (account_id, recipient_index, asked_at, site_id, visitor_id, attempt_id)
            VALUES ($1, $2,
                    greatest($3, (SELECT max(q.asked_at) + interval '1 ms' FROM notify.questions AS q
                                   WHERE q.account_id = $1 AND q.recipient_index = $2)),
                    $4, $5, $6)
            """,
            account_id,
            binding.recipient_index,
            asked_at,
            binding.site_id,
            binding.visitor_id,
            attempt_id,
        )
        await self._tx.execute(
            """
            UPDATE notify.bindings
               SET state = 'asked', asked_at = greatest($5, withdrawn_at + interval '1 ms'), refused_reason = NULL
             WHERE site_id = $1 AND visitor_id = $2 AND channel = $3 AND recipient_index = $4
            """,
            binding.site_id,
            binding.visitor_id,
            binding.channel,
            binding.recipient_index,
            asked_at,
        )

    async def last_question(self, account_id: UUID, index: str) -> Question | None:
        """When and for which binding this number was asked last. What provably reached nobody was not asked."""
        row = await self._tx.fetchrow(
            """
            SELECT q.asked_at, q.site_id, q.visitor_id, a.state IN ('calling', 'accepted', 'unresolved') AS is_out
              FROM notify.questions AS q
              JOIN notify.attempts AS a ON a.site_id = q.site_id AND a.attempt_id = q.attempt_id
             WHERE q.account_id = $1 AND q.recipient_index = $2 AND a.state NOT IN ('rejected', 'not_sent')
             ORDER BY q.asked_at DESC LIMIT 1
            """,
            account_id,
            index,
        )
        return None if row is None else Question(**dict(row))

    async def is_contested(self, account_id: UUID, site_id: UUID, visitor_id: str, index: str, since: datetime) -> bool:
        """Another browser of the account has ticked for this number since then, whatever became of that tick: who remembers it
        may answer a question that was asked for somebody else.
        """
        found: bool = await self._tx.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM notify.sites AS s
                  JOIN notify.bindings AS b ON b.site_id = s.site_id
                 WHERE s.account_id = $1 AND b.recipient_index = $4 AND b.channel = 'sms'
                   AND (b.site_id, b.visitor_id) <> ($2, $3)
                   AND b.box_state <> 'pre_ticked' AND b.given_at > $5)
            """,
            account_id,
            site_id,
            visitor_id,
            index,
            since,
        )
        return found

    async def tries_of_question(self, site_id: UUID, consent_event_id: UUID) -> int:
        """How often it was tried to ask for this consent."""
        tries: int = await self._tx.fetchval(
            "SELECT count(*) FROM notify.attempts WHERE site_id = $1 AND kind = 'question' AND cause = $2",
            site_id,
            str(consent_event_id),
        )
        return tries

    async def ask_again(self, attempt: Attempt, wait: timedelta) -> None:
        """Evaluate an opt-in again after ``wait``: its question provably was not sent."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET state = 'new', asked_at = NULL, look_at = clock_timestamp() + $5::interval
             WHERE site_id = $1 AND visitor_id = $2 AND channel = $3 AND recipient_index = $4 AND state = 'asked'
            """,
            attempt.site_id,
            attempt.visitor_id,
            attempt.channel,
            attempt.recipient_index,
            wait,
        )

    async def confirm(self, site_id: UUID, visitor_id: str, index: str, at: datetime) -> Binding | None:
        """Confirm a binding by the handset's YES. It counts from ``at``: when the question was asked, or START invited to it.

        So a withdrawal received since then stands, however late the carrier delivers what was typed before.
        """
        row = await self._tx.fetchrow(
            """
            UPDATE notify.bindings
               SET state = 'confirmed', confirmed_at = greatest(confirmed_at, asked_at, $4), refused_reason = NULL
             WHERE site_id = $1 AND visitor_id = $2 AND channel = 'sms' AND recipient_index = $3
            RETURNING site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at,
                      time_zone, box_state, state, refused_reason, asked_at, confirmed_at, withdrawn_at
            """,
            site_id,
            visitor_id,
            index,
            at,
        )
        return None if row is None else to_binding(row)

    async def suppress(self, account_id: UUID, index: str, at: datetime) -> bool:
        """Suppress a recipient until a START that is received later. False when it was suppressed already.

        The order in which they are received decides, not the clocks of the processes that receive them.
        """
        changed: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.suppressions AS s (account_id, recipient_index, suppressed_at) VALUES ($1, $2, $3)
                ON CONFLICT (account_id, recipient_index) DO UPDATE
               SET suppressed_at = greatest(excluded.suppressed_at, s.lifted_at + interval '1 ms')
             WHERE s.suppressed_at IS NULL OR s.lifted_at > s.suppressed_at
            RETURNING true
            """,
            account_id,
            index,
            at,
        )
        return changed is not None

    async def suppress_by_merchant(self, account_id: UUID, index: str, at: datetime) -> None:
        """Put a recipient on the merchant's own list, for good."""
        await self._tx.execute(
            """
            INSERT INTO notify.suppressions AS s (account_id, recipient_index, merchant_at) VALUES ($1, $2, $3)
                ON CONFLICT (account_id, recipient_index) DO UPDATE
               SET merchant_at = least(s.merchant_at, excluded.merchant_at)
            """,
            account_id,
            index,
            at,
        )

    async def lift_suppression(self, account_id: UUID, index: str, at: datetime) -> bool:
        """Lift a suppression by a START from the handset. False where nothing was suppressed."""
        lifted: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.suppressions SET lifted_at = greatest($3, suppressed_at + interval '1 ms')
             WHERE account_id = $1 AND recipient_index = $2 AND suppressed_at IS NOT NULL
               AND (lifted_at IS NULL OR lifted_at <= suppressed_at) RETURNING true
            """,
            account_id,
            index,
            at,
        )
        return lifted is not None

    async def suppression(self, account_id: UUID, index: str) -> Suppression:
        """The suppression of a recipient; without one, one that does not stand."""
        row = await self._tx.fetchrow(
            """
            SELECT suppressed_at, lifted_at, merchant_at IS NOT NULL AS by_merchant
              FROM notify.suppressions WHERE account_id = $1 AND recipient_index = $2
            """,
            account_id,
            index,
        )
        return Suppression() if row is None else Suppression(**dict(row))

    async def last_written(self, site_id: UUID, index: str) -> tuple[str | None, UUID | None]:
        """Browser and cart of the last reminder or question that went, or may have gone, to this number."""
        row = await self._tx.fetchrow(
            """
            SELECT a.visitor_id, a.cart_id
              FROM notify.sites AS s
              JOIN notify.attempts AS a ON a.account_id = s.account_id AND a.recipient_index = $2
             WHERE s.site_id = $1 AND a.site_id = $1 AND a.called_at IS NOT NULL AND a.kind IN ('reminder', 'question')
             ORDER BY a.called_at DESC LIMIT 1
            """,
            site_id,
            index,
        )
        return (None, None) if row is None else (row["visitor_id"], row["cart_id"])

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
