"""SQL of consents and bindings: which browser named which number, and the state of its question."""

from datetime import datetime
from uuid import UUID

import asyncpg

from services.notify.rules.bindings import Binding
from services.notify.storage.subscriptions import SqlSubscriptions
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.storefront import ConsentGiven
from shared.runtime.kafka.producer import partition_of
from shared.runtime.tracing import traceparent


def to_binding(row: asyncpg.Record) -> Binding:
    """A row of notify.bindings."""
    return Binding(**dict(row))


class SqlConsents(SqlSubscriptions):
    """Consents, and the bindings that follow from them."""

    async def add_consent(self, event: ConsentGiven) -> Binding | None:
        """Keep the evidence, and bind the number to this browser. Returns the binding.

        A new tick restores nothing that was withdrawn: only a YES from the handset does. It lets the question be asked anew
        where the last one was refused, withdrawn or long ago. A box ticked by the shop changes nothing that a shopper decided.
        What is older than an erasure binds nothing.
        """
        if await self._is_erased(event):
            return None
        await self._keep_evidence(event)
        return await self._bind(event)

    async def _bind(self, event: ConsentGiven) -> Binding | None:
        """None where a later tick, or what a shopper decided, stands."""
        row = await self._tx.fetchrow(
            """
            INSERT INTO notify.bindings AS b (site_id, visitor_id, channel, recipient_index, recipient_kind, box,
                                              consent_event_id, given_at, time_zone, box_state, state, look_at, withdrawn_at,
                                              partition, traceparent)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'new', clock_timestamp(),
                    (SELECT max(w.withdrawn_at) FROM notify.withdrawals AS w
                      WHERE w.site_id = $1 AND w.channel = $3 AND w.recipient_index = $4 AND w.visitor_id IN ($2, '')),
                    $11, $12)
                ON CONFLICT (site_id, visitor_id, channel, recipient_index) DO UPDATE
               SET box = excluded.box, consent_event_id = excluded.consent_event_id, given_at = excluded.given_at,
                   time_zone = coalesce(excluded.time_zone, b.time_zone), box_state = excluded.box_state,
                   look_at = clock_timestamp(), partition = excluded.partition,
                   traceparent = excluded.traceparent,
                   state = CASE WHEN b.state = 'refused'
                                  OR (b.state = 'confirmed' AND b.withdrawn_at >= b.confirmed_at)
                                  OR (b.state = 'asked' AND b.asked_at < excluded.given_at - interval '30 days')
                                THEN 'new' ELSE b.state END
             WHERE b.given_at < excluded.given_at
               AND (excluded.box_state <> 'pre_ticked' OR b.box_state = 'pre_ticked')
            RETURNING site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at,
                      time_zone, box_state, state, refused_reason, asked_at, confirmed_at, withdrawn_at, vapid_public
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
            partition_of(event.site_id, NUDGE_EVENTS.partitions),
            traceparent(),
        )
        return None if row is None else to_binding(row)

    async def _is_erased(self, event: ConsentGiven) -> bool:
        """A consent that is older than an erasure leaves a receipt alone, whenever it arrives, and however often."""
        erased: bool = await self._tx.fetchval(
            """
            WITH unmarked AS (
                INSERT INTO notify.consent_receipts (site_id, event_id, recipient_index, channel, purpose, text_hash,
                                                     text_version, box_state, source, given_at, erased_at)
                SELECT $1, $2, $3, $5, $6, $7, $8, $9, $10, $11, max(t.erased_at) FROM notify.tombstones AS t
                 WHERE t.site_id = $1 AND t.key IN ($3, $4) HAVING count(*) > 0
                    ON CONFLICT DO NOTHING RETURNING true
            )
            SELECT EXISTS (SELECT FROM unmarked)
                OR EXISTS (SELECT FROM notify.consent_receipts WHERE site_id = $1 AND event_id = $2)
            """,
            event.site_id,
            event.event_id,
            event.contact.index,
            event.visitor_id,
            event.channel.value,
            event.purpose,
            event.text_hash,
            event.text_version,
            event.box_state,
            event.source.value,
            event.occurred_at,
        )
        return erased

    async def _keep_evidence(self, event: ConsentGiven) -> None:
        await self._tx.execute(
            """
            INSERT INTO notify.consents (site_id, event_id, evidence, given_at, visitor_id, recipient_index)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            event.site_id,
            event.event_id,
            event.model_dump_json(by_alias=True, exclude={"wording"}),
            event.occurred_at,
            event.visitor_id,
            event.contact.index,
        )
        if event.wording is not None:
            await self._tx.execute(
                """
                INSERT INTO notify.consent_texts (site_id, text_hash, wording, first_given_at)
                VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING
                """,
                event.site_id,
                event.text_hash,
                event.wording,
                event.occurred_at,
            )

    async def withdraw(
        self, site_id: UUID, visitor_id: str | None, channel: str, index: str, at: datetime, cause: UUID
    ) -> None:
        """Withdraw a consent in the shop: of this browser, or of all that named the number.

        Received now, it is later than any question and any YES before, whatever the browser's clock shows.
        """
        first = await self._tx.fetchval(
            """
            INSERT INTO notify.withdrawals AS w (site_id, visitor_id, channel, recipient_index, withdrawn_at, event_id)
            VALUES ($1, coalesce($2, ''), $3, $4, $5, $6)
                ON CONFLICT (site_id, channel, recipient_index, visitor_id) DO UPDATE
               SET withdrawn_at = greatest(w.withdrawn_at, excluded.withdrawn_at), event_id = excluded.event_id
             WHERE w.event_id IS DISTINCT FROM excluded.event_id
            RETURNING true
            """,
            site_id,
            visitor_id,
            channel,
            index,
            at,
            cause,
        )
        if first is None:
            return
        await self._tx.execute(
            """
            UPDATE notify.bindings
               SET withdrawn_at = greatest(withdrawn_at, $5, asked_at + interval '1 ms', confirmed_at + interval '1 ms')
             WHERE site_id = $1 AND ($2::text IS NULL OR visitor_id = $2) AND channel = $3 AND recipient_index = $4
            """,
            site_id,
            visitor_id,
            channel,
            index,
            at,
        )

    async def binding(self, site_id: UUID, visitor_id: str | None, channel: str, index: str) -> Binding | None:
        """One binding as it now is."""
        row = await self._tx.fetchrow(
            """
            SELECT site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at, time_zone,
                   box_state, state, refused_reason, asked_at, confirmed_at, withdrawn_at, vapid_public
              FROM notify.bindings
             WHERE site_id = $1 AND visitor_id = $2 AND channel = $3 AND recipient_index = $4
            """,
            site_id,
            visitor_id,
            channel,
            index,
        )
        return None if row is None else to_binding(row)

    async def bindings_of(self, site_id: UUID, visitor_id: str) -> list[Binding]:
        """The channels that this browser named."""
        rows = await self._tx.fetch(
            """
            SELECT site_id, visitor_id, channel, recipient_kind, recipient_index, box, consent_event_id, given_at, time_zone,
                   box_state, state, refused_reason, asked_at, confirmed_at, withdrawn_at, vapid_public
              FROM notify.bindings WHERE site_id = $1 AND visitor_id = $2
            """,
            site_id,
            visitor_id,
        )
        return [to_binding(row) for row in rows]

    async def set_binding(self, binding: Binding, state: str, reason: str | None, look_at: datetime | None) -> None:
        """Set the state of an opt-in, its reason, and when it is evaluated again."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET state = $5, refused_reason = $6, look_at = coalesce($7, look_at), held_by = NULL
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
