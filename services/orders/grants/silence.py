"""Why a cart is silent: the facts around it, loaded for the rules of ``evidence.py`` and ``echoes.py``."""

from services.orders.rules.abandonment import EXPIRES_AFTER
from services.orders.rules.cart_history import lines_of
from services.orders.rules.carts import Cart
from services.orders.rules.echoes import find_echo, recent_purchases
from services.orders.rules.evidence import Finding, Neighbourhood, find_silence, silencing_keys, visitor_key
from services.orders.storage.protocols import Store


async def silence_of(cart: Cart, store: Store) -> Finding | None:
    """The reason for which nobody may be reminded of this cart, as far as orders and identities go; None without one."""
    around = await store.evidence.neighbourhood(cart.site_id, cart.visitor_id)
    return find_silence(cart.opened_at, around) or await _echo_of(cart, around, store)


async def _echo_of(cart: Cart, around: Neighbourhood, store: Store) -> Finding | None:
    recent = recent_purchases(cart, around)
    if not recent:
        return None
    since = recent[0].until - EXPIRES_AFTER
    others = await store.carts.opened_since(cart.site_id, _visitors(around), since)
    ordered = await store.reports.items_of(cart.site_id, [purchase.report_id for purchase in recent])
    return find_echo(cart, around, others, {report_id: lines_of(items) for report_id, items in ordered.items()})


def _visitors(around: Neighbourhood) -> list[str]:
    """The visitor, and those around it whose carts count as the same person's."""
    keys = silencing_keys(around)
    near = {around.visitor_id} | {sighting.visitor_id for sighting in around.sightings}
    return sorted(visitor for visitor in near if visitor_key(visitor) in keys)
