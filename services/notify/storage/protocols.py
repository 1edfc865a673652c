"""Protocols of the store that handlers and loops use. ``postgres.py`` implements them in PostgreSQL, tests in memory.

A store belongs to one transaction, which whoever made it opens and commits. Locks last until its end.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from services.notify.rules.attempts import Attempt, AttemptState
from services.notify.rules.bindings import Binding
from services.notify.storage.recipient_protocols import Budgets, Consents, Erasures, PersonData, Recipients
from shared.events.envelope import Event
from shared.events.nudge import NudgeDue
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured

AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class QueuedNudge:
    """A due nudge as notify keeps it. ``reported`` is the reason emitted last; a granted one is ended by notify alone."""

    due: NudgeDue
    tries: int
    reported: str | None
    granted_attempt: str | None
    cause: str | None = None
    """The span that made it due, where that is traced."""


@dataclass(frozen=True)
class SiteStatus:
    """Whether a site is paused or held right now."""

    paused: bool
    held: bool

    @property
    def reason(self) -> Reason | None:
        """The reason why nothing is sent, None where the site sends."""
        if self.paused:
            return Reason.PAUSED
        return Reason.ON_HOLD if self.held else None


@dataclass(frozen=True)
class LinkRow:
    """What a living link leads to, as it is kept."""

    attempt_id: str
    cart: str
    settings: str


class Attempts(Protocol):
    """Attempts and links. Each transition returns whether this very call made it."""

    async def open_attempt(self, attempt: Attempt, wait: timedelta = AT_ONCE) -> bool:
        """Insert an attempt. False where another of the same cause stands that is not ``not_sent``."""
        ...

    async def add_lost(self, attempt: Attempt) -> bool:
        """Insert an attempt whose result nobody will know. False where another of its cause stands."""
        ...

    async def lock_attempt(self, site_id: UUID, attempt_id: str) -> Attempt | None:
        """Read an attempt and hold its row."""
        ...

    async def call_later(self, site_id: UUID, attempt_id: str, wait: timedelta) -> None:
        """Try the call again after ``wait``: there is no free slot yet."""
        ...

    async def start_call(self, site_id: UUID, attempt_id: str, caller: str) -> bool:
        """From prepared to calling, with this caller's own token."""
        ...

    async def write_not_sent(self, site_id: UUID, attempt_id: str, caller: str | None) -> bool:
        """Only over a row that is still prepared, or that is calling and bears the writer's own token."""
        ...

    async def record_result(self, site_id: UUID, attempt_id: str, state: AttemptState, carrier_id: str | None) -> bool:
        """Record a result over calling or unresolved, unless given up. Beside another of its cause, only the carrier's id."""
        ...

    async def withdraw_others(self, attempt: Attempt) -> None:
        """Other attempts of its cause that only asked: now not sent."""
        ...

    async def taken_push(self, site_id: UUID, cause: str) -> Attempt | None:
        """An unresolved push for a nudge of which the carrier's id is known."""
        ...

    async def give_up(self, site_id: UUID, attempt_id: str) -> bool:
        """Record that the result will never be known; True where this very call did."""
        ...

    async def raise_rank(self, site_id: UUID, attempt_id: str, rank: int) -> bool:
        """Raise the carrier's status, never lower it; True where it rose."""
        ...

    async def lock_cart(self, site_id: UUID, cart_id: UUID) -> None:
        """One call at a time about one cart. Always taken after the recipient's lock."""
        ...

    async def sent_in_a_day(self, account_id: UUID, index: str) -> int:
        """Reminders that this recipient got, or may have got, from this account within 24 hours."""
        ...

    async def sent_for_cart(self, site_id: UUID, cart_id: UUID, channel: str) -> int:
        """Reminders that went, or may have gone, out for this cart within 48 hours, to whomever."""
        ...

    async def unresolved_pushes(self, site_id: UUID, cause: str) -> int:
        """How many pushes for one cause went out with an unknown result."""
        ...

    async def add_link(self, site_id: UUID, token: str, attempt_id: str, cart: str, created_at: datetime) -> None:
        """Where a reminder's link leads."""
        ...

    async def lapse_orphans(self, older_than: timedelta) -> list[Attempt]:
        """Reminders and questions of any site whose opener died while asking: now not sent."""
        ...

    async def expose_crashed_calls(self, older_than: timedelta) -> list[Attempt]:
        """Calls of any site whose caller died: now unresolved."""
        ...


class Nudges(Protocol):
    """Nudges from due to ended. What has ended stays so."""

    async def queue(self, due: NudgeDue) -> None:
        """Queue a step whose time has come; repeated, it changes nothing."""
        ...

    async def lock_queued(self, site_id: UUID, nudge_id: UUID) -> QueuedNudge | None:
        """Read a queued nudge and hold its row; None where it asks or has ended."""
        ...

    async def due(self, site_id: UUID, nudge_id: UUID) -> NudgeDue | None:
        """What a nudge that has not ended is about."""
        ...

    async def set_asking(self, site_id: UUID, nudge_id: UUID) -> None:
        """An attempt of it has asked."""
        ...

    async def queue_again(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str | None = None) -> None:
        """Evaluate a nudge again after ``delay``."""
        ...

    async def set_aside(self, site_id: UUID, nudge_id: UUID, delay: timedelta, reported: str) -> UUID | None:
        """Evaluate a nudge again after ``delay``, unread. Returns its cart where ``reported`` was not emitted last."""
        ...

    async def end(self, site_id: UUID, nudge_id: UUID) -> bool:
        """End a nudge; True where this very call did."""
        ...

    async def note_grant(self, site_id: UUID, nudge_id: UUID, attempt_id: str) -> None:
        """Record that orders granted an attempt."""
        ...

    async def wake(self, site_id: UUID, visitor_id: str) -> None:
        """Evaluate the nudges of a visitor now: a channel has changed."""
        ...


class Store(Protocol):
    """The memory of one transaction."""

    @property
    def attempts(self) -> Attempts:
        """Attempts and links."""
        ...

    @property
    def nudges(self) -> Nudges:
        """Nudges."""
        ...

    @property
    def consents(self) -> Consents:
        """Consents and bindings."""
        ...

    @property
    def recipients(self) -> Recipients:
        """Questions, replies, suppressions."""
        ...

    @property
    def budgets(self) -> Budgets:
        """Budgets."""
        ...

    @property
    def person_data(self) -> PersonData:
        """What a person may ask for."""
        ...

    @property
    def erasures(self) -> Erasures:
        """Erasures."""
        ...

    async def emit(self, events: Sequence[Event]) -> None:
        """Store events in the outbox; they leave once the transaction commits."""
        ...

    async def put_site(self, settings: SiteConfigured) -> None:
        """Keep the settings of the highest revision."""
        ...

    async def site(self, site_id: UUID) -> SiteConfigured | None:
        """The settings, None while none were read."""
        ...

    async def sites_of(self, account_id: UUID) -> list[UUID]:
        """The sites that share an account's suppressions."""
        ...

    async def put_pause(self, site_id: UUID, *, paused: bool, cause: UUID, now: datetime) -> None:
        """Apply a pause or its end in the order of the log. A repeat changes nothing: a global stop is in every partition."""
        ...

    async def site_status(self, site_id: UUID) -> SiteStatus:
        """Paused by its merchant or by a global stop; held for a record that could not be read."""
        ...


class Database(Protocol):
    """Transactions, and claims of work over all sites, as the loops use them."""

    def transaction(self) -> AbstractAsyncContextManager[Store]:
        """Leaving the block without an error means that the commit was confirmed.

        ``CommitUnconfirmed`` is raised where it may or may not last.
        """
        ...

    def passes(self, error: BaseException) -> bool:
        """True for a failure that is waited for and tried again: the server is away, or two of us were in each other's way."""
        ...

    async def claim_nudges(self, partitions: Sequence[int], limit: int) -> list[tuple[UUID, UUID]]:
        """Take queued nudges of these partitions of nudge-events whose moment has come."""
        ...

    async def claim_bindings(self, partitions: Sequence[int], limit: int) -> list[Binding]:
        """Take new opt-ins of these partitions of nudge-events for which it is to be decided whether the number is asked."""
        ...

    async def claim_transactional(self, limit: int, lease: timedelta) -> list[tuple[UUID, str]]:
        """Take answers and tests that wait to be called."""
        ...

    async def unresolved(self) -> list[Attempt]:
        """Texts that still may be reconciled."""
        ...

    async def resume_asking(self, older_than: timedelta) -> None:
        """Nudges whose process died between asking and storing the result are queued again."""
        ...

    async def find_link(self, token: str) -> LinkRow | None:
        """A living link."""
        ...
