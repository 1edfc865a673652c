"""Erasure: how far it follows the links between browsers and contacts, and what goes on silencing afterwards.

People are never merged: an erasure follows what it names one step to the browsers that named it, and one step to what those
browsers and the orders of those keys named. See docs/decisions on erasures and tombstones.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.orders.rules.evidence import (
    SHARED_BY_TOO_MANY,
    Neighbourhood,
    Tombstone,
    identity_key,
    is_trusted,
    key_of,
    keys_by_visitor,
    visitor_key,
)
from shared.events.envelope import Identity, IdentityKind
from shared.events.markers import ErasureMarked
from shared.events.merchant import ContactErased

SILENCES_FOR = timedelta(days=30)
FOR_EVER = datetime.max.replace(tzinfo=UTC)
PERSONAL = ("email:", "phone:", "customer:")
MOST_OF_ONE_KIND = 5
"""A browser that named more addresses, or more numbers, is a shared one: what it named is not one person's."""

ErasureCause = ContactErased | ErasureMarked


@dataclass(frozen=True)
class Subject:
    """The subject of an erasure: browsers, and contacts by index. ``linked`` are keys that silence and name nobody."""

    visitor_ids: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()
    linked: frozenset[str] = frozenset()

    @property
    def keys(self) -> frozenset[str]:
        """The keys that are deleted: contacts, and those of the browsers."""
        return self.contacts | {visitor_key(visitor) for visitor in self.visitor_ids}

    def joined(self, other: "Subject") -> "Subject":
        """The subject of both."""
        return Subject(self.visitor_ids | other.visitor_ids, self.contacts | other.contacts, self.linked | other.linked)

    def covers(self, other: "Subject") -> bool:
        """Whether nothing that is to be deleted for the other is missing here."""
        return other.visitor_ids <= self.visitor_ids and other.contacts <= self.contacts


def is_personal(key: str) -> bool:
    """Whether a key is a contact or a customer number, not a cart or a link."""
    return key.startswith(PERSONAL)


def is_one_persons(visitor_id: str, around: Neighbourhood) -> bool:
    """Whether what this browser named belongs to one person: trusted, and no counter, kiosk or address book."""
    named = [each.key for each in around.sightings if each.visitor_id == visitor_id and not each.is_other_reading]
    many = any(sum(key.startswith(kind) for key in named) > MOST_OF_ONE_KIND for kind in PERSONAL)
    return not many and is_trusted(visitor_id, around.sightings, around.back_office_visitors)


def subject_of(
    contacts: Iterable[str],
    visitor_ids: Iterable[str],
    namers: Mapping[str, Neighbourhood],
    ordered_with: Iterable[str],
) -> Subject:
    """The subject that the named contacts and browsers stand for.

    ``namers`` are the browsers that named one of the contacts, with what was seen around each; none where a contact is shared
    by too many. ``ordered_with`` are the contacts that orders named together with them.
    """
    named = frozenset(visitor_ids)
    owned = named | {visitor for visitor, around in namers.items() if is_one_persons(visitor, around)}
    keys: set[str] = set()
    for visitor in owned & namers.keys():
        if is_one_persons(visitor, namers[visitor]):
            keys |= keys_by_visitor(namers[visitor].sightings).get(visitor, set())
    shared = {key for around in namers.values() for key in shared_keys(around)}
    found = {*contacts, *(key for key in keys | set(ordered_with) if is_personal(key) and key not in shared)}
    return Subject(owned, frozenset(found), frozenset(keys - found))


def shared_keys(around: Neighbourhood) -> set[str]:
    """Keys that are shared by more browsers than one person has."""
    named = keys_by_visitor(around.sightings)
    keys = named.get(around.visitor_id, set())
    return {key for key in keys if sum(key in theirs for theirs in named.values()) > SHARED_BY_TOO_MANY}


def named_by(event: ErasureCause) -> Subject:
    """The subject that the event itself names."""
    recipient = event.recipient
    contacts = set() if recipient is None else {key_of(recipient.kind.value, recipient.index)}
    contacts = {key for key in contacts if is_personal(key)}
    visitors = set() if event.visitor_id is None else {event.visitor_id}
    if isinstance(event, ErasureMarked):
        contacts |= {identity_key(identity) for identity in event.identities}
        visitors |= set(event.visitor_ids)
    return Subject(frozenset(visitors), frozenset(contacts))


def identities_of(contacts: Iterable[str]) -> tuple[Identity, ...]:
    """The identities of contacts, as events spell them."""
    pairs = (contact.split(":", 1) for contact in sorted(contacts))
    return tuple(Identity(kind=IdentityKind(kind), index=index) for kind, index in pairs)


def tombstones_of(subject: Subject, sharers: Iterable[str], staff: Collection[str], now: datetime) -> list[Tombstone]:
    """The tombstones of a subject: on each key that is deleted, on what linked it, and on each browser whose link is deleted.

    A browser of the back office silences for ever, as it did.
    """
    lasting = {visitor_key(visitor) for visitor in staff}
    keys = subject.keys | subject.linked | {visitor_key(visitor) for visitor in sharers}
    until = {key: FOR_EVER if key in lasting else now + SILENCES_FOR for key in sorted(keys)}
    return [Tombstone(key, moment, key in subject.keys) for key, moment in until.items()]
