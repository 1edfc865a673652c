"""SQL of budgets: the questions that were counted, and the orders by which their number grows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.notify.rules.bindings import Binding
from services.notify.storage.recipient_protocols import AnswersSent
from shared.events.budgets import Budget
from shared.events.envelope import SealedContact
from shared.events.storefront import ConsentGiven
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.postgres.pool import Transaction


class SqlBudgets:
    """It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self, account_id: UUID) -> None:
        """One question of an account is counted at a time. Always taken after the recipient's lock."""
        await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", f"{account_id}|budgets")

    async def client_of(self, site_id: UUID, consent_event_id: UUID) -> SealedContact | None:
        """The sealed address from which a consent was given."""
        text = await self._tx.fetchval(
            "SELECT evidence FROM notify.consents WHERE site_id = $1 AND event_id = $2", site_id, consent_event_id
        )
        return None if text is None else ConsentGiven.model_validate_json(text).ip

    async def uses(self, account_id: UUID, key: str, within: timedelta) -> int:
        """Questions that were counted under a key. What provably was not sent was not spent."""
        counted: int = await self._tx.fetchval(
            """
            SELECT count(*) FROM notify.budget_uses AS u
             WHERE u.account_id = $1 AND u.key = $2 AND u.used_at > clock_timestamp() - $3::interval
               AND EXISTS (SELECT FROM notify.attempts AS a
                            WHERE a.site_id = u.site_id AND a.kind = 'question' AND a.cause = u.consent_event_id::text
                              AND a.state <> 'not_sent')
            """,
            account_id,
            key,
            within,
        )
        return counted

    async def add_uses(self, account_id: UUID, site_id: UUID, keys: Iterable[str], consent_event_id: UUID) -> None:
        """Count a question; asked again for the same consent it counts once."""
        await self._tx.execute(
            """
            INSERT INTO notify.budget_uses AS u (account_id, site_id, key, consent_event_id, used_at)
            SELECT $1, $2, k.key, $4, clock_timestamp() FROM UNNEST($3::text[]) AS k (key)
                ON CONFLICT (account_id, key, consent_event_id) DO UPDATE SET used_at = excluded.used_at
            """,
            account_id,
            site_id,
            list(keys),
            consent_event_id,
        )

    async def messages_in_a_day(self, account_id: UUID, site_id: UUID | None, most: int) -> int:
        """Texts of any kind that an account's carriers have, or may have, within 24 hours, and those that ask for a grant.

        Of one site where it is named; counted up to ``most``.
        """
        counted: int = await self._tx.fetchval(
            """
            SELECT count(*) FROM (
                SELECT FROM notify.attempts
                 WHERE account_id = $1 AND ($2::uuid IS NULL OR site_id = $2) AND channel = 'sms'
                   AND called_at > clock_timestamp() - interval '24 hours' AND state IN ('calling', 'accepted', 'unresolved')
                UNION ALL
                SELECT FROM notify.attempts
                 WHERE account_id = $1 AND ($2::uuid IS NULL OR site_id = $2) AND channel = 'sms'
                   AND state = 'prepared' AND kind IN ('reminder', 'question')
                 LIMIT $3) AS spent
            """,
            account_id,
            site_id,
            most,
        )
        return counted

    async def answers(self, account_id: UUID, site_id: UUID, index: str, meaning: str) -> AnswersSent:
        """Answers of one kind to a number. What provably was not sent is none."""
        row = await self._tx.fetchrow(
            """
            SELECT count(*) FILTER (WHERE opened_at > clock_timestamp() - interval '24 hours') AS today,
                   count(*) FILTER (WHERE opened_at > clock_timestamp() - interval '24 hours' AND site_id = $2) AS here_today,
                   count(*) AS ever
              FROM notify.attempts
             WHERE account_id = $1 AND recipient_index = $3 AND kind = 'acknowledgement' AND state <> 'not_sent'
               AND starts_with(cause, $4)
            """,
            account_id,
            site_id,
            index,
            f"{meaning}:",
        )
        assert row is not None, "a count is one row"
        return AnswersSent(**dict(row))

    async def raised(self, account_id: UUID, site_id: UUID) -> dict[Budget, int]:
        """The budgets that their merchant raised, of a site and of its account, while that lasts."""
        rows = await self._tx.fetch(
            """
            SELECT budget, most FROM notify.raised_budgets
             WHERE account_id = $1 AND site_id IN ($2, $3) AND until > clock_timestamp()
            """,
            account_id,
            site_id,
            EVERY_SITE,
        )
        return {Budget(row["budget"]): row["most"] for row in rows}

    async def raise_budget(self, account_id: UUID, site_id: UUID | None, budget: Budget, most: int, until: datetime) -> None:
        """Only ever up while it lasts: the raises of two sites of one account may be applied in either order."""
        await self._tx.execute(
            """
            INSERT INTO notify.raised_budgets AS r (account_id, site_id, budget, most, until) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (account_id, site_id, budget) DO UPDATE
               SET most = CASE WHEN r.until > clock_timestamp() THEN greatest(r.most, excluded.most) ELSE excluded.most END,
                   until = greatest(r.until, excluded.until)
            """,
            account_id,
            site_id or EVERY_SITE,
            budget.value,
            most,
            until,
        )

    async def hold_back(self, binding: Binding, budget: Budget) -> None:
        """By which budget an opt-in is kept back."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET held_by = $5
             WHERE site_id = $1 AND visitor_id = $2 AND channel = $3 AND recipient_index = $4
            """,
            binding.site_id,
            binding.visitor_id,
            binding.channel,
            binding.recipient_index,
            budget.value,
        )

    async def release(self, site_ids: Sequence[UUID], budget: Budget, within: timedelta) -> None:
        """Evaluate again what this budget keeps back, and emit anew where it still does: young opt-ins, and reminders."""
        await self._tx.execute(
            """
            UPDATE notify.bindings SET state = 'new', look_at = clock_timestamp(), refused_reason = NULL, held_by = NULL
             WHERE site_id = ANY($1::uuid[]) AND held_by = $2 AND state IN ('new', 'refused')
               AND refused_reason = 'over_budget' AND given_at > clock_timestamp() - $3::interval
            """,
            list(site_ids),
            budget.value,
            within,
        )
        await self._tx.execute(
            """
            UPDATE notify.nudges SET look_at = clock_timestamp(), told_reason = NULL
             WHERE site_id = ANY($1::uuid[]) AND state = 'queued' AND told_reason = 'over_budget'
            """,
            list(site_ids),
        )

    async def note_order(self, site_id: UUID, order_id: str) -> None:
        """Count an order that the shop's server reported; repeated, it changes nothing."""
        await self._tx.execute(
            """
            INSERT INTO notify.verified_orders (site_id, order_hash, told_at) VALUES ($1, $2, clock_timestamp())
                ON CONFLICT DO NOTHING
            """,
            site_id,
            sha256(order_id.encode()).hexdigest(),
        )

    async def orders(self, site_id: UUID, within: timedelta) -> int:
        """How many different orders the shop's server reported within this time."""
        counted: int = await self._tx.fetchval(
            "SELECT count(*) FROM notify.verified_orders WHERE site_id = $1 AND told_at > clock_timestamp() - $2::interval",
            site_id,
            within,
        )
        return counted
