"""Consents and bindings in memory."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.notify.rules.bindings import Binding
from shared.events.storefront import ConsentGiven, PushSubscribed
from shared.runtime.clock import Clock
from tests.support.memory.notify_people import TICK, PeopleTables, key_of

ASKED_LONG_AGO = timedelta(days=30)


class MemoryConsents:
    """Consents, and the bindings that follow from them."""

    def __init__(self, tables: PeopleTables, clock: Clock) -> None:
        self._tables = tables
        self._clock = clock

    async def add_consent(self, event: ConsentGiven) -> Binding | None:
        if any((event.site_id, key) in self._tables.tombstones for key in (event.visitor_id, event.contact.index)):
            self._tables.receipts.add((event.site_id, event.event_id))
        if (event.site_id, event.event_id) in self._tables.receipts:
            return None
        self._tables.evidence.setdefault((event.site_id, event.event_id), event)
        fresh = self._fresh(event)
        known = self._tables.bindings.get(key_of(fresh))
        if known is not None:
            weakens = fresh.box_state == "pre_ticked" and known.box_state != "pre_ticked"
            if known.given_at >= fresh.given_at or weakens:
                return None
            fresh = replace(
                fresh,
                time_zone=fresh.time_zone or known.time_zone,
                state="new" if _may_be_asked_anew(known, fresh.given_at) else known.state,
                refused_reason=known.refused_reason,
                asked_at=known.asked_at,
                confirmed_at=known.confirmed_at,
                withdrawn_at=known.withdrawn_at,
            )
        self._tables.bindings[key_of(fresh)] = fresh
        self._tables.look_at[key_of(fresh)] = self._clock.now()
        return fresh

    def _fresh(self, event: ConsentGiven) -> Binding:
        channel, index = event.channel.value, event.contact.index
        places = [(event.site_id, visitor, channel, index) for visitor in (event.visitor_id, "")]
        withdrawn = [self._tables.withdrawals[place] for place in places if place in self._tables.withdrawals]
        return Binding(
            site_id=event.site_id,
            visitor_id=event.visitor_id,
            channel=channel,
            recipient_kind=event.contact.kind.value,
            recipient_index=index,
            box=event.contact.box,
            consent_event_id=event.event_id,
            given_at=event.occurred_at,
            time_zone=event.time_zone,
            box_state=event.box_state,
            state="new",
            refused_reason=None,
            asked_at=None,
            confirmed_at=None,
            withdrawn_at=max(withdrawn, default=None),
        )

    async def withdraw(
        self, site_id: UUID, visitor_id: str | None, channel: str, index: str, at: datetime, cause: UUID
    ) -> None:
        place = (site_id, visitor_id or "", channel, index)
        if self._tables.withdrawn_by.get(place) == cause:
            return
        self._tables.withdrawn_by[place] = cause
        self._tables.withdrawals[place] = max(self._tables.withdrawals.get(place, at), at)
        for key, binding in self._tables.bindings.items():
            if (key[0], key[2], key[3]) == (site_id, channel, index) and visitor_id in (None, key[1]):
                self._tables.bindings[key] = replace(binding, withdrawn_at=_latest_of(binding, at))

    async def subscribe(self, event: PushSubscribed) -> bool:
        fresh = self._subscribed(event)
        others = [key for key in self._tables.bindings if (key[0], key[1], key[2]) == (event.site_id, event.visitor_id, "push")]
        known = self._tables.bindings.get(key_of(fresh))
        if any(self._tables.bindings[key].given_at > fresh.given_at for key in others):
            return False
        if known is not None and (known.given_at >= fresh.given_at or known.consent_event_id == fresh.consent_event_id):
            return False
        for key in others:
            del self._tables.bindings[key]
        withdrawn_at = fresh.withdrawn_at if known is None else known.withdrawn_at
        self._tables.bindings[key_of(fresh)] = replace(fresh, withdrawn_at=withdrawn_at)
        return True

    def _subscribed(self, event: PushSubscribed) -> Binding:
        index = event.subscription.index
        places = [(event.site_id, visitor, "push", known) for visitor in (event.visitor_id, "") for known in (index, "")]
        withdrawn = [self._tables.withdrawals[place] for place in places if place in self._tables.withdrawals]
        return Binding(
            site_id=event.site_id,
            visitor_id=event.visitor_id,
            channel="push",
            recipient_kind=event.subscription.kind.value,
            recipient_index=index,
            box=event.subscription.box,
            consent_event_id=event.event_id,
            given_at=event.occurred_at,
            time_zone=None,
            box_state="ticked_by_shopper",
            state="confirmed",
            refused_reason=None,
            asked_at=None,
            confirmed_at=event.occurred_at,
            withdrawn_at=max(withdrawn, default=None),
            vapid_public=event.vapid_public,
        )

    async def unsubscribe(self, site_id: UUID, visitor_id: str, index: str | None, at: datetime, cause: UUID) -> None:
        place = (site_id, visitor_id, "push", index or "")
        if self._tables.withdrawn_by.get(place) == cause:
            return
        self._tables.withdrawn_by[place] = cause
        self._tables.withdrawals[place] = max(self._tables.withdrawals.get(place, at), at)
        for key, binding in self._tables.bindings.items():
            if key[:3] == (site_id, visitor_id, "push") and index in (None, key[3]):
                self._tables.bindings[key] = replace(binding, withdrawn_at=_latest_of(binding, at))

    async def forget(self, site_id: UUID, channel: str, index: str) -> None:
        for key in [key for key in self._tables.bindings if (key[0], key[2], key[3]) == (site_id, channel, index)]:
            del self._tables.bindings[key]

    async def binding(self, site_id: UUID, visitor_id: str | None, channel: str, index: str) -> Binding | None:
        return None if visitor_id is None else self._tables.bindings.get((site_id, visitor_id, channel, index))

    async def bindings_of(self, site_id: UUID, visitor_id: str) -> list[Binding]:
        return [binding for key, binding in self._tables.bindings.items() if key[:2] == (site_id, visitor_id)]

    async def set_binding(self, binding: Binding, state: str, reason: str | None, look_at: datetime | None) -> None:
        known = self._tables.bindings.get(key_of(binding))
        if known is not None:
            self._tables.bindings[key_of(binding)] = replace(known, state=state, refused_reason=reason)
            self._tables.held_by.pop(key_of(binding), None)
            if look_at is not None:
                self._tables.look_at[key_of(binding)] = look_at


def _latest_of(binding: Binding, at: datetime) -> datetime:
    noted = [moment + TICK for moment in (binding.asked_at, binding.confirmed_at) if moment is not None]
    return max([at, *noted, *([] if binding.withdrawn_at is None else [binding.withdrawn_at])])


def _may_be_asked_anew(known: Binding, given_at: datetime) -> bool:
    confirmed, withdrawn, asked = known.confirmed_at, known.withdrawn_at, known.asked_at
    match known.state:
        case "refused":
            return True
        case "confirmed":
            return confirmed is not None and withdrawn is not None and withdrawn >= confirmed
        case "asked":
            return asked is not None and asked < given_at - ASKED_LONG_AGO
        case _:
            return False
