"""Observe mode: what would have gone out, and to whom nothing would have been written, from a cart's own events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.messages.rendering import NothingToRender, ReminderFields, question, render

OBSERVED_TYPES = (
    "nudge.due",
    "message.prepared",
    "nudge.withheld",
    "nudge.cancelled",
    "nudge.lapsed",
    "message.declined",
    "cart.closed",
    "opt_in.handled",
)
"""The events that ``observe`` reads."""
BOUGHT = ("bought", "bought_uncertain")


@dataclass(frozen=True)
class WouldSend:
    """A reminder that passed every rule and the last purchase check, and was held back for observing alone."""

    cart_id: UUID
    at: datetime
    step: int
    channel: str
    text: str
    bought_later: bool


@dataclass(frozen=True)
class WouldNot:
    """A cart that was left and would have got nothing, with the newest reason."""

    cart_id: UUID
    at: datetime
    reason: str


@dataclass(frozen=True)
class WouldAsk:
    """A shopper who ticked the box and would have been asked to answer YES, and what would have followed a YES.

    ``text`` is the reminder that would have gone out then; empty where none would have, for ``reason``.
    """

    cart_id: UUID
    at: datetime
    question: str
    step: int
    text: str
    reason: str | None
    bought_later: bool


def observe(
    cart_id: UUID, events: Sequence[tuple[datetime, dict[str, Any]]], site: SiteConfigured, link: str
) -> list[WouldSend | WouldNot | WouldAsk]:
    """What would have happened to a cart, from its events in the order of their arrival."""
    due = {event["nudge_id"]: event for _, event in events if event["type"] == "nudge.due"}
    channels = {event["nudge_id"]: event["channel"] for _, event in events if event["type"] == "message.prepared"}
    bought = any(event["type"] == "cart.closed" and event["outcome"] in BOUGHT for _, event in events)
    asked: list[WouldSend | WouldNot | WouldAsk] = [*would_ask(cart_id, events, site, link)]
    sent = [
        would_send(cart_id, at, due.get(event["nudge_id"], {}), channels.get(event["nudge_id"], "sms"), bought, site, link)
        for at, event in events
        if event["type"] == "nudge.withheld" and event["reason"] == Reason.OBSERVING
    ]
    if sent or asked:
        return [*sent, *asked]
    reasons = reasons_in(events)
    return [WouldNot(cart_id, *reasons[-1])] if reasons else []


def would_ask(
    cart_id: UUID, events: Sequence[tuple[datetime, dict[str, Any]]], site: SiteConfigured, link: str
) -> list[WouldAsk]:
    """The question that was held back for observing alone: once for a cart, with what an answer would have led to."""
    held = [at for at, event in events if event["type"] == "opt_in.handled" and event.get("reason") == Reason.OBSERVING]
    reasons = reasons_in(events)
    if not held or not (reasons or any(event["type"] == "nudge.due" for _, event in events)):
        return []
    due = next((event for _, event in events if event["type"] == "nudge.due" and "sms" in event.get("channels", ["sms"])), {})
    bought = any(event["type"] == "cart.closed" and event["outcome"] in BOUGHT for _, event in events)
    before_yes = {reason for _, reason in reasons if reason not in (Reason.NOT_CONFIRMED, Reason.OBSERVING, *BOUGHT)}
    in_the_way = next(iter(sorted(before_yes)), None)
    if not due and in_the_way is None:
        in_the_way = reasons[-1][1] if bought and reasons else Reason.NO_CHANNEL.value
    step = int(due.get("step", 1))
    items = sum(int(item["quantity"]) for item in due.get("cart", {}).get("items", []))
    text = text_of(step, items, site, link) if in_the_way is None else ""
    return [WouldAsk(cart_id, held[0], question(site.name), step, text, in_the_way, bought)]


def reasons_in(events: Sequence[tuple[datetime, dict[str, Any]]]) -> list[tuple[datetime, str]]:
    """Every reason for which nothing would go, and when it arrived."""
    return [(at, reason) for at, event in events if (reason := reason_in(event)) is not None]


def reason_in(event: dict[str, Any]) -> str | None:
    """Why nothing would go, by one event; None where it gives no reason. A bought cart gives its outcome."""
    match event["type"]:
        case "nudge.withheld" | "nudge.cancelled" | "nudge.lapsed" | "message.declined":
            return str(event["reason"])
        case "cart.closed" if event["outcome"] in BOUGHT:
            return str(event["outcome"])
        case _:
            return None


def would_send(
    cart_id: UUID, at: datetime, due: dict[str, Any], channel: str, bought: bool, site: SiteConfigured, link: str
) -> WouldSend:
    """The reminder that was held back, with its text as the campaign has it now."""
    step = int(due.get("step", 1))
    cart = due.get("cart", {})
    items = sum(int(item["quantity"]) for item in cart.get("items", [])) + int(cart.get("more_items", 0))
    return WouldSend(cart_id, at, step, channel, text_of(step, items, site, link) if channel == "sms" else "", bought)


def text_of(step: int, items: int, site: SiteConfigured, link: str) -> str:
    """The text message of a step; empty where the campaign has changed and there is none any more."""
    if step > len(site.campaign.steps):
        return ""
    try:
        return render(site.campaign.steps[step - 1].template, ReminderFields(site.name, items, link))
    except NothingToRender:
        return ""
