"""SQL of the set-up: what was found on a shop's page, and links to the codes for who has no account."""

import json
from datetime import datetime
from uuid import UUID

from services.onboarding.shop_check import Findings, PageTrouble, WorkerState
from services.onboarding.shop_page import PageFindings, to_json
from shared.runtime.postgres import Transaction


class SetupStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def put_findings(self, site_id: UUID, findings: Findings, at: datetime) -> bool:
        """Keep the last look. True where it found something else than the one before."""
        text = json.dumps(
            {"trouble": findings.trouble, "page": to_json(findings.page), "worker": findings.worker}, sort_keys=True
        )
        before = await self._tx.fetchval("SELECT findings FROM onboarding.shop_checks WHERE site_id = $1", site_id)
        await self._tx.execute(
            """
            INSERT INTO onboarding.shop_checks (site_id, checked_at, findings) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET checked_at = excluded.checked_at, findings = excluded.findings
            """,
            site_id,
            at,
            text,
        )
        return bool(before != text)

    async def findings(self, site_id: UUID) -> Findings | None:
        """The last look, None where nobody has looked yet."""
        text = await self._tx.fetchval("SELECT findings FROM onboarding.shop_checks WHERE site_id = $1", site_id)
        if text is None:
            return None
        told = json.loads(text)
        page = PageFindings(**{**told["page"], "keys": tuple(told["page"]["keys"])})
        trouble, worker = told["trouble"], told["worker"]
        return Findings(trouble and PageTrouble(trouble), page, worker and WorkerState(worker))

    async def put_link(self, site_id: UUID, token_hash: bytes, expires_at: datetime) -> None:
        """The one link of a site; an earlier one ends."""
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
        """Nobody gets in by it any more."""
        await self._tx.execute("DELETE FROM onboarding.setup_links WHERE site_id = $1", site_id)

    async def has_link(self, site_id: UUID, now: datetime) -> bool:
        """A link is out."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM onboarding.setup_links WHERE site_id = $1 AND expires_at > $2)", site_id, now
        )
        return found

    async def site_of_link(self, token_hash: bytes, now: datetime) -> UUID | None:
        """Which site a link is for. It is known by the hash of its 256 random bits."""
        found: UUID | None = await self._tx.fetchval(
            "SELECT site_id FROM onboarding.setup_links WHERE token_hash = $1 AND expires_at > $2", token_hash, now
        )
        return found
