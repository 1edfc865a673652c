"""Events that onboarding emits: settings of sites, and what merchants do. Time and random ids are arguments."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.budgets import Budget
from shared.events.envelope import Channel, Recipient, SealedContact, envelope
from shared.events.identifiers import derived_event_id
from shared.events.merchant import (
    BudgetRaised,
    ContactErased,
    ContactSuppressed,
    PersonDataRequested,
    SendingPaused,
    SendingResumed,
    TestMessageRequested,
)
from shared.events.settings import SiteConfigured


def first_revision(site_id: UUID, account_id: UUID, now: datetime, **settings: Any) -> SiteConfigured:
    """The first ``site.configured`` of a site."""
    return SiteConfigured(
        **envelope(derived_event_id(site_id, "site.configured", 1), site_id, now),
        revision=1,
        account_id=account_id,
        **settings,
    )


def next_revision(site: SiteConfigured, now: datetime, **changes: Any) -> SiteConfigured:
    """The whole snapshot again, one revision on.

    A copy is not validated by itself, and the topic keeps each site's newest revision: one that readers refuse would stay there
    for good. So it is parsed here first, as they will parse it.
    """
    number = site.revision + 1
    stamp = {"revision": number, "event_id": derived_event_id(site.site_id, "site.configured", number)}
    changed = site.model_copy(update={**changes, **stamp, "occurred_at": now, "received_at": now})
    return SiteConfigured.model_validate_json(changed.model_dump_json(by_alias=True))


def sending_event(
    site_id: UUID, *, paused: bool, now: datetime, event_id: UUID | None = None
) -> SendingPaused | SendingResumed:
    """A merchant paused a site, or let it send again; the operator every site, under an id that is kept."""
    kind = SendingPaused if paused else SendingResumed
    event_id = event_id or derived_event_id(site_id, f"sending.{paused}.{now.isoformat()}")
    return kind(**envelope(event_id, site_id, now))


def budget_raised_event(
    event_id: UUID, site_id: UUID, account_id: UUID, budget: Budget, limit: int, until: datetime, now: datetime
) -> BudgetRaised:
    """A merchant raised a daily limit until a moment."""
    return BudgetRaised(
        **envelope(event_id, site_id, now),
        account_id=account_id,
        budget=budget,
        limit=limit,
        until=until,
    )


def test_message_requested_event(
    request_id: str, site_id: UUID, step: int, contact: SealedContact, now: datetime
) -> TestMessageRequested:
    """A merchant asked for a saved reminder on a phone of their own."""
    return TestMessageRequested(
        **envelope(derived_event_id(request_id, "test_message.requested"), site_id, now),
        channel=Channel.SMS,
        step=step,
        contact=contact,
    )


def contact_suppressed_event(site_id: UUID, account_id: UUID, recipient: Recipient, now: datetime) -> ContactSuppressed:
    """A merchant put a contact on the account's list of opt-outs."""
    return ContactSuppressed(
        **envelope(derived_event_id(site_id, f"contact.suppressed.{recipient.index}.{now.isoformat()}"), site_id, now),
        account_id=account_id,
        recipient=recipient,
    )


def contact_erased_events(
    site_id: UUID, recipients: Iterable[Recipient], visitor_ids: Iterable[str], now: datetime
) -> list[ContactErased]:
    """One event for each contact of a person, and one for each browser that it was bound to."""

    def erased(subject: str, **whom: Any) -> ContactErased:
        event_id = derived_event_id(site_id, f"contact.erased.{subject}.{now.isoformat()}")
        return ContactErased(**envelope(event_id, site_id, now), **whom)

    by_contact = [erased(each.index, recipient=each) for each in recipients]
    return by_contact + [erased(visitor, visitor_id=visitor) for visitor in visitor_ids]


def person_data_requested_event(
    request_id: UUID, site_id: UUID, recipients: tuple[Recipient, ...], reader_key: str, now: datetime
) -> PersonDataRequested:
    """A merchant asked for a person's data. Services seal their answers for ``reader_key``."""
    return PersonDataRequested(**envelope(request_id, site_id, now), recipients=recipients, reader_key=reader_key)
