"""The one writer of a STOP, whoever reports it: a reply, the link in a message, or the carrier."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.notify import events
from services.notify.storage.protocols import Store


async def opt_out(
    store: Store, account_id: UUID, index: str, cause: str, by: Literal["reply", "link", "carrier"], now: datetime
) -> bool:
    """Suppress a recipient and emit ``shopper.opted_out`` for each site of the account. False if suppressed already."""
    if not await store.recipients.suppress(account_id, index, now):
        return False
    sites = await store.sites_of(account_id)
    await store.emit([events.opted_out_event(site_id, index, cause, by, now) for site_id in sites])
    return True


async def opt_out_by_link(store: Store, site_id: UUID, attempt_id: str, now: datetime) -> None:
    """The link's holder is the recipient, or somebody the recipient gave it to: opting out harms nobody."""
    attempt = await store.attempts.lock_attempt(site_id, attempt_id)
    if attempt is None:
        return
    account_id, index = attempt.account_id, attempt.recipient_index
    await store.recipients.lock(account_id, index)
    await opt_out(store, account_id, index, f"{attempt_id}.{now.isoformat()}", "link", now)
