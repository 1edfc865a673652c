"""Opting out by the link in a message."""

from datetime import datetime

from services.notify import events
from services.notify.http.links import Link
from services.notify.storage.protocols import Store


async def opt_out(store: Store, link: Link, now: datetime) -> None:
    """The link's holder is the recipient, or somebody the recipient gave it to: taking off harms nobody."""
    attempt = await store.attempts.lock_attempt(link.site.site_id, link.attempt_id)
    if attempt is None:
        return
    await store.recipients.lock(attempt.account_id, attempt.recipient_index)
    if await store.recipients.suppress(attempt.account_id, attempt.recipient_index, now):
        sites = await store.sites_of(attempt.account_id)
        cause = f"{link.attempt_id}.{now.isoformat()}"
        await store.emit([events.opted_out_event(site, attempt.recipient_index, cause, "link", now) for site in sites])
