"""Protocols of the store that handlers and loops use. ``postgres.py`` implements them in PostgreSQL, tests in memory.

A store belongs to one transaction, which whoever made it opens and commits. Locks last until its end. Whoever takes several
takes them in this order: ask, question, cart, nudge, timer.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.orders.rules.carts import Cart
from services.orders.rules.evidence import Fence, Neighbourhood, Sighting, VisitorSeen
from services.orders.rules.nudges import Nudge
from services.orders.rules.timers import Timer
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from services.orders.storage.fact_protocols import Asks, Erasures, PersonData, Reports, Sites
from shared.events.envelope import Event

Named = tuple[UUID, UUID]
"""A site and the id of a cart or a nudge in it."""


@dataclass(frozen=True)
class ClaimedAsk:
    """An ask that waits for a marker. ``marker_site_id`` is the site that the marker bears, ``cause`` the span that asked."""

    site_id: UUID
    attempt_id: str
    marker_site_id: UUID
    cause: str | None = None


class Carts(Protocol):
    """Carts."""

    async def lock(self, carts: Sequence[Named]) -> list[Cart]:
        """The carts that exist, locked in the order of their ids."""
        ...

    async def lock_abandoned(self, visitors: Sequence[tuple[UUID, str]]) -> list[Cart]:
        """The abandoned carts of these visitors, given as site and visitor."""
        ...

    async def lock_living(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Cart]:
        """The open and abandoned carts of these visitors."""
        ...

    async def opened_before(self, site_id: UUID, visitor_id: str, moment: datetime) -> list[Cart]:
        """The latest carts of this visitor that were opened by then, not locked: a bounded number."""
        ...

    async def opened_since(self, site_id: UUID, visitor_ids: Sequence[str], since: datetime) -> list[Cart]:
        """The carts of these visitors opened since then, ended ones too, not locked: a bounded number, the latest first."""
        ...

    async def put(self, carts: Sequence[Cart]) -> None:
        """Write carts that were locked, or are new."""
        ...

    async def abandoned_before(
        self, site_id: UUID, visitor_ids: Sequence[str], moment: datetime, report_ids: Sequence[UUID]
    ) -> list[UUID]:
        """Carts of these visitors abandoned before then and not ended by any but these reports, the latest first."""
        ...

    async def erase(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        """Delete whose the carts of these visitors were, and their contents. All of them have ended."""
        ...


class Nudges(Protocol):
    """Nudges and timers."""

    async def get(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        """The nudge as it is now, not locked."""
        ...

    async def lock(self, site_id: UUID, nudge_id: UUID) -> Nudge | None:
        """Read a nudge and hold its row until the transaction ends."""
        ...

    async def lock_planned(self, carts: Sequence[Named]) -> list[Nudge]:
        """The steps of these carts that are not yet due."""
        ...

    async def put(self, nudges: Sequence[Nudge]) -> None:
        """Write nudges that were locked, or are new."""
        ...

    async def arm(self, timers: Sequence[Timer]) -> None:
        """Set timers; one that is set already stays as it is: when it fires, the state of that moment counts."""
        ...

    async def take(self, timer: Timer) -> bool:
        """Lock a timer, unless somebody else has it or it was set anew."""
        ...

    async def set_again(self, timer: Timer, due_at: datetime | None) -> None:
        """Move a timer that was taken; None removes it."""
        ...


class Evidence(Protocol):
    """Sets that only grow. Adding what is there already changes nothing."""

    async def add_sightings(self, sightings: Sequence[tuple[UUID, Sighting]]) -> None:
        """Add sightings, each with its site. The earliest moment of each is kept."""
        ...

    async def add_fences(self, fences: Sequence[tuple[UUID, Fence]]) -> None:
        """Add fences, each with its site."""
        ...

    async def see_visitors(self, seen: Sequence[VisitorSeen]) -> None:
        """Record visitors. The latest moment counts; once seen in the back office, always."""
        ...

    async def last_active(self, site_id: UUID, visitor_id: str) -> datetime | None:
        """The moment at which this visitor last did anything."""
        ...

    async def neighbourhood(self, site_id: UUID, visitor_id: str) -> Neighbourhood:
        """The neighbourhood of a visitor, as ``rules/evidence.py`` takes it."""
        ...

    async def visitors_around(self, site_id: UUID, visitor_ids: Sequence[str], keys: Sequence[str]) -> list[str]:
        """These visitors, those that named one of the keys, and those that share any key with them: a bounded number."""
        ...

    async def visitors_naming(self, site_id: UUID, keys: Sequence[str]) -> list[str]:
        """The visitors that named one of these keys."""
        ...

    async def visitors_confirming(self, site_id: UUID, recipient_indexes: Sequence[str]) -> list[str]:
        """The visitors for whom one of these numbers was confirmed from its handset: a bounded number."""
        ...

    async def named_by(self, site_id: UUID, visitor_ids: Sequence[str]) -> list[Sighting]:
        """What each of these visitors named last: a bounded number for each."""
        ...

    async def staff_among(self, site_id: UUID, visitors: Collection[str]) -> frozenset[str]:
        """The browsers among these that were seen in the back office."""
        ...

    async def add_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> None:
        """Add withdrawals beside confirmations: which is later decides, not which came last."""
        ...

    async def add_confirmations(self, confirmations: Sequence[Confirmation]) -> None:
        """Add confirmations. An event that was read before keeps its position, so its repeat lifts nothing."""
        ...

    async def add_opt_ins(self, opt_ins: Sequence[tuple[UUID, UUID]]) -> None:
        """Add ticks by site and consent. One that was read before keeps its position."""
        ...

    async def opt_in_position(self, site_id: UUID, consent_event_id: UUID) -> int | None:
        """The position of a tick among withdrawals and confirmations, None where it was not read."""
        ...

    async def consent_history(
        self, site_id: UUID, channel: str, recipient_index: str, visitor_id: str
    ) -> tuple[list[Withdrawal], list[Confirmation]]:
        """The withdrawals that bind this recipient or browser, and the confirmations of this binding."""
        ...


class Store(Protocol):
    """Everything, in one transaction."""

    @property
    def carts(self) -> Carts: ...
    @property
    def nudges(self) -> Nudges: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def asks(self) -> Asks: ...
    @property
    def sites(self) -> Sites: ...
    @property
    def reports(self) -> Reports: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def person_data(self) -> PersonData: ...

    async def emit(self, events: Sequence[Event]) -> None:
        """Store events in the outbox; they leave once the transaction commits."""
        ...


class Database(Protocol):
    """Transactions, and searches over all sites for work, as the loops use them."""

    def transaction(self) -> AbstractAsyncContextManager[Store]:
        """Leaving the block without an error means that the commit was confirmed."""
        ...

    def passes(self, error: BaseException) -> bool:
        """True for a failure that is waited for and tried again: the server is away, or two of us were in each other's way."""
        ...

    async def due_timers(self, floor: datetime, now: datetime, limit: int) -> list[Timer]:
        """The timers that are due, the longest first. ``floor`` spares the dead rows before it."""
        ...

    async def due_timers_in_turn(self, now: datetime, limit: int) -> list[Timer]:
        """The first due timer of each site, then the second of each."""
        ...

    async def partitions_with_asks(self) -> list[int]:
        """The partitions in which an ask waits for an answer and no marker is on its way."""
        ...

    async def claim_asks(self, partition: int, marker_id: str, now: datetime, limit: int) -> list[ClaimedAsk]:
        """Bind the waiting asks of a partition to a marker that is not yet appended."""
        ...

    async def is_marked(self, site_id: UUID, marker_id: str) -> bool:
        """Whether the transaction that applied this very marker has committed."""
        ...

    async def asks_without_grant(self, since: datetime) -> int:
        """How many asks since then may still wait for a grant, where not one was granted."""
        ...
