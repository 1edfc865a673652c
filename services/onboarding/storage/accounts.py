"""All SQL about accounts, sessions and sites. What a request reads names its account; consumers name the site."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.onboarding.accounts.sessions import IDLE, LONGEST, SignedIn, is_alive
from shared.events.envelope import Event
from shared.events.settings import SiteConfigured
from shared.runtime.kafka.outbox import put
from shared.runtime.postgres.pool import Transaction
from shared.runtime.postgres.tables import Tables
from shared.runtime.security.sealing import Pepper

TABLES = Tables("onboarding")


@dataclass(frozen=True)
class Site:
    """A site of the account that asks. ``keeps_back``: a daily limit is met, and its merchant has not raised it since.

    ``stopped``: the operator has stopped all sending, of every site.
    """

    site_id: UUID
    settings: SiteConfigured
    paused: bool
    keeps_back: bool = False
    stopped: bool = False


class AccountStore:
    """Accounts, sessions, sites, settings."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def emit(self, events: Sequence[Event]) -> None:
        """Store events in the outbox; they leave once the transaction commits."""
        await put(self._tx, TABLES, events)

    async def add_account(self, account_id: UUID, email: str, password_hash: str, pepper: Pepper, now: datetime) -> bool:
        """Add an account. False where the address is taken."""
        added: bool | None = await self._tx.fetchval(
            """
            INSERT INTO onboarding.accounts (account_id, email, password_hash, pepper_id, pepper, created_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING RETURNING true
            """,
            account_id,
            email,
            password_hash,
            pepper.pepper_id,
            pepper.key,
            now,
        )
        return added is not None

    async def settings_of(self, site_id: UUID) -> SiteConfigured | None:
        """A site's settings for the services' own use: not for a request of an account."""
        text = await self._tx.fetchval("SELECT settings FROM onboarding.sites WHERE site_id = $1", site_id)
        return None if text is None else SiteConfigured.model_validate_json(text)

    async def lock_settings_of(self, site_id: UUID) -> SiteConfigured | None:
        """The same, locked for a change that an event brings."""
        text = await self._tx.fetchval("SELECT settings FROM onboarding.sites WHERE site_id = $1 FOR UPDATE", site_id)
        return None if text is None else SiteConfigured.model_validate_json(text)

    async def pepper_of(self, account_id: UUID) -> Pepper:
        """The account's key for indexes."""
        row = await self._tx.fetchrow("SELECT pepper_id, pepper FROM onboarding.accounts WHERE account_id = $1", account_id)
        assert row is not None, "who is signed in has an account"
        return Pepper(row["pepper_id"], row["pepper"])

    async def add_session(self, account_id: UUID, hashed: bytes, csrf_token: str, now: datetime) -> None:
        """Add a session, one for each sign-in: a token that somebody planted before is worth nothing. Ended ones go."""
        await self._tx.execute(
            "DELETE FROM onboarding.sessions WHERE account_id = $1 AND (created_at < $2 OR used_at < $3)",
            account_id,
            now - LONGEST,
            now - IDLE,
        )
        await self._tx.execute(
            """
            INSERT INTO onboarding.sessions (account_id, token_hash, csrf_token, created_at, used_at)
            VALUES ($1, $2, $3, $4, $4)
            """,
            account_id,
            hashed,
            csrf_token,
            now,
        )

    async def session(self, hashed: bytes, now: datetime) -> SignedIn | None:
        """Who bears this token, if its session still counts; this is recorded as its last use."""
        row = await self._tx.fetchrow(
            """
            SELECT s.account_id, a.email, s.csrf_token, s.created_at, s.used_at
              FROM onboarding.sessions AS s JOIN onboarding.accounts AS a ON a.account_id = s.account_id
             WHERE s.token_hash = $1
            """,
            hashed,
        )
        if row is None or not is_alive(row["created_at"], row["used_at"], now):
            return None
        await self._tx.execute("UPDATE onboarding.sessions SET used_at = $2 WHERE token_hash = $1", hashed, now)
        return SignedIn(row["account_id"], row["email"], row["csrf_token"])

    async def end_session(self, hashed: bytes) -> None:
        """End a session."""
        await self._tx.execute("DELETE FROM onboarding.sessions WHERE token_hash = $1", hashed)

    async def sites_of(self, account_id: UUID) -> list[Site]:
        """The account's sites, the oldest first."""
        rows = await self._tx.fetch(
            """
            SELECT s.site_id, s.settings, coalesce(p.paused, false) AS paused,
                   EXISTS (SELECT FROM onboarding.budgets_met AS b
                            WHERE b.site_id = s.site_id AND b.last_at > clock_timestamp() - interval '24 hours'
                              AND (b.raised_at IS NULL OR b.raised_at < b.last_at)) AS keeps_back,
                   EXISTS (SELECT FROM onboarding.global_stops AS g WHERE g.resumed_at IS NULL) AS stopped
              FROM onboarding.sites AS s LEFT JOIN onboarding.pauses AS p ON p.site_id = s.site_id
             WHERE s.account_id = $1 ORDER BY s.created_at
            """,
            account_id,
        )
        return [to_site(row) for row in rows]

    async def site_ids_of(self, account_id: UUID) -> list[UUID]:
        """The sites that share an account's indexes."""
        rows = await self._tx.fetch("SELECT site_id FROM onboarding.sites WHERE account_id = $1 ORDER BY site_id", account_id)
        return [row["site_id"] for row in rows]

    async def see_only(self, account_id: UUID) -> None:
        """From here to the end of the transaction, rows of other accounts' sites are not there (policies of 0003)."""
        await self._tx.execute("SELECT set_config('beckon.account_id', $1, true)", str(account_id))

    async def site_of(self, account_id: UUID, site_id: UUID) -> Site | None:
        """A site of this account; None for anybody else's."""
        row = await self._tx.fetchrow(
            """
            SELECT s.site_id, s.settings, coalesce(p.paused, false) AS paused,
                   EXISTS (SELECT FROM onboarding.budgets_met AS b
                            WHERE b.site_id = s.site_id AND b.last_at > clock_timestamp() - interval '24 hours'
                              AND (b.raised_at IS NULL OR b.raised_at < b.last_at)) AS keeps_back,
                   EXISTS (SELECT FROM onboarding.global_stops AS g WHERE g.resumed_at IS NULL) AS stopped
              FROM onboarding.sites AS s LEFT JOIN onboarding.pauses AS p ON p.site_id = s.site_id
             WHERE s.account_id = $1 AND s.site_id = $2
            """,
            account_id,
            site_id,
        )
        return None if row is None else to_site(row)

    async def lock_site(self, account_id: UUID, site_id: UUID) -> Site | None:
        """A site of this account, locked for a change; None for anybody else's."""
        row = await self._tx.fetchrow(
            """
            SELECT s.site_id, s.settings,
                   coalesce((SELECT p.paused FROM onboarding.pauses AS p WHERE p.site_id = s.site_id), false) AS paused,
                   EXISTS (SELECT FROM onboarding.budgets_met AS b
                            WHERE b.site_id = s.site_id AND b.last_at > clock_timestamp() - interval '24 hours'
                              AND (b.raised_at IS NULL OR b.raised_at < b.last_at)) AS keeps_back,
                   EXISTS (SELECT FROM onboarding.global_stops AS g WHERE g.resumed_at IS NULL) AS stopped
              FROM onboarding.sites AS s WHERE s.account_id = $1 AND s.site_id = $2 FOR UPDATE OF s
            """,
            account_id,
            site_id,
        )
        return None if row is None else to_site(row)

    async def put_settings(self, settings: SiteConfigured, now: datetime) -> None:
        """Store a revision and emit it. Its shop is due for a check: at another address, for other keys."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.sites (site_id, account_id, revision, settings, created_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (site_id) DO UPDATE SET revision = excluded.revision, settings = excluded.settings
            """,
            settings.site_id,
            settings.account_id,
            settings.revision,
            settings.model_dump_json(by_alias=True),
            now,
        )
        await self._tx.execute(
            """
            INSERT INTO onboarding.shop_watches AS w (site_id, due_at, open_until) VALUES ($1, $2, $2)
                ON CONFLICT (site_id) DO UPDATE SET due_at = least(w.due_at, excluded.due_at)
            """,
            settings.site_id,
            now,
        )
        await self.emit([settings])

    async def put_pause(self, site_id: UUID, *, paused: bool, now: datetime) -> None:
        """Store whether a site is paused, for the console alone: orders and notify receive the event."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.pauses (site_id, paused, changed_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET paused = excluded.paused, changed_at = excluded.changed_at
            """,
            site_id,
            paused,
            now,
        )


def to_site(row: asyncpg.Record) -> Site:
    """A row of onboarding.sites with its pause."""
    return Site(
        row["site_id"], SiteConfigured.model_validate_json(row["settings"]), row["paused"], row["keeps_back"], row["stopped"]
    )


def dump_event(event: Event) -> str:
    """An event as the timeline keeps it: without a reply's text, which is kept by itself and for less long."""
    return json.dumps(event.model_dump(mode="json", by_alias=True, exclude={"box"}))
