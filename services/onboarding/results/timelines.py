"""A cart's timeline: each event as a title and, where there is one, the reason as a text."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.onboarding.web.reason_texts import CREDITS, STATES, reason_text, witness_texts
from shared.events.envelope import to_wire_time
from shared.messages.counts import counted

_KINDS = {"reminder": "Reminder", "question": "Opt-in question", "acknowledgement": "Answer", "test": "Test message"}
_TITLES = {
    "cart.resumed": "The shopper came back to the cart",
    "nudge.due": "Reminder {step} is due",
    "nudge.granted": "No purchase found: the reminder may go out",
    "nudge.withheld": "Reminder held back",
    "nudge.postponed": "Reminder waits",
    "nudge.cancelled": "Reminder cancelled",
    "nudge.lapsed": "Reminder ended unsent",
    "question.granted": "No purchase found: the opt-in question may go out",
    "question.withheld": "Opt-in question held back",
    "question.postponed": "Opt-in question waits",
    "question.cancelled": "Opt-in question cancelled",
    "consent.recorded": "The shopper agreed to text messages",
    "message.prepared": "Checking for a purchase",
    "question.prepared": "Checking for a purchase before the opt-in question",
    "message.accepted": "{kind} sent to carrier",
    "message.delivered": "{kind} delivered",
    "message.failed": "{kind} not sent",
    "message.deferred": "Reminder waits",
    "message.declined": "Reminder not possible right now",
    "shopper.opted_out": "The shopper said STOP",
    "contact.confirmed": "The shopper answered YES",
    "contact.invalid": "The number cannot get messages",
    "reply.received": "The shopper wrote back",
    "test_code.received": "A phone sent a test code",
    "shopper.erased": "The shopper's data was erased",
    "nudges.erased": "The shopper's data was erased",
    "shopper_data.collected": "Asked for a person's data: carts and orders answered",
    "recipient_data.collected": "Asked for a person's data: messages answered",
    "recipient.erased": "The shopper's data was erased where messages are sent",
}
_ORDER_NUMBER = re.compile(r"(?=[^\d]{0,40}\d)#?[\w/ -]{1,40}", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. ``code`` and ``reason`` are for the API; people read ``title`` and ``sentence``."""

    at: datetime
    code: str
    title: str
    sentence: str
    reason: str | None


def entry_of(event: dict[str, Any], at: datetime) -> Entry:
    """Read one stored event."""
    reason = event.get("reason")
    if event["type"] == "message.unresolved" and event.get("given_up"):
        reason = "given_up"
    return Entry(at, event["type"], title_of(event), reason_text(reason) if reason else _more(event), reason)


def timeline_entry(entry: Entry) -> dict[str, Any]:
    """An entry as JSON."""
    return {
        "at": to_wire_time(entry.at),
        "type": entry.code,
        "title": entry.title,
        "sentence": entry.sentence,
        "reason": entry.reason,
    }


def title_of(event: dict[str, Any]) -> str:
    """The title of an event."""
    kind = _KINDS.get(str(event.get("kind")), "Message")
    match event["type"]:
        case "cart.abandoned":
            return "Cart abandoned"
        case "cart.closed":
            return f"Cart ended: {STATES.get(event['outcome'], 'Ended').lower()}"
        case "order.reconciled":
            return f"Order {order_number(event['order_id'])}: {event['status']}"
        case "message.unresolved":
            return f"{kind} unresolved, given up" if event["given_up"] else f"{kind}: waiting for the carrier's confirmation"
        case "opt_in.handled":
            return "Phone given: asked to answer YES" if event["outcome"] == "asked" else "Phone given: not asked"
        case other:
            return str(_TITLES.get(other, other)).format(kind=kind, step=event.get("step", ""))


def order_number(order_id: str | None) -> str:
    """An order's number as its shop counts, for people. One that holds words, which anybody may have sent, is not repeated."""
    if not order_id:
        return "without a number"
    return order_id if _ORDER_NUMBER.fullmatch(order_id) else "with a number that cannot be shown"


def _is_unsigned_link(event: dict[str, Any]) -> bool:
    return bool(event.get("verified")) and event.get("credit_verified") is False


def _more(event: dict[str, Any]) -> str:
    match event["type"]:
        case "order.reconciled":
            witnesses = witness_texts(event["witnesses"])
            by_browsers = " Only a browser linked it to the cart, so this is unconfirmed." if _is_unsigned_link(event) else ""
            return f"{CREDITS.get(event['credit'], '')}. Reported by: {witnesses}.{by_browsers}"
        case "cart.abandoned":
            read_by = f" Read by: {event['reader']}." if event.get("reader") else ""
            return f"{counted(len(event['planned']), 'reminder')} planned.{read_by}"
        case "consent.recorded" if event.get("wording"):
            return f"The words beside the box: “{event['wording']}”"
        case "reply.received":
            return "No keyword: read it under Replies."
        case _:
            return ""
