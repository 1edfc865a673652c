"""SQL of bindings, questions, suppressions: who may be written to."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notify.rules import Binding
from shared.events.storefront import ConsentGiven
from shared.runtime.postgres import Transaction


def to_binding(row: asyncpg.Record) -> Binding:
    """A row of notify.bindings."""
    return Binding(**dict(row))


class ConsentStore:
    """Consents and what became of them."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock_recipient(self, account_id: UUID, recipient_index: str) -> None:
        """One decision at a time about one recipient of an account, until the transaction ends."""
        await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{account_id}|{recipient_index}")

    async def add_consent(self, event: ConsentGiven) -> None:
        """Keep the evidence, and bind the number to this browser. A consent given again for a binding changes nothing."""
        await self._tx.execute(
            """
            INSERT INTO notify.consents (site_id, event_id, evidence, given_at) VALUES ($1, $2, $3, $4)
                ON CONFLICT DO NOTHING
            """,
            event.site_id,
            event.event_id,
            event.model_dump_json(by_alias=True),
            event.occurred_at,
        )
        await self._tx.execute(
            """
            INSERT INTO notify.bindings AS b (site_id, visitor_id, channel, recipient_index, recipient_kind, box,
                                              consent_event_id, given_at, time_zone, box_state, state, look_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', clock_timestamp())
                ON CONFLICT (site_id, visitor_id, channel, recipient_index) DO UPDATE
               SET given_at = greatest(b.given_at, excluded.given_at),
                   state = CASE WHEN b.withdrawn_at < excluded.given_at AND b.state = 'refused' THEN 'new' ELSE b.state END,
                   withdrawn_at = CASE WHEN b.withdrawn_at < excluded.given_at THEN NULL ELSE b.withdrawn_at END
            """,
            event.site_id,
            event.visitor_id,
            event.channel.value,
            event.contact.index,
            event.contact.kind.value,
            event.contact.box,
            event.event_id,
            event.occurred_at,
            event.time_zone,
            event.box_state,
        )

    async def withdraw(self, site_id: UUID, visitor_id: str | None, channel: str, index: str, at: datetime) -> None:
        """A shopper took the consent back in the shop: of this browser, or of all that named the number."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET withdrawn_at = greatest(withdrawn_at, $5)
             WHERE site_id = $1 AND ($2::text IS NULL OR visitor_id = $2) AND channel = $3 AND recipient_index = $4
            """,
            site_id,
            visitor_id,
            channel,
            index,
            at,
        )

    async def bindings_of(self, site_id: UUID, visitor_id: str) -> list[Binding]:
        """The channels that this browser named."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at, time_zone,
                   box_state, state, refused_reason, confirmed_at, withdrawn_at
              FROM notify.bindings WHERE site_id = $1 AND visitor_id = $2
            """,
            site_id,
            visitor_id,
        )
        return [to_binding(row) for row in rows]

    async def set_binding(self, binding: Binding, state: str, reason: str | None, look_at: datetime | None) -> None:
        """What became of the question, or when to look at it again."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET state = $5, refused_reason = $6, look_at = coalesce($7, look_at)
             WHERE site_id = $1 AND visitor_id = $2 AND channel = $3 AND recipient_index = $4
            """,
            binding.site_id,
            binding.visitor_id,
            binding.channel,
            binding.recipient_index,
            state,
            reason,
            look_at,
        )

    async def add_question(self, account_id: UUID, binding: Binding, attempt_id: str, asked_at: datetime) -> None:
        """Remember for which binding a number was asked: a YES confirms that one alone."""
        await self._tx.execute(
            """
            INSERT INTO notify.questions (account_id, recipient_index, asked_at, site_id, visitor_id, attempt_id)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            account_id,
            binding.recipient_index,
            asked_at,
            binding.site_id,
            binding.visitor_id,
            attempt_id,
        )

    async def last_question(self, account_id: UUID, index: str) -> asyncpg.Record | None:
        """When and for which binding this number was asked last. A question that provably was not sent does not count."""
        return await self._tx.fetchrow(
            """
            SELECT q.asked_at, q.site_id, q.visitor_id
              FROM notify.questions AS q
              JOIN notify.attempts AS a ON a.site_id = q.site_id AND a.attempt_id = q.attempt_id
             WHERE q.account_id = $1 AND q.recipient_index = $2 AND a.state <> 'rejected'
             ORDER BY q.asked_at DESC LIMIT 1
            """,
            account_id,
            index,
        )

    async def confirm(self, site_id: UUID, visitor_id: str, index: str, at: datetime) -> Binding | None:
        """The handset said YES to the question for this binding."""
        row = await self._tx.fetchrow(
            """
            UPDATE notify.bindings SET state = 'confirmed', confirmed_at = $4, refused_reason = NULL
             WHERE site_id = $1 AND visitor_id = $2 AND channel = 'sms' AND recipient_index = $3
            RETURNING site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at,
                      time_zone, box_state, state, refused_reason, confirmed_at, withdrawn_at
            """,
            site_id,
            visitor_id,
            index,
            at,
        )
        return None if row is None else to_binding(row)

    async def suppress(self, account_id: UUID, index: str, at: datetime) -> bool:
        """Nothing goes there again until a later START. False when it was suppressed already."""
        changed: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.suppressions AS s (account_id, recipient_index, suppressed_at) VALUES ($1, $2, $3)
                ON CONFLICT (account_id, recipient_index) DO UPDATE
               SET suppressed_at = excluded.suppressed_at
             WHERE s.lifted_at IS NOT NULL AND s.lifted_at > s.suppressed_at AND excluded.suppressed_at > s.suppressed_at
            RETURNING true
            """,
            account_id,
            index,
            at,
        )
        return changed is not None

    async def lift_suppression(self, account_id: UUID, index: str, at: datetime) -> bool:
        """START from the handset. False where nothing was suppressed."""
        lifted: bool | None = await self._tx.fetchval(
            """
            UPDATE notify.suppressions SET lifted_at = $3
             WHERE account_id = $1 AND recipient_index = $2 AND suppressed_at < $3 RETURNING true
            """,
            account_id,
            index,
            at,
        )
        return lifted is not None

    async def suppression(self, account_id: UUID, index: str) -> tuple[datetime | None, datetime | None]:
        """When it was suppressed, and when lifted."""
        row = await self._tx.fetchrow(
            "SELECT suppressed_at, lifted_at FROM notify.suppressions WHERE account_id = $1 AND recipient_index = $2",
            account_id,
            index,
        )
        return (None, None) if row is None else (row["suppressed_at"], row["lifted_at"])

    async def note_order(self, site_id: UUID, keys: list[str], at: datetime) -> None:
        """These keys have bought, for the question's rule alone: reminders are checked by orders."""
        await self._tx.execute(
            """
            INSERT INTO notify.ordered AS o (site_id, key, ordered_at)
            SELECT DISTINCT $1::uuid, u.k, $3::timestamptz FROM UNNEST($2::text[]) AS u (k)
                ON CONFLICT (site_id, key) DO UPDATE SET ordered_at = greatest(o.ordered_at, excluded.ordered_at)
            """,
            site_id,
            keys,
            at,
        )

    async def ordered_since(self, site_id: UUID, keys: list[str], since: datetime) -> bool:
        """One of these keys has bought since then."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM notify.ordered WHERE site_id = $1 AND key = ANY($2::text[]) AND ordered_at >= $3)",
            site_id,
            keys,
            since,
        )
        return found

    async def erase(self, site_id: UUID, visitor_id: str | None, index: str | None) -> None:
        """Delete a subject's bindings and evidence. A suppression survives: an index alone."""
        await self._tx.execute(
            """
            WITH gone AS (
                DELETE FROM notify.bindings WHERE site_id = $1 AND (visitor_id = $2 OR recipient_index = $3)
                RETURNING consent_event_id
            )
            DELETE FROM notify.consents WHERE site_id = $1 AND event_id IN (SELECT consent_event_id FROM gone)
            """,
            site_id,
            visitor_id,
            index,
        )
