"""Protocols of the store for asks, sites, reports, personal data and erasures; ``protocols.py`` has the rest."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.orders.rules.attribution import Sent
from services.orders.rules.erasure import Subject
from services.orders.rules.evidence import Sighting, Tombstone
from services.orders.rules.granting import Ask
from services.orders.rules.opt_in import Question, QuestionAsk
from shared.events.envelope import CartItem
from shared.events.settings import SiteConfigured
from shared.events.storefront import OrderReported
from shared.runtime.security.sealed_answers import Rows


class Asks(Protocol):
    """Asks and the markers they wait for."""

    async def add(self, asks: Sequence[tuple[Ask | QuestionAsk, int]], now: datetime) -> None:
        """Keep asks, each with its partition of storefront-events; a repeated one stays as it is."""
        ...

    async def lock_open(self, site_id: UUID, attempt_id: str, marker_id: str) -> Ask | QuestionAsk | None:
        """An ask that waits for this marker, if the marker was applied. A failover may have lost the marker's row."""
        ...

    async def close(self, site_id: UUID, attempt_id: str, answer: str, now: datetime) -> None:
        """Close an ask: it has its answer, or was dropped."""
        ...

    async def newest_try(self, site_id: UUID, subject_id: UUID) -> int:
        """The highest try that has asked for this nudge, or for the question of this consent; 0 without any."""
        ...

    async def has_open(self, site_id: UUID, nudge_id: UUID, since: datetime) -> bool:
        """Whether an ask since then may still be answered."""
        ...

    async def lock_question(self, site_id: UUID, consent_event_id: UUID, now: datetime) -> Question:
        """The question for one tick, due since its first ask, held until the transaction ends."""
        ...

    async def put_question(self, question: Question) -> None:
        """Write a question that was locked."""
        ...

    async def pass_markers(self, markers: Sequence[tuple[UUID, str]], now: datetime) -> None:
        """Record, in the transaction that applied them, that everything before these markers is applied."""
        ...


class Sites(Protocol):
    """Settings and actions of merchants, and suppressed recipients."""

    async def put(self, settings: SiteConfigured) -> None:
        """Keep the settings of the highest revision."""
        ...

    async def get(self, site_id: UUID) -> SiteConfigured | None:
        """The settings of a site, None while none were read."""
        ...

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        """Apply a pause or its end in the order of the log. A repeat changes nothing: a global stop is in every partition."""
        ...

    async def is_paused(self, site_id: UUID) -> bool:
        """Whether a site is paused, by its merchant or by a global stop."""
        ...

    async def is_held(self, site_id: UUID) -> bool:
        """Whether a site is held: a record of it could not be applied."""
        ...

    async def put_source_sync(self, site_id: UUID, source: str, synced_through: datetime) -> None:
        """Record up to when a polled source has reported all orders; it never goes back."""
        ...

    async def source_fresh_through(self, site_id: UUID) -> datetime | None:
        """The moment up to which every polled source has reported all orders."""
        ...

    async def suppress(self, account_id: UUID, recipient_index: str) -> None:
        """Suppress a recipient for an account."""
        ...

    async def is_suppressed(self, account_id: UUID, recipient_index: str) -> bool:
        """Whether a recipient is suppressed for an account."""
        ...

    async def control_arm(self, account_id: UUID, recipient_index: str, *, drawn: bool, now: datetime) -> bool:
        """The arm that was drawn for this recipient within 30 days; ``drawn`` is stored where none was."""
        ...


class Reports(Protocol):
    """Order reports, followed links and accepted reminders: the input of attribution."""

    async def add(self, reports: Sequence[tuple[OrderReported, UUID]]) -> set[UUID]:
        """Keep reports, each with the key of its order. Returns the ids of those that are new."""
        ...

    async def counts(self, orders: Sequence[tuple[UUID, UUID]], most: int) -> dict[tuple[UUID, UUID], int]:
        """How many reports are kept of each order, by site and key, counted no further than ``most``."""
        ...

    async def of_order(self, site_id: UUID, order_key: UUID) -> list[OrderReported]:
        """All reports of one order."""
        ...

    async def items_of(self, site_id: UUID, report_ids: Sequence[UUID]) -> dict[UUID, tuple[CartItem, ...]]:
        """The items that these reports name as bought, by their ids; without those that named nothing."""
        ...

    async def orders_near(self, site_id: UUID, keys: Sequence[str], since: datetime, until: datetime) -> list[UUID]:
        """The orders of that time of which a report named one of these keys: a bounded number."""
        ...

    async def add_followed(self, site_id: UUID, link_id: str, visitor_id: str, followed_at: datetime) -> bool:
        """Record a followed link, each moment once. Returns whether a reminder went out with it: anybody may name others."""
        ...

    async def add_accepted(self, site_id: UUID, attempt_id: str, link_id: str | None, sent: Sent) -> None:
        """Record that a carrier accepted a reminder."""
        ...

    async def is_accepted(self, site_id: UUID, cart_id: UUID, nudge_id: UUID) -> bool:
        """Whether a carrier accepted the reminder of this nudge, which is of this cart."""
        ...

    async def sent_to(self, site_id: UUID, visitor_ids: Sequence[str], cart_ids: Sequence[UUID]) -> list[Sent]:
        """The accepted reminders of these carts, and those whose link one of these visitors followed, once for each time."""
        ...

    async def named_with(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        """The keys that reports named together with one of these: a bounded number."""
        ...


class PersonData(Protocol):
    """Reads of what is kept of a person whom the evidence has named."""

    async def reports_naming(self, site_id: UUID, keys: Sequence[str]) -> list[OrderReported]:
        """The reports of orders that named one of these keys, the newest first: a bounded number."""
        ...

    async def sightings_of(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting] | None:
        """The sightings of these browsers; None where they are more than the bound."""
        ...

    async def collect(self, site_id: UUID, visitor_ids: Sequence[str], contacts: Sequence[str]) -> dict[str, Rows]:
        """What is kept of these browsers and contacts, by what it is: bounded lists, the newest first."""
        ...

    async def is_suppressed(self, site_id: UUID, contacts: Sequence[str]) -> bool:
        """Whether one of these contacts is suppressed for the account."""
        ...


class Erasures(Protocol):
    """What an erasure deletes, and what it leaves."""

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        """False for an event of an erasure that was applied before."""
        ...

    async def staff_among(self, site_id: UUID, visitor_ids: Sequence[str]) -> frozenset[str]:
        """The browsers among these that were seen in the back office."""
        ...

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, stones: Sequence[Tombstone], now: datetime) -> None:
        """Store tombstones, which silence from now on; until ``mark`` older events may still be unread."""
        ...

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        """Record that everything older than this erasure is applied, and erased."""
        ...

    async def is_named_anew(self, site_id: UUID, visitor_id: str, key: str) -> bool:
        """Whether an erased browser, or one that named what was, has named this key since, in the order of the log."""
        ...

    async def forget_messages(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Delete what notify had emitted of them: asks, confirmations from handsets, links that were sent."""
        ...

    async def forget_nudged(self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str]) -> None:
        """Delete whom nudges were for; they keep their ends. The arms that were drawn for these recipients are deleted."""
        ...

    async def forget_reported(self, site_id: UUID, subject: Subject) -> None:
        """Delete what the shop's events hold of them. Withdrawals stay: they are indexes, and silence."""
        ...
