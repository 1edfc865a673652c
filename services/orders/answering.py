"""One answer, in one transaction: load the facts behind the barrier, decide, store and tell."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from services.orders.carts import Cart
from services.orders.evidence import find_silence
from services.orders.granting import (
    RETRY_SECONDS,
    Answer,
    Ask,
    Cancelled,
    Facts,
    Granted,
    Postponed,
    Terms,
    Withheld,
    answer,
)
from services.orders.store import TABLES, Store
from services.orders.store_carts import Nudge, NudgeState
from shared.events.envelope import Event
from shared.events.identifiers import derived_event_id
from shared.events.nudge import NudgeCancelled, NudgeGranted, NudgePostponed, NudgeWithheld
from shared.events.reasons import Reason
from shared.runtime.holds import standing_hold
from shared.runtime.postgres import Transaction


async def answer_ask(
    tx: Transaction,
    site_id: UUID,
    attempt_id: str,
    marker_id: str,
    now: datetime,
    store_of: Callable[[Transaction], Store] = Store,
) -> Answer | None:
    """Answer an ask that waited for this marker. None where there is nothing (any more) to answer."""
    store = store_of(tx)
    ask = await store.asks.lock_open_ask(site_id, attempt_id, marker_id)
    if ask is None:
        return None
    nudge = await store.carts.lock_nudge(site_id, ask.nudge_id)
    await store.asks.close_ask(site_id, attempt_id)
    if nudge is None or ask.try_number < nudge.newest_try:
        return None  # a newer attempt of this nudge has asked: the older one has lapsed
    given = final_answer_of(nudge) or answer(ask, await load_facts(store, ask, nudge, now))
    await store.carts.put_nudge(after(nudge, given, attempt_id))
    await store.emit([told(ask, nudge, given, now)])
    return given


def final_answer_of(nudge: Nudge) -> Answer | None:
    """What every later ask of a finished nudge is told again."""
    reason = Reason(nudge.final_reason) if nudge.final_reason is not None else Reason.OTHER
    match nudge.state:
        case NudgeState.WITHHELD:
            return Withheld(reason)
        case NudgeState.CANCELLED | NudgeState.LAPSED | NudgeState.ENDED:
            return Cancelled(reason)
        case NudgeState.PLANNED | NudgeState.DUE | NudgeState.GRANTED:
            return None
        case _:
            assert_never(nudge.state)


async def load_facts(store: Store, ask: Ask, nudge: Nudge, now: datetime) -> Facts:
    """Everything that the answer depends on, with the cart's row locked."""
    cart = await store.carts.lock_cart(ask.site_id, ask.cart_id)
    finding = None
    if cart is not None:
        around = await store.evidence.neighbourhood(ask.site_id, cart.visitor_id)
        finding = find_silence(cart.opened_at, around)
    return Facts(
        cart=cart,
        finding=finding,
        withdrawn=await store.evidence.is_withdrawn(ask.site_id, ask.channel, ask.recipient_index, ask.visitor_id)
        or not _own(cart, ask),
        terms=await _load_terms(store, ask, now),
        abandonment=nudge.abandonment,
        due_at=nudge.due_at,
        not_after=nudge.not_after,
        now=now,
    )


def _own(cart: Cart | None, ask: Ask) -> bool:
    """A cart is nudged only on a channel bound to its own visitor."""
    return cart is None or cart.visitor_id == ask.visitor_id


async def _load_terms(store: Store, ask: Ask, now: datetime) -> Terms | None:
    site = await store.asks.site(ask.site_id)
    if site is None:
        return None
    settings = site.settings
    drawn = draws_control(site.account_id, ask.recipient_index, now, settings.control_share)
    arm = (
        await store.asks.control_arm(site.account_id, ask.recipient_index, drawn, now) if settings.control_share > 0 else False
    )
    return Terms(
        mode=settings.mode,
        in_control_group=arm,
        is_test_recipient=ask.recipient_index in settings.test_recipients,
        paused=await store.asks.is_paused(ask.site_id),
        held=await standing_hold(store.tx, TABLES, ask.site_id) is not None,
        needs_source=settings.has_order_source,
        source_fresh_through=await store.asks.source_fresh_through(ask.site_id),
    )


def draws_control(account_id: UUID, recipient_index: str, now: datetime, share: float) -> bool:
    """A draw that a repeated ask on the same day repeats; the stored arm then holds for 30 days."""
    digest = hashlib.sha256(f"{account_id}|{recipient_index}|{now:%Y-%m-%d}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share


def after(nudge: Nudge, given: Answer, attempt_id: str) -> Nudge:
    """The nudge once the answer is stored."""
    match given:
        case Granted():
            return replace(nudge, state=NudgeState.GRANTED, granted_attempt=attempt_id)
        case Withheld(reason):
            return replace(nudge, state=NudgeState.WITHHELD, final_reason=reason.value)
        case Cancelled(reason):
            state = nudge.state if final_answer_of(nudge) is not None else NudgeState.CANCELLED
            return replace(nudge, state=state, final_reason=reason.value)
        case Postponed(reason):
            return replace(nudge, last_reason=reason.value)
        case _:
            assert_never(given)


def told(ask: Ask, nudge: Nudge, given: Answer, now: datetime) -> Event:
    """The answer as an event. Its id follows from the attempt: an answer that is told twice is one."""
    match given:
        case Granted():
            return NudgeGranted(**_common(ask, "nudge.granted", now), attempt_id=ask.attempt_id)
        case Withheld(reason):
            return NudgeWithheld(**_common(ask, "nudge.withheld", now), attempt_id=ask.attempt_id, reason=reason)
        case Cancelled(reason):
            common = _common(ask, "nudge.cancelled", now)
            return NudgeCancelled(**common, step=nudge.step, attempt_id=ask.attempt_id, reason=reason)
        case Postponed(reason):
            common = _common(ask, "nudge.postponed", now)
            return NudgePostponed(**common, attempt_id=ask.attempt_id, reason=reason, retry_after_seconds=RETRY_SECONDS)
        case _:
            assert_never(given)


def _common(ask: Ask, event_type: str, now: datetime) -> dict[str, object]:
    return {
        "event_id": derived_event_id(ask.attempt_id, event_type),
        "site_id": ask.site_id,
        "occurred_at": now,
        "received_at": now,
        "nudge_id": ask.nudge_id,
        "cart_id": ask.cart_id,
    }
