"""Loads what the rules need about a recipient."""

from services.notify.quiet_hours import candidate_zones
from services.notify.rules import Binding, RecipientFacts
from services.notify.store import Store
from shared.events.envelope import ContactKind, SealedContact
from shared.events.nudge import NudgeDue
from shared.events.settings import SiteConfigured
from shared.runtime.sealing import ReaderKeys, open_contact


async def recipient_facts(
    store: Store, binding: Binding, due: NudgeDue, site: SiteConfigured, keys: ReaderKeys
) -> RecipientFacts:
    """Everything about the recipient of one binding, read in the caller's transaction."""
    suppressed_at, lifted_at = await store.consents.suppression(site.account_id, binding.recipient_index)
    in_a_day, for_cart = await store.attempts.sent_counts(site.account_id, binding.recipient_index, due.site_id, due.cart_id)
    number = number_of(binding, keys)
    return RecipientFacts(
        binding=binding,
        suppressed_at=suppressed_at,
        suppression_lifted_at=lifted_at,
        sent_in_a_day=in_a_day,
        sent_for_cart=for_cart,
        zones=zones_of(binding, site, number),
        is_north_american=number.startswith("+1"),
    )


def number_of(binding: Binding, keys: ReaderKeys) -> str:
    """The number itself; it goes no further than the rule about its zone."""
    contact = SealedContact(kind=ContactKind(binding.recipient_kind), index=binding.recipient_index, box=binding.box)
    return open_contact(keys, binding.site_id, contact)


def zones_of(binding: Binding, site: SiteConfigured, number: str) -> frozenset[str]:
    """Every zone the recipient may be in; the shop's own only where nothing else is known."""
    zones = candidate_zones(number, [binding.time_zone or ""])
    return zones or frozenset({site.time_zone})
