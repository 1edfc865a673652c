"""SQL of the set-up: what ingest noticed of a shop, what was found on its pages, and links to the codes without an account."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.onboarding.setup.checklist import Seen
from services.onboarding.shop_pages.findings import CodeHistory, Findings, PageError, WorkerState, history_after
from services.onboarding.shop_pages.page_histories import PageHistory, from_json, pages_after
from services.onboarding.shop_pages.page_histories import to_json as to_json_of_pages
from services.onboarding.shop_pages.shop_page import PageFindings, to_json
from services.onboarding.storage.accounts import dump_event
from services.onboarding.storage.pointings import PointingStore
from services.onboarding.storage.statements import StatementStore
from shared.events.settings import SiteConfigured
from shared.events.signals import SiteSignalled
from shared.runtime.postgres.pool import Transaction


class SetupStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def seen(self, site_id: UUID, now: datetime) -> Seen:
        """The facts that the checklist is derived from."""
        return Seen(
            signals=await self.signals(site_id),
            findings=await self.findings(site_id),
            now=now,
            history=await self.code_history(site_id),
            pages=await self.pages(site_id),
            statements=await StatementStore(self._tx).latest(site_id),
            pointed_at=await PointingStore(self._tx).changed_at(site_id),
        )

    async def put_signal(self, event: SiteSignalled) -> None:
        """Store a signal as the latest of its kind, and how often it came.

        Confirmations without an order are counted since the last order, unread fields of a server's orders since a day
        without any.
        """
        await self._tx.execute(
            """
            INSERT INTO onboarding.signals AS s (site_id, kind, last_at, count, sample) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (site_id, kind) DO UPDATE
               SET last_at = greatest(s.last_at, excluded.last_at), sample = excluded.sample,
                   count = excluded.count + CASE
                       WHEN s.kind = 'confirmation_without_order'
                            AND s.last_at < (SELECT o.last_at FROM onboarding.signals AS o
                                              WHERE o.site_id = s.site_id AND o.kind = 'order_seen') THEN 0
                       WHEN s.kind = 'server_field_unread' AND s.last_at < excluded.last_at - interval '1 day' THEN 0
                       ELSE s.count END
            """,
            event.site_id,
            event.kind.value,
            event.occurred_at,
            event.count,
            dump_event(event),
        )

    async def signals(self, site_id: UUID) -> dict[str, dict[str, Any]]:
        """What ingest noticed, by kind."""
        rows = await self._tx.fetch("SELECT kind, last_at, count, sample FROM onboarding.signals WHERE site_id = $1", site_id)
        return {
            row["kind"]: {"last_at": row["last_at"], "count": row["count"], "sample": json.loads(row["sample"])} for row in rows
        }

    async def put_findings(self, site: SiteConfigured, findings: Findings, at: datetime) -> bool:
        """Store a check, and what it means for the code's history. True where it shows something else than before."""
        text = json.dumps(
            {"trouble": findings.error, "page": to_json(findings.page), "worker": findings.worker}, sort_keys=True
        )
        row = await self._lock_check(site.site_id)
        before = None if row is None else to_history(row)
        history = history_after(before, site, findings, at)
        known = () if row is None else from_json(json.loads(row["pages"]))
        pages = pages_after(known, findings.further, site.hosts[0], at)
        await self._tx.execute(
            """
            INSERT INTO onboarding.shop_checks (site_id, checked_at, findings, code_host, code_seen_at, code_gone_at, pages)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (site_id) DO UPDATE
               SET checked_at = excluded.checked_at, findings = excluded.findings, code_host = excluded.code_host,
                   code_seen_at = excluded.code_seen_at, code_gone_at = excluded.code_gone_at,
                   pages = excluded.pages
            """,
            site.site_id,
            at,
            text,
            history.host,
            history.seen_at,
            history.gone_at,
            json.dumps(to_json_of_pages(pages)),
        )
        return (
            row is None
            or bool(row["findings"] != text)
            or before is None
            or before.gone_at != history.gone_at
            or shown_of(known) != shown_of(pages)
        )

    async def _lock_check(self, site_id: UUID) -> asyncpg.Record | None:
        """The last check of a site, held until the transaction ends."""
        return await self._tx.fetchrow(
            """
            SELECT findings, code_host, code_seen_at, code_gone_at, pages
              FROM onboarding.shop_checks WHERE site_id = $1 FOR UPDATE
            """,
            site_id,
        )

    async def pages(self, site_id: UUID) -> tuple[PageHistory, ...]:
        """What checks have found of the code on the shop's further pages."""
        text = await self._tx.fetchval("SELECT pages FROM onboarding.shop_checks WHERE site_id = $1", site_id)
        return () if text is None else from_json(json.loads(text))

    async def code_history(self, site_id: UUID) -> CodeHistory | None:
        """What checks have found of the code so far; None before the first."""
        row = await self._tx.fetchrow(
            "SELECT code_host, code_seen_at, code_gone_at FROM onboarding.shop_checks WHERE site_id = $1", site_id
        )
        return None if row is None else to_history(row)

    async def findings(self, site_id: UUID) -> Findings | None:
        """The last check; None before the first."""
        text = await self._tx.fetchval("SELECT findings FROM onboarding.shop_checks WHERE site_id = $1", site_id)
        if text is None:
            return None
        kept = json.loads(text)
        page = PageFindings(**{**kept["page"], "keys": tuple(kept["page"]["keys"])})
        error, worker = kept["trouble"], kept["worker"]
        return Findings(error and PageError(error), page, worker and WorkerState(worker))

    async def put_link(self, site_id: UUID, token_hash: bytes, expires_at: datetime) -> None:
        """Store the one link of a site; an earlier one ends."""
        await self._tx.execute(
            """
            INSERT INTO onboarding.setup_links (site_id, token_hash, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at
            """,
            site_id,
            token_hash,
            expires_at,
        )

    async def end_link(self, site_id: UUID) -> None:
        """End the link of a site."""
        await self._tx.execute("DELETE FROM onboarding.setup_links WHERE site_id = $1", site_id)

    async def has_link(self, site_id: UUID, now: datetime) -> bool:
        """Whether a link of the site is out."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM onboarding.setup_links WHERE site_id = $1 AND expires_at > $2)", site_id, now
        )
        return found

    async def site_of_link(self, token_hash: bytes, now: datetime) -> UUID | None:
        """The site that a link is for, found by the hash of its 256 random bits; None where there is none."""
        found: UUID | None = await self._tx.fetchval(
            "SELECT site_id FROM onboarding.setup_links WHERE token_hash = $1 AND expires_at > $2", token_hash, now
        )
        return found


def to_history(row: asyncpg.Record) -> CodeHistory | None:
    """The columns of onboarding.shop_checks about the code; None for a check from before there were such columns."""
    host = row["code_host"]
    return None if host is None else CodeHistory(host, row["code_seen_at"], row["code_gone_at"])


def shown_of(pages: Iterable[PageHistory]) -> list[tuple[str, bool, bool]]:
    """The part of findings that a merchant is shown."""
    return [(page.path, page.seen_at is not None, page.gone_at is not None) for page in pages]
