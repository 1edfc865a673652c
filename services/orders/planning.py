"""Which reminders an abandonment plans, and until when each may go."""

from datetime import datetime, timedelta

from services.orders.carts import Cart
from services.orders.store_carts import Nudge, Timer, TimerKind
from shared.events.cart import CartAbandoned, PlannedNudge
from shared.events.envelope import Channel
from shared.events.identifiers import derived_event_id, nudge_id_of
from shared.events.nudge import NudgedCart, NudgeDue
from shared.events.settings import SiteConfigured

LEGAL_END = timedelta(hours=48)
"""US carriers take one cart reminder within 48 hours of the abandonment (T-Mobile code of conduct, 2020, applied by all)."""
SHOWN_ITEMS = 10


def plan(cart: Cart, site: SiteConfigured) -> list[Nudge]:
    """One nudge for each step of the campaign that falls within the legal time."""
    assert cart.abandoned_at is not None, "only an abandoned cart is planned for"
    end = cart.abandoned_at + LEGAL_END
    steps = enumerate(site.campaign.steps, start=1)
    return [
        Nudge(
            site_id=cart.site_id,
            nudge_id=nudge_id_of(cart.cart_id, cart.abandonment, site.campaign.id, number),
            cart_id=cart.cart_id,
            visitor_id=cart.visitor_id,
            abandonment=cart.abandonment,
            campaign_id=site.campaign.id,
            step=number,
            channels=tuple(channel.value for channel in step.channel_order),
            due_at=due_at,
            not_after=end,
        )
        for number, step in steps
        if (due_at := cart.abandoned_at + timedelta(seconds=step.delay_seconds)) < end
    ]


def timers_of(nudges: list[Nudge]) -> list[Timer]:
    """When to look at each nudge."""
    return [Timer(nudge.site_id, TimerKind.NUDGE_DUE, nudge.nudge_id, nudge.due_at) for nudge in nudges]


def told_abandoned(cart: Cart, nudges: list[Nudge], now: datetime) -> CartAbandoned:
    """The event: a planned nudge exists from here on."""
    assert cart.abandoned_at is not None, "only an abandoned cart is told of"
    return CartAbandoned(
        event_id=derived_event_id(cart.cart_id, "cart.abandoned", cart.abandonment),
        site_id=cart.site_id,
        occurred_at=cart.abandoned_at,
        received_at=now,
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=cart.abandonment,
        items=cart.items,
        total=cart.total,
        return_path=cart.return_path,
        opened_at=cart.opened_at,
        abandoned_at=cart.abandoned_at,
        planned=tuple(PlannedNudge(nudge_id=n.nudge_id, step=n.step, due_at=n.due_at, channels=channels_of(n)) for n in nudges),
    )


def told_due(nudge: Nudge, cart: Cart, now: datetime) -> NudgeDue:
    """The event that a step's time has come."""
    assert cart.abandoned_at is not None, "only an abandoned cart has a nudge"
    return NudgeDue(
        event_id=derived_event_id(nudge.nudge_id, "nudge.due"),
        site_id=nudge.site_id,
        occurred_at=nudge.due_at,
        received_at=now,
        nudge_id=nudge.nudge_id,
        cart_id=nudge.cart_id,
        visitor_id=nudge.visitor_id,
        campaign_id=nudge.campaign_id,
        step=nudge.step,
        channels=channels_of(nudge),
        abandoned_at=cart.abandoned_at,
        not_before=nudge.due_at,
        not_after=nudge.not_after,
        cart=NudgedCart(items=cart.items[:SHOWN_ITEMS], total=cart.total, return_path=cart.return_path),
    )


def channels_of(nudge: Nudge) -> tuple[Channel, ...]:
    """The step's channels in their order."""
    return tuple(Channel(channel) for channel in nudge.channels)
