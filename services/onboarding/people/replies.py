"""Replies that are no keyword: opened on request, and each opening recorded."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.storage.accounts import Site
from services.onboarding.storage.replies import Reply, ReplyStore
from shared.events.envelope import to_wire_time
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_secret, reply_name

KEPT = timedelta(days=60)
"""After that a reply is deleted."""
CANNOT_BE_OPENED = "This reply was sealed with a key that is gone. Nobody can read it any more."
WAYS = {"page": "on this page", "program": "by the API", "export": "for an export"}
SEPARATOR = "|"


class ReplyReader:
    """Opens replies. It records the opening in the same transaction: without the entry there is no text."""

    def __init__(self, keys: ReaderKeys) -> None:
        self._keys = keys

    async def open(self, tx: Transaction, who: SignedIn, site: Site, reply: Reply, way: str, now: datetime) -> str:
        """The text of a reply. That it was opened is recorded."""
        await ReplyStore(tx).note_opening(site.site_id, reply.reply_id, who.email, way, now)
        try:
            box = open_secret(self._keys, site.site_id, reply_name(reply.reply_id), reply.box)
        except CannotOpen:
            return CANNOT_BE_OPENED
        return box.decode(errors="replace")

    async def open_all_of(
        self, tx: Transaction, who: SignedIn, site: Site, indexes: Sequence[str], now: datetime
    ) -> list[dict[str, Any]]:
        """Everything that a person wrote, for the file that they may ask for."""
        return [
            {"received_at": to_wire_time(reply.received_at), "text": await self.open(tx, who, site, reply, "export", now)}
            for reply in await ReplyStore(tx).of_recipients(site.site_id, indexes)
        ]


def cursor_of(reply: Reply) -> str:
    """The cursor behind this reply, with microseconds, as the database compares them."""
    return f"{reply.received_at.isoformat()}{SEPARATOR}{reply.reply_id}"


def parse_cursor(text: str) -> tuple[datetime, UUID] | None:
    """The cursor in a text; None for the beginning, and for a text that is no cursor."""
    moment, _, reply_id = text[:100].partition(SEPARATOR)
    try:
        at, last = datetime.fromisoformat(moment), UUID(reply_id)
    except ValueError:
        return None
    return None if at.tzinfo is None else (at, last)
