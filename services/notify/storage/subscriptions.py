"""SQL of push subscriptions: a browser has one at a time, until it is withdrawn or reported as gone."""

from datetime import datetime
from uuid import UUID

from shared.events.storefront import PushSubscribed
from shared.runtime.postgres.pool import Transaction

EVERY_SUBSCRIPTION = ""


class SqlSubscriptions:
    """Bindings of the channel ``push``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def subscribe(self, event: PushSubscribed) -> bool:
        """Keep the latest of a browser. False where a later one is known. The browser itself has asked: it is confirmed."""
        stored: bool | None = await self._tx.fetchval(
            """
            INSERT INTO notify.bindings AS b (site_id, visitor_id, channel, recipient_index, recipient_kind, box,
                                              consent_event_id, given_at, box_state, state, look_at, confirmed_at,
                                              withdrawn_at, vapid_public)
            SELECT $1, $2, 'push', $3, $4, $5, $6, $7, 'ticked_by_shopper', 'confirmed', clock_timestamp(), $7,
                   (SELECT max(w.withdrawn_at) FROM notify.withdrawals AS w
                     WHERE w.site_id = $1 AND w.channel = 'push' AND w.recipient_index IN ($3, '')
                       AND w.visitor_id IN ($2, '')), $8
             WHERE NOT EXISTS (SELECT FROM notify.bindings AS later
                                WHERE later.site_id = $1 AND later.visitor_id = $2 AND later.channel = 'push'
                                  AND later.given_at > $7)
                ON CONFLICT (site_id, visitor_id, channel, recipient_index) DO UPDATE
               SET box = excluded.box, consent_event_id = excluded.consent_event_id, given_at = excluded.given_at,
                   confirmed_at = excluded.confirmed_at, vapid_public = excluded.vapid_public
             WHERE b.given_at < excluded.given_at AND b.consent_event_id <> excluded.consent_event_id
            RETURNING true
            """,
            event.site_id,
            event.visitor_id,
            event.subscription.index,
            event.subscription.kind.value,
            event.subscription.box,
            event.event_id,
            event.occurred_at,
            event.vapid_public,
        )
        if stored is not None:
            await self._forget_older(event)
        return stored is not None

    async def _forget_older(self, event: PushSubscribed) -> None:
        await self._tx.execute(
            """
            DELETE FROM notify.bindings
             WHERE site_id = $1 AND visitor_id = $2 AND channel = 'push' AND recipient_index <> $3 AND given_at <= $4
            """,
            event.site_id,
            event.visitor_id,
            event.subscription.index,
            event.occurred_at,
        )

    async def unsubscribe(self, site_id: UUID, visitor_id: str, index: str | None, at: datetime, cause: UUID) -> None:
        """Withdraw one subscription of a browser, or all. Received now, it is later than what was there."""
        first = await self._tx.fetchval(
            """
            INSERT INTO notify.withdrawals AS w (site_id, visitor_id, channel, recipient_index, withdrawn_at, event_id)
            VALUES ($1, $2, 'push', $3, $4, $5)
                ON CONFLICT (site_id, channel, recipient_index, visitor_id) DO UPDATE
               SET withdrawn_at = greatest(w.withdrawn_at, excluded.withdrawn_at), event_id = excluded.event_id
             WHERE w.event_id IS DISTINCT FROM excluded.event_id
            RETURNING true
            """,
            site_id,
            visitor_id,
            index or EVERY_SUBSCRIPTION,
            at,
            cause,
        )
        if first is None:
            return
        await self._tx.execute(
            """
            UPDATE notify.bindings SET withdrawn_at = greatest(withdrawn_at, $4, confirmed_at + interval '1 ms')
             WHERE site_id = $1 AND visitor_id = $2 AND channel = 'push' AND $3 IN (recipient_index, '')
            """,
            site_id,
            visitor_id,
            index or EVERY_SUBSCRIPTION,
            at,
        )

    async def forget(self, site_id: UUID, channel: str, index: str) -> None:
        """Delete the bindings of a subscription that its push service reports as gone."""
        await self._tx.execute(
            "DELETE FROM notify.bindings WHERE site_id = $1 AND channel = $2 AND recipient_index = $3", site_id, channel, index
        )
