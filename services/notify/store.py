"""What notify remembers, by subject; one store for each transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notify.store_attempts import AttemptStore
from services.notify.store_consents import ConsentStore
from services.notify.store_erasure import erase
from services.notify.store_nudges import NudgeStore
from services.notify.store_recipients import RecipientStore
from shared.events.envelope import Event
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime.holds import EVERY_SITE, standing_hold
from shared.runtime.outbox import put
from shared.runtime.postgres import Transaction
from shared.runtime.tables import Tables

TABLES = Tables("notify")


@dataclass(frozen=True)
class Standing:
    """What keeps a site silent right now."""

    paused: bool
    held: bool

    @property
    def reason(self) -> Reason | None:
        """What it is called on a timeline."""
        if self.paused:
            return Reason.PAUSED
        return Reason.ON_HOLD if self.held else None


class Store:
    """The SQL store. It neither opens nor commits its transaction."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.attempts = AttemptStore(tx)
        self.consents = ConsentStore(tx)
        self.nudges = NudgeStore(tx)
        self.recipients = RecipientStore(tx)

    async def emit(self, events: Sequence[Event]) -> None:
        """These leave when the transaction commits."""
        await put(self.tx, TABLES, events)

    async def put_site(self, settings: SiteConfigured) -> None:
        """Keep the highest revision, with its boxed secrets: only this service can open its own."""
        await self.tx.execute(
            """
            INSERT INTO notify.sites AS s (site_id, account_id, revision, settings) VALUES ($1, $2, $3, $4)
                ON CONFLICT (site_id) DO UPDATE
               SET account_id = excluded.account_id, revision = excluded.revision, settings = excluded.settings
             WHERE s.revision < excluded.revision
            """,
            settings.site_id,
            settings.account_id,
            settings.revision,
            settings.model_dump_json(by_alias=True),
        )

    async def site(self, site_id: UUID) -> SiteConfigured | None:
        """The settings, None while none were read."""
        text = await self.tx.fetchval("SELECT settings FROM notify.sites WHERE site_id = $1", site_id)
        return None if text is None else SiteConfigured.model_validate_json(text)

    async def sites_of(self, account_id: UUID) -> list[UUID]:
        """The sites that share an account's suppressions."""
        rows = await self.tx.fetch("SELECT site_id FROM notify.sites WHERE account_id = $1 ORDER BY site_id", account_id)
        return [row["site_id"] for row in rows]

    async def put_pause(self, site_id: UUID, *, paused: bool, changed_at: datetime) -> None:
        """The latest word counts, whenever it arrives."""
        await self.tx.execute(
            """
            INSERT INTO notify.pauses AS p (site_id, paused, changed_at) VALUES ($1, $2, $3)
                ON CONFLICT (site_id) DO UPDATE SET paused = excluded.paused, changed_at = excluded.changed_at
             WHERE p.changed_at < excluded.changed_at
            """,
            site_id,
            paused,
            changed_at,
        )

    async def standing(self, site_id: UUID) -> Standing:
        """Paused by its merchant or by a global stop; held for a record that could not be read."""
        paused = await self.tx.fetchval(
            "SELECT coalesce(bool_or(paused), false) FROM notify.pauses WHERE site_id IN ($1, $2)", site_id, EVERY_SITE
        )
        return Standing(paused, await standing_hold(self.tx, TABLES, site_id) is not None)

    async def erase(self, site_id: UUID, visitor_id: str | None, index: str | None) -> list[tuple[UUID, UUID]]:
        """Forget a browser or a contact of a site. Returns the (nudge, cart) pairs that end by it."""
        return await erase(self.tx, site_id, visitor_id, index)
