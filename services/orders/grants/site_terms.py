"""Loads what a site's settings and its merchant's orders say about an ask."""

from uuid import UUID

from services.orders.rules.granting import Terms
from services.orders.storage.protocols import Store
from shared.events.settings import SiteConfigured


async def terms_of(store: Store, site_id: UUID, recipient_index: str, site: SiteConfigured) -> Terms:
    """The terms under which this recipient may be written to now."""
    return Terms(
        mode=site.mode,
        is_test_recipient=recipient_index in site.test_recipients,
        paused=await store.sites.is_paused(site_id),
        held=await store.sites.is_held(site_id),
        needs_source=site.has_order_source,
        source_fresh_through=await store.sites.source_fresh_through(site_id),
    )
