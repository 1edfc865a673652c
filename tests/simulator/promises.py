"""The promises, held against the whole history of a run. The rule of who is linked to whom is written here a second time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.envelope import Event, IdentityKind
from shared.events.message import MessageAccepted, MessageFailed, MessageUnresolved
from shared.events.nudge import NudgeCancelled, NudgeLapsed, NudgeWithheld
from shared.events.storefront import CartUpdated, ConsentGiven, OrderReported, ShopperIdentified
from tests.simulator.carrier import Call
from tests.simulator.log import Record

P1_SECONDS = 5.0


@dataclass(frozen=True)
class Reminder:
    """What an attempt was for."""

    nudge_id: UUID
    site_id: UUID
    cart_id: UUID
    visitor_id: str


@dataclass(frozen=True)
class Question:
    """The tick that an attempt asked about."""

    consent_event_id: str
    site_id: UUID
    visitor_id: str
    recipient_index: str


@dataclass(frozen=True)
class History:
    """What happened."""

    storefront: Sequence[Record]
    emitted: Sequence[Event]
    calls: Sequence[Call]
    reminders: dict[str, Reminder]
    causes: dict[str, str]
    """Of each attempt: the nudge, the consent of a question, or the action of a merchant."""
    questions: dict[str, Question]


def broken_promises(history: History) -> list[str]:
    """Each promise that was broken, in words; empty where all were kept."""
    return [*calls_after_orders(history), *questions_after_orders(history), *second_messages(history), *second_ends(history)]


def calls_after_orders(history: History) -> list[str]:
    """P1: no call starts more than 5 s after an order was acknowledged that is linked to the cart."""
    found = []
    for call in history.calls:
        reminder = history.reminders.get(call.attempt_id)
        if reminder is None:
            continue  # a question, or a merchant looks at their own phone
        if (order := silencing(known_at(history, call, reminder.site_id), reminder)) is not None:
            found.append(f"P1: called at {call.started_at:.2f} s for cart {reminder.cart_id} after order {order.event_id}")
    return found


def questions_after_orders(history: History) -> list[str]:
    """P1: no question is asked more than 5 s after an order since its tick was acknowledged that is linked to the browser."""
    found = []
    ticked_at = {str(record.event.event_id): record.event.occurred_at for record in history.storefront}
    for call in history.calls:
        question = history.questions.get(call.attempt_id)
        if question is None:
            continue
        known = known_at(history, call, question.site_id)
        since = ticked_at[question.consent_event_id]
        keys = keys_around(known, question.visitor_id)
        orders = [event for event in known if isinstance(event, OrderReported) and since <= event.silences_until]
        found += [
            f"P1: question asked at {call.started_at:.2f} s after order {order.event_id}"
            for order in orders
            if any((identity.kind, identity.index) in keys for identity in order.identities)
        ]
    return found


def known_at(history: History, call: Call, site_id: UUID) -> list[Event]:
    """What was acknowledged of a site early enough for a call to have heeded it."""
    before = call.started_at - P1_SECONDS
    return [record.event for record in history.storefront if record.durable_at < before and record.event.site_id == site_id]


def silencing(known: Iterable[Event], reminder: Reminder) -> OrderReported | None:
    """An order among these events, in the order of the log: reported after the cart, dated later, or repeated by it."""
    events = list(known)
    keys = keys_around(events, reminder.visitor_id)
    carts = [event for event in events if isinstance(event, CartUpdated)]
    shown = [event for event in carts if event.cart_id == reminder.cart_id]
    filled = [n for n, event in enumerate(events) if isinstance(event, CartUpdated) and event.cart_id == reminder.cart_id]
    if not filled:
        return None
    opened_at = min(events[n].occurred_at for n in filled)
    for n, event in enumerate(events):
        linked = isinstance(event, OrderReported) and any((i.kind, i.index) in keys for i in event.identities)
        if not isinstance(event, OrderReported) or not linked:
            continue
        if n > filled[0] or opened_at <= event.silences_until:
            return event  # whatever its clock shows
        if repeats(shown, carts, event.silences_until, keys):
            return event
    return None


def repeats(shown: Sequence[CartUpdated], carts: Sequence[CartUpdated], until: datetime, keys: set[tuple[str, str]]) -> bool:
    """Whether a cart was never seen to hold more than the carts that an order closed, nor to be filled after it."""
    opened = {cart.cart_id for cart in carts if cart.occurred_at <= until and (IdentityKind.VISITOR, cart.visitor_id) in keys}
    bought = [sum(item.quantity for item in cart.items) for cart in carts if cart.cart_id in opened]
    most = max(sum(item.quantity for item in cart.items) for cart in shown)
    return most <= max(bought, default=0) and all(cart.acted_at is None or cart.acted_at <= until for cart in shown)


def keys_around(events: Iterable[Event], visitor: str) -> set[tuple[str, str]]:
    """The browser, what it named, the browsers that named one of these, and all that they named."""
    named: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in events:
        if isinstance(event, ShopperIdentified | ConsentGiven):
            named[event.visitor_id].add((event.contact.kind.value, event.contact.index))
    own = named[visitor]
    near = {other for other, keys in named.items() if keys & own} | {visitor}
    own_keys = {(IdentityKind.VISITOR.value, other) for other in near}
    return own_keys.union(*(named[other] for other in near))


def second_messages(history: History) -> list[str]:
    """P2: of the calls for one nudge, for one number's question or for one press of a merchant's button, at most one was
    taken, or may have been.
    """
    maybe_taken = Counter(speech_of(history, call) for call in history.calls if call.taken or not call.refused)
    return [f"P2: {what} may have been taken {times} times" for what, times in maybe_taken.items() if times > 1]


def speech_of(history: History, call: Call) -> str:
    """What may go out once. A number gets one question, for whatever tick."""
    if (question := history.questions.get(call.attempt_id)) is not None:
        return f"question to {question.recipient_index}"
    return f"{'nudge' if call.attempt_id in history.reminders else 'test'} {history.causes[call.attempt_id]}"


def second_ends(history: History) -> list[str]:
    """A nudge has one end; repeated, it is the same."""
    ends: dict[UUID, set[str]] = defaultdict(set)
    for event in history.emitted:
        match event:
            case NudgeCancelled() | NudgeWithheld() | NudgeLapsed():
                ends[event.nudge_id].add(f"{event.type}:{event.reason}")
            case MessageAccepted(nudge_id=UUID() as nudge_id):
                ends[nudge_id].add(event.type)
            case MessageFailed(nudge_id=UUID() as nudge_id, final=True):
                ends[nudge_id].add(f"{event.type}:{event.reason}")
            case MessageUnresolved(nudge_id=UUID() as nudge_id, given_up=True):
                ends[nudge_id].add("given_up")
    return [f"ends: nudge {nudge} ended as {sorted(each)}" for nudge, each in ends.items() if len(each) > 1]
