"""Evidence: which purchase, if any, silences a cart. Silence follows links between browsers; messages never do.

Two sets that only grow, sightings (visitor, key) and fences (key, report), decide. Any order and any repetition of the same
reports gives the same answer. People are never merged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.events.envelope import Identity, IdentityKind

SHARED_BY_TOO_MANY = 20
TOO_MANY_ADDRESSES = 5
TOO_MANY_CUSTOMERS = 3
A_DAY = timedelta(hours=24)


def key_of(kind: str, index: str) -> str:
    """A key as sightings and fences spell it: ``email:i1.p1.…``."""
    return f"{kind}:{index}"


def visitor_key(visitor_id: str) -> str:
    """The key of a visitor itself."""
    return key_of(IdentityKind.VISITOR.value, visitor_id)


def visitors_named(keys: Iterable[str]) -> set[str]:
    """The visitors among these keys."""
    kind = f"{IdentityKind.VISITOR.value}:"
    return {key.removeprefix(kind) for key in keys if key.startswith(kind)}


def identity_key(identity: Identity) -> str:
    """The key that a report names."""
    return key_of(identity.kind.value, identity.index)


@dataclass(frozen=True)
class Sighting:
    """A browser named a key. Another reading of what it named counts like the key, and not as one more address."""

    visitor_id: str
    key: str
    seen_at: datetime
    is_other_reading: bool = False


@dataclass(frozen=True)
class Fence:
    """An order report that silences carts through one key.

    Carts opened up to ``stands_until`` are silenced: those opened up to ``certain_until`` as certainly bought, the rest as
    possibly bought.
    """

    key: str
    report_id: UUID
    effective_at: datetime
    stands_until: datetime
    certain_until: datetime


@dataclass(frozen=True)
class Tombstone:
    """What an erasure left of a key: carts opened until then are silenced. The key stands for nothing else any more."""

    key: str
    silences_until: datetime
    deleted: bool = True
    """False for one that only shared a key with what was erased: its own rows are still there."""


@dataclass(frozen=True)
class VisitorSeen:
    """A browser did something, in the shop or in its back office."""

    site_id: UUID
    visitor_id: str
    seen_at: datetime
    back_office: bool


@dataclass(frozen=True)
class Neighbourhood:
    """Everything that was seen around one visitor: the sightings of it and of all who share a key, and the fences there.

    ``complete`` is False where there was more than the bound: somebody floods the site.
    """

    visitor_id: str
    sightings: tuple[Sighting, ...]
    fences: tuple[Fence, ...]
    back_office_visitors: frozenset[str]
    complete: bool = True
    tombstones: tuple[Tombstone, ...] = ()


@dataclass(frozen=True)
class Bought:
    """A purchase silences the cart; in doubt it silences too, and is not ``certain``."""

    report_id: UUID
    certain: bool


@dataclass(frozen=True)
class Unclear:
    """A key is shared by too many browsers to know whose cart this is."""


@dataclass(frozen=True)
class BackOfficeBrowser:
    """Staff use this browser; what lies in its cart is nobody's."""


@dataclass(frozen=True)
class Erased:
    """A key of this visitor was erased: what had linked it to a purchase may have gone with it."""


Finding = Bought | Unclear | BackOfficeBrowser | Erased


def keys_by_visitor(sightings: Iterable[Sighting]) -> Mapping[str, set[str]]:
    """The keys that each visitor named."""
    found: dict[str, set[str]] = {}
    for sighting in sightings:
        found.setdefault(sighting.visitor_id, set()).add(sighting.key)
    return found


def is_staff(visitor_id: str, sightings: Iterable[Sighting], back_office_visitors: frozenset[str]) -> bool:
    """Whether staff use this browser: it was seen in the back office, or came from a browser there by one of its links."""
    offices = {visitor_key(visitor) for visitor in back_office_visitors}
    return visitor_id in back_office_visitors or any(s.visitor_id == visitor_id and s.key in offices for s in sightings)


def serves_many(around: Neighbourhood) -> bool:
    """Whether this browser has placed orders for three customers in a day, as a till or a clerk does and a shopper does not."""
    own = {fence.report_id for fence in around.fences if fence.key == visitor_key(around.visitor_id)}
    placed: dict[UUID, tuple[datetime, set[str]]] = {}
    for fence in around.fences:
        if fence.report_id in own and fence.key.startswith("email:"):
            placed.setdefault(fence.report_id, (fence.effective_at, set()))[1].add(fence.key)
    orders = sorted(placed.values(), key=lambda order: (order[0], sorted(order[1])))
    return any(
        _customers(addresses for at, addresses in orders if start <= at <= start + A_DAY) >= TOO_MANY_CUSTOMERS
        for start, _ in orders
    )


def _customers(orders: Iterable[set[str]]) -> int:
    """How many different customers these orders name. Orders that share any reading of an address are of one customer."""
    apart: list[set[str]] = []
    for addresses in orders:
        same = [each for each in apart if each & addresses]
        apart = [each for each in apart if each not in same] + [addresses.union(*same)]
    return len(apart)


def is_trusted(visitor_id: str, sightings: Iterable[Sighting], back_office_visitors: frozenset[str]) -> bool:
    """Whether what this browser named belongs to one person: not a back office's, and not an address book in a day."""
    sightings = tuple(sightings)
    if is_staff(visitor_id, sightings, back_office_visitors):
        return False
    addresses = (s for s in sightings if s.key.startswith("email:") and not s.is_other_reading)
    moments = sorted(s.seen_at for s in addresses if s.visitor_id == visitor_id)
    window = TOO_MANY_ADDRESSES  # the moment of the sixth address counts from the first of the six
    return all(later - earlier > A_DAY for earlier, later in zip(moments, moments[window:], strict=False))


def silencing_keys(around: Neighbourhood) -> frozenset[str]:
    """Every key on which a fence silences this visitor's carts.

    These are the visitor's own keys, the trusted visitors who share one of them, and all keys of those visitors.
    """
    seen: dict[str, list[Sighting]] = {}
    for sighting in around.sightings:
        seen.setdefault(sighting.visitor_id, []).append(sighting)
    named = {visitor: {sighting.key for sighting in theirs} for visitor, theirs in seen.items()}
    own = {visitor_key(around.visitor_id)} | named.get(around.visitor_id, set())
    trusted = {
        visitor
        for visitor, keys in named.items()
        if keys & own and is_trusted(visitor, seen[visitor], around.back_office_visitors)
    }
    theirs = {key for visitor in trusted for key in named[visitor]}
    return frozenset(own | {visitor_key(visitor) for visitor in trusted} | theirs)


def active_fences(around: Neighbourhood) -> list[Fence]:
    """The fences on the keys that silence this visitor's carts."""
    keys = silencing_keys(around)
    return [fence for fence in around.fences if fence.key in keys]


def is_unclear(around: Neighbourhood) -> bool:
    """Whether a key of this visitor is shared by more than 20 visitors."""
    own = keys_by_visitor(around.sightings).get(around.visitor_id, set())
    sharers = Counter(sighting.key for sighting in around.sightings if sighting.key in own)
    return any(count > SHARED_BY_TOO_MANY for count in sharers.values())


def find_silence(opened_at: datetime, around: Neighbourhood) -> Finding | None:
    """The finding why a cart that this visitor opened then must not be nudged, or None. The surest purchase comes first."""
    active = [fence for fence in active_fences(around) if opened_at <= fence.stands_until]
    if active:
        surest = min(active, key=lambda fence: (not is_certain(opened_at, fence), fence.effective_at, fence.report_id))
        return Bought(surest.report_id, certain=is_certain(opened_at, surest))
    keys = silencing_keys(around)
    if any(stone.key in keys and opened_at <= stone.silences_until for stone in around.tombstones):
        return Erased()
    if is_staff(around.visitor_id, around.sightings, around.back_office_visitors) or serves_many(around):
        return BackOfficeBrowser()
    return Unclear() if is_unclear(around) or not around.complete else None


def is_certain(opened_at: datetime, fence: Fence) -> bool:
    """Whether the cart was open before the earliest moment at which the order may have been made."""
    return opened_at <= fence.certain_until
