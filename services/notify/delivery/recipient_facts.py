"""The facts about a recipient that the rules take, loaded from the store."""

from datetime import datetime

from services.notify.delivery.routes import Routes
from services.notify.rules.bindings import Binding, RecipientFacts
from services.notify.rules.country import region_of
from services.notify.rules.opt_in import ASK_WITHIN
from services.notify.rules.quiet_hours import candidate_zones
from services.notify.storage.protocols import Store
from shared.events.envelope import Channel
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured


async def recipient_facts(
    store: Store, binding: Binding, due: NudgeDue, site: SiteConfigured, routes: Routes
) -> RecipientFacts | None:
    """Everything about the recipient of one binding, read in the caller's transaction. None for one that cannot be opened."""
    opened = routes.open(binding)
    if opened is None:
        return None
    is_phone = binding.channel == Channel.SMS
    route = routes.find(site, binding)
    return RecipientFacts(
        binding=binding,
        suppression=await store.recipients.suppression(site.account_id, binding.recipient_index),
        sent_in_a_day=await store.attempts.sent_in_a_day(site.account_id, binding.recipient_index),
        sent_for_cart=await store.attempts.sent_for_cart(due.site_id, due.cart_id, binding.channel),
        zones=zones_of(binding, site, opened) if is_phone else frozenset(),
        region=region_of(opened) if is_phone else None,
        no_route=route if isinstance(route, Reason) else None,
    )


def zones_of(binding: Binding, site: SiteConfigured, number: str) -> frozenset[str]:
    """Every zone the recipient may be in; the shop's own only where nothing else is known."""
    zones = candidate_zones(number, [binding.time_zone or ""])
    return zones or candidate_zones(number, [site.time_zone])


async def contested(store: Store, binding: Binding, site: SiteConfigured, now: datetime) -> bool:
    """Whether another browser competes for this number: its tick may be the one that the handset's owner remembers."""
    visitor_id, index = binding.visitor_id, binding.recipient_index
    return await store.recipients.is_contested(site.account_id, binding.site_id, visitor_id, index, now - ASK_WITHIN)
