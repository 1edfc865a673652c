"""Protocols of the store about recipients: consents, questions, suppressions, budgets, erasures, personal data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from services.notify.rules.attempts import Attempt
from services.notify.rules.bindings import Binding
from services.notify.rules.suppression import Suppression
from shared.events.budgets import Budget
from shared.events.envelope import SealedContact
from shared.events.storefront import ConsentGiven, PushSubscribed

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """When and for which binding a number was asked. ``is_out`` when the carrier has, or may have, the message."""

    asked_at: datetime
    site_id: UUID
    visitor_id: str
    is_out: bool


class Consents(Protocol):
    """Consents, and the bindings that follow from them."""

    async def add_consent(self, event: ConsentGiven) -> Binding | None:
        """Keep the evidence, and bind the number to this browser. Returns the binding, None where a later one is known."""
        ...

    async def withdraw(
        self, site_id: UUID, visitor_id: str | None, channel: str, index: str, at: datetime, cause: UUID
    ) -> None:
        """Withdraw a consent of this browser, or of all that named the number. Later than all that was received before."""
        ...

    async def subscribe(self, event: PushSubscribed) -> bool:
        """Keep the latest push subscription of a browser. False where a later one is known."""
        ...

    async def unsubscribe(self, site_id: UUID, visitor_id: str, index: str | None, at: datetime, cause: UUID) -> None:
        """Withdraw one subscription of a browser, or all. Later than all that was received before."""
        ...

    async def forget(self, site_id: UUID, channel: str, index: str) -> None:
        """Delete the bindings of a contact that reaches nobody any more."""
        ...

    async def binding(self, site_id: UUID, visitor_id: str | None, channel: str, index: str) -> Binding | None:
        """One binding as it now is."""
        ...

    async def bindings_of(self, site_id: UUID, visitor_id: str) -> list[Binding]:
        """The channels that this browser named."""
        ...

    async def set_binding(self, binding: Binding, state: str, reason: str | None, look_at: datetime | None) -> None:
        """Set the state of an opt-in, its reason, and when it is evaluated again."""
        ...


@dataclass(frozen=True)
class AnswersSent:
    """How many answers of one kind a number got, or may get: of the account and of one site within a day, and ever."""

    today: int
    here_today: int
    ever: int


class Recipients(Protocol):
    """Everything by account and recipient."""

    async def lock(self, account_id: UUID, recipient_index: str) -> None:
        """One decision at a time about one recipient of an account."""
        ...

    async def add_question(self, account_id: UUID, binding: Binding, attempt_id: str, asked_at: datetime) -> None:
        """Remember for which binding a number was asked: a YES confirms that one alone."""
        ...

    async def last_question(self, account_id: UUID, index: str) -> Question | None:
        """The last one. What provably reached nobody was not asked."""
        ...

    async def is_contested(self, account_id: UUID, site_id: UUID, visitor_id: str, index: str, since: datetime) -> bool:
        """Another browser of the account has ticked for this number since then, whatever became of that tick: who remembers it
        may answer a question that was asked for somebody else.
        """
        ...

    async def tries_of_question(self, site_id: UUID, consent_event_id: UUID) -> int:
        """How often it was tried to ask for this consent."""
        ...

    async def ask_again(self, attempt: Attempt, wait: timedelta) -> None:
        """Evaluate an opt-in again after ``wait``: its question provably was not sent."""
        ...

    async def confirm(self, site_id: UUID, visitor_id: str, index: str, at: datetime) -> Binding | None:
        """Confirm a binding by the handset's YES; it counts from ``at``, when the question was asked."""
        ...

    async def suppress(self, account_id: UUID, index: str, at: datetime) -> bool:
        """Suppress a recipient until a later START. False when it was suppressed already."""
        ...

    async def suppress_by_merchant(self, account_id: UUID, index: str, at: datetime) -> None:
        """Put a recipient on the merchant's own list, for good."""
        ...

    async def lift_suppression(self, account_id: UUID, index: str, at: datetime) -> bool:
        """Lift a suppression by a START from the handset. False where nothing was suppressed."""
        ...

    async def suppression(self, account_id: UUID, index: str) -> Suppression:
        """The suppression of a recipient; without one, one that does not stand."""
        ...

    async def last_written(self, site_id: UUID, index: str) -> tuple[str | None, UUID | None]:
        """Browser and cart of the last reminder or question that went, or may have gone, to this number; None without one."""
        ...

    async def first_inbound(self, site_id: UUID, message_id: str, received_at: datetime) -> bool:
        """False for a reply that came before."""
        ...


class Budgets(Protocol):
    """The questions that were counted, and the orders by which their number grows."""

    async def lock(self, account_id: UUID) -> None:
        """One question of an account is counted at a time. Always taken after the recipient's lock."""
        ...

    async def client_of(self, site_id: UUID, consent_event_id: UUID) -> SealedContact | None:
        """The sealed address from which a consent was given."""
        ...

    async def uses(self, account_id: UUID, key: str, within: timedelta) -> int:
        """Questions that were counted under a key. What provably was not sent was not spent."""
        ...

    async def add_uses(self, account_id: UUID, site_id: UUID, keys: Iterable[str], consent_event_id: UUID) -> None:
        """Count a question; asked again for the same consent it counts once."""
        ...

    async def messages_in_a_day(self, account_id: UUID, site_id: UUID | None, most: int) -> int:
        """Texts of any kind that an account's carriers have, or may have, within 24 hours, and those that ask for a grant.

        Of one site where it is named; counted up to ``most``.
        """
        ...

    async def answers(self, account_id: UUID, site_id: UUID, index: str, meaning: str) -> AnswersSent:
        """Answers of one kind to a number. What provably was not sent is none."""
        ...

    async def raised(self, account_id: UUID, site_id: UUID) -> dict[Budget, int]:
        """The budgets that their merchant raised, of a site and of its account, while that lasts."""
        ...

    async def raise_budget(self, account_id: UUID, site_id: UUID | None, budget: Budget, most: int, until: datetime) -> None:
        """Only ever up while it lasts; of every site of the account where none is named."""
        ...

    async def hold_back(self, binding: Binding, budget: Budget) -> None:
        """By which budget an opt-in is kept back."""
        ...

    async def release(self, site_ids: Sequence[UUID], budget: Budget, within: timedelta) -> None:
        """Evaluate again what this budget keeps back, and emit anew where it still does: young opt-ins, and reminders."""
        ...

    async def note_order(self, site_id: UUID, order_id: str) -> None:
        """Count an order that the shop's server reported; repeated, it changes nothing."""
        ...

    async def orders(self, site_id: UUID, within: timedelta) -> int:
        """How many different orders the shop's server reported within this time."""
        ...


class Erasures(Protocol):
    """What an erasure deletes, and what it leaves."""

    async def first_time(self, site_id: UUID, event_id: UUID, now: datetime) -> bool:
        """False for an event of an erasure that was applied before."""
        ...

    async def put_tombstones(self, site_id: UUID, erasure_id: UUID, keys: Sequence[str], now: datetime) -> None:
        """Until ``mark`` no consent of these browsers and contacts binds: it may be older."""
        ...

    async def mark(self, site_id: UUID, erasure_id: UUID) -> None:
        """What is read from now on is newer."""
        ...

    async def browsers_of(self, site_id: UUID, index: str) -> list[str]:
        """The browsers that were bound to a contact and are no shared ones; none where the contact is shared by too many."""
        ...

    async def erase(
        self, site_id: UUID, visitor_ids: Sequence[str], indexes: Sequence[str], now: datetime
    ) -> list[tuple[UUID, UUID]]:
        """Delete what is known of browsers and contacts in a site. Returns the (nudge, cart) pairs that end by it."""
        ...

    async def forget_reported(self, site_id: UUID, visitor_ids: Sequence[str]) -> None:
        """Delete the subscriptions that the shop's events, read anew, bring back of them."""
        ...


class PersonData(Protocol):
    """What is kept of browsers and contacts that are one person's alone: bounded lists, the newest first."""

    async def opt_ins(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        """Bindings of browsers and contacts, with their boxes. ``own``: of one of these browsers."""
        ...

    async def consents(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        """The evidence of each consent, with its wording."""
        ...

    async def receipts(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        """What an erasure left of consents."""
        ...

    async def messages(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        """Every message, with its text."""
        ...

    async def links(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        """The saved carts behind the links of messages."""
        ...

    async def due(self, site_id: UUID, visitors: Sequence[str]) -> Sequence[Row]:
        """Reminders that fell due."""
        ...

    async def questions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        """When a number was asked."""
        ...

    async def refusals(self, site_id: UUID, visitors: Sequence[str], indexes: Sequence[str]) -> Sequence[Row]:
        """Consents that were withdrawn in the shop."""
        ...

    async def suppressions(self, site_id: UUID, indexes: Sequence[str]) -> Sequence[Row]:
        """STOP, START, and the merchant's list."""
        ...
