"""merchant-actions: what a merchant orders Beckon to do. Written by onboarding."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.events.budgets import LARGEST_BUDGET, Budget
from shared.events.envelope import Channel, Event, ReaderKeyText, Recipient, SealedContact, UtcDatetime, VisitorId

NO_SITE = UUID(int=0)
"""The ``site_id`` of a global stop, which is published to every partition."""


class SendingPaused(Event, frozen=True):
    """No message of this site leaves from now on; with ``NO_SITE`` none of any site."""

    silences: ClassVar[bool] = True
    type: Literal["sending.paused"] = "sending.paused"
    version: Literal[1] = 1


class SendingResumed(Event, frozen=True):
    """Messages may leave again."""

    type: Literal["sending.resumed"] = "sending.resumed"
    version: Literal[1] = 1


class ContactSuppressed(Event, frozen=True):
    """A merchant put a recipient on the account's list of people who are never written to."""

    silences: ClassVar[bool] = True
    type: Literal["contact.suppressed"] = "contact.suppressed"
    version: Literal[1] = 1
    account_id: UUID
    recipient: Recipient


class ContactErased(Event, frozen=True):
    """A shopper's data is to be deleted; a suppression survives as an index."""

    silences: ClassVar[bool] = True
    type: Literal["contact.erased"] = "contact.erased"
    version: Literal[1] = 1
    recipient: Recipient | None = None
    visitor_id: VisitorId | None = None


class TestMessageRequested(Event, frozen=True):
    """A merchant wants to see a message on a phone that is theirs."""

    type: Literal["test_message.requested"] = "test_message.requested"
    version: Literal[1] = 1
    channel: Channel
    step: int
    contact: SealedContact


class BudgetRaised(Event, frozen=True):
    """A merchant saw that a budget was met, and allows more until a moment: an account's for all of its sites.

    ``limit`` is the whole of what the budget allows meanwhile; the operator's own ceiling stays above it.
    """

    type: Literal["budget.raised"] = "budget.raised"
    version: Literal[1] = 1
    account_id: UUID
    budget: Budget
    limit: Annotated[int, Field(ge=1, le=LARGEST_BUDGET)]
    until: UtcDatetime


class PersonDataRequested(Event, frozen=True):
    """A merchant asks, for a shopper, for all that is known of them in this site. The event's id is the request's.

    ``recipients`` are the contacts by which they are known; answers are sealed to ``reader_key``, which this request alone has.
    """

    type: Literal["person_data.requested"] = "person_data.requested"
    version: Literal[1] = 1
    recipients: Annotated[tuple[Recipient, ...], Field(min_length=1, max_length=5)]
    reader_key: ReaderKeyText


MerchantAction = (
    SendingPaused
    | SendingResumed
    | ContactSuppressed
    | ContactErased
    | TestMessageRequested
    | BudgetRaised
    | PersonDataRequested
)
