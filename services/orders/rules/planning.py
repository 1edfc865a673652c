"""Planning: the reminders of an abandonment, and until when each may go."""

from datetime import datetime, timedelta

from services.orders.rules.carts import Cart
from services.orders.rules.nudges import Nudge
from services.orders.rules.timers import Timer, TimerKind
from shared.events.envelope import Channel
from shared.events.identifiers import nudge_id_of
from shared.events.nudge import NudgedCart
from shared.events.settings import CampaignStep, SiteConfigured

SMS_WITHIN = timedelta(hours=48)
"""US carriers take one cart reminder within 48 hours of the abandonment (T-Mobile code of conduct, 2020, applied by all)."""
STEP_STANDS_FOR = timedelta(hours=48)
"""The end of a step without a legal one: a reminder that is two days late is of no use."""
SHOWN_ITEMS = 10


def plan(cart: Cart, site: SiteConfigured) -> list[Nudge]:
    """The nudges of an abandonment, one for each step. One due after its legal end is planned as well, and lapses: P4."""
    assert cart.abandoned_at is not None, "only an abandoned cart is planned for"
    return [_planned(cart, site.campaign.id, number, step) for number, step in enumerate(site.campaign.steps, start=1)]


def _planned(cart: Cart, campaign_id: str, number: int, step: CampaignStep) -> Nudge:
    assert cart.abandoned_at is not None, "only an abandoned cart is planned for"
    due_at = cart.abandoned_at + timedelta(seconds=step.delay_seconds)
    legal_end = cart.abandoned_at + SMS_WITHIN
    channels = step.channel_order
    if due_at > legal_end and set(channels) != {Channel.SMS}:
        channels = tuple(channel for channel in channels if channel is not Channel.SMS)
    return Nudge(
        site_id=cart.site_id,
        nudge_id=nudge_id_of(cart.cart_id, cart.abandonment, campaign_id, number),
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=cart.abandonment,
        campaign_id=campaign_id,
        step=number,
        channels=tuple(channel.value for channel in channels),
        due_at=due_at,
        not_after=legal_end if Channel.SMS in channels else due_at + STEP_STANDS_FOR,
    )


def timers_of(nudges: list[Nudge], now: datetime) -> list[Timer]:
    """The timer of each nudge: never in the past, where only the scan of each minute would find it."""
    return [Timer(nudge.site_id, TimerKind.NUDGE_DUE, nudge.nudge_id, max(nudge.due_at, now)) for nudge in nudges]


def nudged(cart: Cart) -> NudgedCart:
    """The part of a cart that a message may name; items that are not listed are counted."""
    more = sum(item.quantity for item in cart.items[SHOWN_ITEMS:]) + cart.unread_lines
    return NudgedCart(
        items=cart.items[:SHOWN_ITEMS],
        total=cart.total,
        return_path=cart.return_path,
        return_suffix=cart.return_suffix,
        more_items=more,
    )


def channels_of(nudge: Nudge) -> tuple[Channel, ...]:
    """The step's channels in their order."""
    return tuple(Channel(channel) for channel in nudge.channels)
