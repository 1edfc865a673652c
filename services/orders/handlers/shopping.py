"""Handlers of carts and visits: fill, empty, come back. A whole batch at once, in whatever order it came."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from services.orders.handlers.closing import Change, store_changes
from services.orders.rules.carts import EXPIRES_AFTER, Cart, after_reports, visited
from services.orders.rules.timers import Timer, TimerKind
from services.orders.storage.protocols import Named, Store
from shared.events.envelope import Origin
from shared.events.storefront import CartUpdated, PageSeen
from shared.runtime import tracing

FIRST_EVALUATION = timedelta(seconds=1)

Visits = dict[tuple[UUID, str], datetime]


async def apply_shopping(events: Sequence[CartUpdated | PageSeen], store: Store, now: datetime) -> None:
    """Store carts after snapshots and visits. Whoever is in the shop has abandoned nothing; a back office opens no cart."""
    events = [event for event in events if event.origin is not Origin.BACK_OFFICE]
    reports = reports_by_cart(events)
    visits = newest_visits(events)
    known = {named(cart): cart for cart in await store.carts.lock(list(reports))}
    left = {named(cart): cart for cart in await store.carts.lock_abandoned(list(visits))}
    before = left | known
    changes = []
    for key in sorted(before.keys() | reports.keys()):
        after = after_reports(before.get(key), reports.get(key, ()))
        assert after is not None, "a cart is known, or has just been reported"
        seen_at = visits.get((after.site_id, after.visitor_id))
        changes.append(Change(before.get(key), after if seen_at is None else visited(after, seen_at)))
    await store_changes(store, changes, now)
    opened = [change.after for change in changes if change.opens]
    await store.nudges.arm([timer for cart in opened for timer in watch(cart, now, cause_of(reports.get(named(cart), ())))])


def named(cart: Cart) -> Named:
    """The site and the id of a cart."""
    return cart.site_id, cart.cart_id


def reports_by_cart(events: Sequence[CartUpdated | PageSeen]) -> dict[Named, list[CartUpdated]]:
    """The snapshots of each cart."""
    found: dict[Named, list[CartUpdated]] = {}
    for event in events:
        if isinstance(event, CartUpdated):
            found.setdefault((event.site_id, event.cart_id), []).append(event)
    return found


def newest_visits(events: Sequence[CartUpdated | PageSeen]) -> Visits:
    """When each visitor was last seen."""
    found: Visits = {}
    for event in events:
        key = (event.site_id, event.visitor_id)
        found[key] = max(found.get(key, event.occurred_at), event.occurred_at)
    return found


def cause_of(reports: Sequence[CartUpdated]) -> str | None:
    """The span of the first report of a cart, where that is traced."""
    return tracing.traceparent_of(report.event_id for report in reports)


def watch(cart: Cart, now: datetime, cause: str | None) -> list[Timer]:
    """The timers of a new cart, set once: one that fires too early is set again for the moment that counts."""
    return [
        Timer(cart.site_id, TimerKind.ABANDON, cart.cart_id, max(cart.last_active_at, now) + FIRST_EVALUATION, cause),
        Timer(cart.site_id, TimerKind.EXPIRE, cart.cart_id, max(cart.opened_at + EXPIRES_AFTER, now), cause),
    ]
