"""The end of carts: whether one was bought, as far as orders and identities go, and what is stored and emitted then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.orders.events import cancelled_event, closed_event, resumed_event
from services.orders.rules.cart_history import lines_of
from services.orders.rules.carts import EXPIRES_AFTER, Cart, CartState, bought
from services.orders.rules.echoes import MOST_PURCHASES, find_echo, recent_purchases
from services.orders.rules.evidence import Bought, Finding, Neighbourhood, find_silence, silencing_keys, visitor_key
from services.orders.rules.nudges import Nudge, cancelled
from services.orders.storage.protocols import Named, Store
from shared.events.reasons import Reason


@dataclass(frozen=True)
class Change:
    """A cart before and after; ``before`` is None for one that was not known."""

    before: Cart | None
    after: Cart

    @property
    def ends(self) -> bool:
        """Whether a living cart has ended. One that was empty from the first never began."""
        return self.before is not None and self.before.state.living and not self.after.state.living

    @property
    def resumes(self) -> bool:
        """Whether its shopper came back."""
        return self.before is not None and self.before.state is CartState.ABANDONED and self.after.state is CartState.OPEN

    @property
    def opens(self) -> bool:
        """Whether it is open and was not: a timer has to watch it."""
        return self.after.state is CartState.OPEN and (self.before is None or self.before.state is not CartState.OPEN)


async def store_changes(store: Store, changes: Sequence[Change], now: datetime) -> None:
    """Store carts, emit which of them ended or were resumed, and end their steps that are not yet due."""
    changed = [change for change in changes if change.after != change.before]
    await store.carts.put([change.after for change in changed])
    over = {_named(change.after): change.after for change in changed if change.ends or change.resumes}
    if not over:
        return
    ended = [change.after for change in changed if change.ends]
    resumed = [change.after for change in changed if change.resumes]
    await store.emit([*(closed_event(cart, now) for cart in ended), *(resumed_event(cart, now) for cart in resumed)])
    # A step that is due already ends by its ask, or by its time.
    planned = await store.nudges.lock_planned(list(over))
    await end_unasked(store, [(nudge, _why(over[nudge.site_id, nudge.cart_id])) for nudge in planned], now)


async def close(store: Store, before: Cart, after: Cart, now: datetime) -> None:
    """Store a cart that has ended."""
    await store_changes(store, [Change(before, after)], now)


async def end_unasked(store: Store, nudges: Sequence[tuple[Nudge, Reason]], now: datetime) -> None:
    """End nudges for which nobody had asked."""
    await store.nudges.put([cancelled(nudge, reason) for nudge, reason in nudges])
    await store.emit([cancelled_event(nudge, reason, now) for nudge, reason in nudges])


def _named(cart: Cart) -> Named:
    return cart.site_id, cart.cart_id


def _why(cart: Cart) -> Reason:
    return Reason.SHOPPER_RETURNED if cart.state.living else Reason(cart.state.value)


async def silence_of(cart: Cart, store: Store) -> Finding | None:
    """The reason for which nobody may be reminded of this cart, as far as orders and identities go; None without one."""
    return await _silence_within(await store.evidence.neighbourhood(cart.site_id, cart.visitor_id), cart, store)


async def close_bought(carts: Sequence[Cart], store: Store, now: datetime) -> None:
    """End those of these carts that were bought. What is known around a visitor is read once for all of their carts."""
    around: dict[tuple[UUID, str], Neighbourhood] = {}
    changes = []
    for cart in carts:
        key = (cart.site_id, cart.visitor_id)
        if key not in around:
            around[key] = await store.evidence.neighbourhood(*key)
        if isinstance(finding := await _silence_within(around[key], cart, store), Bought):
            changes.append(Change(cart, bought(cart, finding.report_id, certain=finding.certain)))
    await store_changes(store, changes, now)


async def _silence_within(around: Neighbourhood, cart: Cart, store: Store) -> Finding | None:
    return find_silence(cart.opened_at, around) or await _echo_of(cart, around, store)


async def _echo_of(cart: Cart, around: Neighbourhood, store: Store) -> Finding | None:
    recent = recent_purchases(cart, around)
    if not recent:
        return None
    if len(recent) > MOST_PURCHASES:
        return find_echo(cart, around, (), {})  # so many decide without what was bought
    since = recent[0].until - EXPIRES_AFTER
    others = await store.carts.opened_since(cart.site_id, _visitors(around), since)
    ordered = await store.reports.items_of(cart.site_id, [purchase.report_id for purchase in recent])
    return find_echo(cart, around, others, {report_id: lines_of(items) for report_id, items in ordered.items()})


def _visitors(around: Neighbourhood) -> list[str]:
    """Returns the visitor, and those around it whose carts count as the same person's."""
    keys = silencing_keys(around)
    near = {around.visitor_id} | {sighting.visitor_id for sighting in around.sightings}
    return sorted(visitor for visitor in near if visitor_key(visitor) in keys)
