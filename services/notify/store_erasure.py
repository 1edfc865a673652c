"""SQL of an erasure: a subject's rows go; that it was suppressed stays, as an index alone."""

from uuid import UUID

from shared.runtime.postgres import Transaction


async def erase(tx: Transaction, site_id: UUID, visitor_id: str | None, index: str | None) -> list[tuple[UUID, UUID]]:
    """Delete what is known of a browser or a contact in a site. Returns the (nudge, cart) that end by it.

    An attempt keeps its row, which the promise of "never twice" needs, without its text.
    """
    found = await tx.fetch(
        """
        WITH gone AS (
            SELECT nudge_id, cart_id, state FROM notify.nudges
             WHERE site_id = $1 AND due <> '' AND (visitor_id = $2 OR visitor_id IN (
                   SELECT b.visitor_id FROM notify.bindings AS b WHERE b.site_id = $1 AND b.recipient_index = $3))
               FOR UPDATE
        )
        UPDATE notify.nudges AS n SET state = 'ended', due = ''
          FROM gone WHERE n.site_id = $1 AND n.nudge_id = gone.nudge_id
        RETURNING gone.nudge_id, gone.cart_id, gone.state
        """,
        site_id,
        visitor_id,
        index,
    )
    await _forget(tx, site_id, visitor_id, index)
    return [(row["nudge_id"], row["cart_id"]) for row in found if row["state"] != "ended"]


async def _forget(tx: Transaction, site_id: UUID, visitor_id: str | None, index: str | None) -> None:
    """A contact's browsers lose their push subscriptions too: those are the same person's."""
    rows = await tx.fetch(
        "SELECT DISTINCT visitor_id FROM notify.bindings WHERE site_id = $1 AND recipient_index = $2", site_id, index
    )
    browsers = [row["visitor_id"] for row in rows]
    await tx.execute(
        """
        DELETE FROM notify.bindings
         WHERE site_id = $1 AND (visitor_id = $2 OR recipient_index = $3 OR (channel = 'push' AND visitor_id = ANY($4::text[])))
        """,
        site_id,
        visitor_id,
        index,
        browsers,
    )
    await tx.execute(
        "DELETE FROM notify.consents WHERE site_id = $1 AND (visitor_id = $2 OR recipient_index = $3)",
        site_id,
        visitor_id,
        index,
    )
    await tx.execute(
        """
        DELETE FROM notify.links AS l USING notify.attempts AS a
         WHERE l.site_id = $1 AND a.site_id = $1 AND a.attempt_id = l.attempt_id
           AND (a.visitor_id = $2 OR a.recipient_index = $3 OR (a.channel = 'push' AND a.visitor_id = ANY($4::text[])))
        """,
        site_id,
        visitor_id,
        index,
        browsers,
    )
    await _silence_attempts(tx, site_id, visitor_id, index, browsers)


async def _silence_attempts(
    tx: Transaction, site_id: UUID, visitor_id: str | None, index: str | None, browsers: list[str]
) -> None:
    await tx.execute(
        """
        UPDATE notify.attempts SET state = CASE WHEN state = 'prepared' THEN 'not_sent' ELSE state END, body = NULL
         WHERE site_id = $1 AND (visitor_id = $2 OR recipient_index = $3 OR (channel = 'push' AND visitor_id = ANY($4::text[])))
        """,
        site_id,
        visitor_id,
        index,
        browsers,
    )
