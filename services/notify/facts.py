"""Loads what the rules need to know about a recipient."""

from services.notify.bindings import Binding, RecipientFacts
from services.notify.country import region_of
from services.notify.quiet_hours import candidate_zones
from services.notify.stores import Store
from shared.events.envelope import ContactKind, SealedContact
from shared.events.nudge import NudgeDue
from shared.events.settings import SiteConfigured
from shared.runtime.sealing import ReaderKeys, open_contact


async def recipient_facts(
    store: Store, binding: Binding, due: NudgeDue, site: SiteConfigured, keys: ReaderKeys
) -> RecipientFacts:
    """Everything about the recipient of one binding, read in the caller's transaction. Raises ``CannotOpen``."""
    number = number_of(binding, keys)
    return RecipientFacts(
        binding=binding,
        suppression=await store.recipients.suppression(site.account_id, binding.recipient_index),
        sent_in_a_day=await store.attempts.sent_in_a_day(site.account_id, binding.recipient_index),
        sent_for_cart=await store.attempts.sent_for_cart(due.site_id, due.cart_id, binding.channel),
        zones=zones_of(binding, site, number),
        region=region_of(number),
    )


def number_of(binding: Binding, keys: ReaderKeys) -> str:
    """The number itself; it goes no further than the rules about its country and zone. Raises ``CannotOpen``."""
    contact = SealedContact(kind=ContactKind(binding.recipient_kind), index=binding.recipient_index, box=binding.box)
    return open_contact(keys, binding.site_id, contact)


def zones_of(binding: Binding, site: SiteConfigured, number: str) -> frozenset[str]:
    """Every zone the recipient may be in; the shop's own only where nothing else is known."""
    zones = candidate_zones(number, [binding.time_zone or ""])
    return zones or candidate_zones(number, [site.time_zone])
