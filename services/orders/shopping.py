"""What a storefront event does to carts: filled, emptied, visited again."""

from datetime import datetime, timedelta

from services.orders.carts import EXPIRES_AFTER, Cart, CartState, first_seen, updated, visited
from services.orders.closing import close, resume
from services.orders.evidence import Sighting, key_of
from services.orders.store import Store
from services.orders.store_carts import Timer, TimerKind
from services.orders.store_evidence import VisitorSeen
from shared.events.envelope import Origin
from shared.events.storefront import CartUpdated, ConsentGiven, PageSeen, ShopperIdentified

FIRST_LOOK = timedelta(seconds=1)


async def apply_visit(event: PageSeen, store: Store, now: datetime) -> None:
    """A browser is in the shop: its abandoned carts are open again. In the back office it is only remembered as staff's."""
    back_office = event.origin is Origin.BACK_OFFICE
    await store.evidence.see_visitors([VisitorSeen(event.site_id, event.visitor_id, event.occurred_at, back_office)])
    if back_office:
        return
    for cart in await store.carts.lock_living_carts(event.site_id, [event.visitor_id]):
        await _store_visited(cart, visited(cart, event.occurred_at), store, now)


async def _store_visited(before: Cart, after: Cart, store: Store, now: datetime) -> None:
    if before.state is CartState.ABANDONED and after.state is CartState.OPEN:
        await resume(store, after, now)
        await _watch(after, store)
    elif after != before:
        await store.carts.put_cart(after)


async def apply_cart(event: CartUpdated, store: Store, now: datetime) -> None:
    """A whole cart was reported. The back office opens none."""
    if event.origin is Origin.BACK_OFFICE:
        return
    await store.evidence.see_visitors([VisitorSeen(event.site_id, event.visitor_id, event.occurred_at, False)])
    if event.shop_cart is not None:
        key = key_of(event.shop_cart.kind.value, event.shop_cart.index)
        await store.evidence.add_sightings(event.site_id, [Sighting(event.visitor_id, key, event.occurred_at)])
    before = await store.carts.lock_cart(event.site_id, event.cart_id)
    after = first_seen(event) if before is None else updated(before, event)
    if before is not None and after == before:
        return
    if not after.state.living:
        await (store.carts.put_cart(after) if before is None or not before.state.living else close(store, after, now))
        return
    if before is not None and before.state is CartState.ABANDONED and after.state is CartState.OPEN:
        await resume(store, after, now)
    else:
        await store.carts.put_cart(after)
    await _watch(after, store)


async def _watch(cart: Cart, store: Store) -> None:
    """Timers are set once and lazily: when one fires too early it is set again for the moment that counts."""
    await store.carts.arm(
        [
            Timer(cart.site_id, TimerKind.ABANDON, cart.cart_id, cart.last_active_at + FIRST_LOOK),
            Timer(cart.site_id, TimerKind.EXPIRE, cart.cart_id, cart.opened_at + EXPIRES_AFTER),
        ]
    )


async def see_contact(event: ShopperIdentified | ConsentGiven, store: Store) -> None:
    """This browser named a contact. In the back office that binds nothing."""
    if event.origin is not Origin.BACK_OFFICE:
        key = key_of(event.contact.kind.value, event.contact.index)
        await store.evidence.add_sightings(event.site_id, [Sighting(event.visitor_id, key, event.occurred_at)])
