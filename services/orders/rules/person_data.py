"""Disclosure: whom a request for a person's data is about, what is theirs alone, and what may be somebody else's.

Silence spreads along every link; disclosure does not. What a browser or an order names anybody may have typed, so a
link counts only where nothing contradicts it. See docs/decisions on disclosure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from services.orders.rules.erasure import is_personal
from services.orders.rules.evidence import Neighbourhood, Sighting, identity_key, is_trusted
from shared.events.envelope import IdentityKind, to_wire_time
from shared.events.storefront import OrderReported

SHARED_BROWSERS = "browsers_that_others_may_share"
SHARED_CONTACTS = "contacts_that_others_may_share"
SHARED_ORDERS = "orders_that_name_somebody_else"
SHARED_BY_MANY = "contacts_that_too_many_browsers_named"


@dataclass(frozen=True)
class Claim:
    """The contacts that one browser or one order named together, without other readings of the same field."""

    contacts: frozenset[str]

    def of_kind(self, kind: str) -> set[str]:
        """The contacts of one kind."""
        return {contact for contact in self.contacts if kind_of(contact) == kind}


def kind_of(contact: str) -> str:
    """The kind of a key: ``email`` of ``email:i1…``."""
    return contact.partition(":")[0]


def claim_of_browser(visitor_id: str, sightings: Iterable[Sighting]) -> Claim:
    """The claim of a browser. Another reading of what it named is no part of it."""
    own = (each for each in sightings if each.visitor_id == visitor_id and not each.is_other_reading)
    return Claim(frozenset(each.key for each in own if is_personal(each.key)))


def claim_of_order(report: OrderReported) -> Claim:
    """The claim of an order."""
    named = (identity_key(each) for each in report.identities if not each.is_other_reading)
    return Claim(frozenset(key for key in named if is_personal(key)))


def contradicts(claim: Claim, asked: Collection[str]) -> bool:
    """Whether a claim names somebody else: another contact of a kind that was asked for."""
    kinds = {kind_of(contact) for contact in asked}
    return any(kind_of(contact) in kinds and contact not in asked for contact in claim.contacts)


def browsers_of(asked: Collection[str], namers: Mapping[str, Neighbourhood]) -> tuple[frozenset[str], int]:
    """The browsers that are the person's alone, and how many are left out because others may share them.

    A browser that named one of the contacts asked for is theirs, unless it is not trusted, names a second contact of any kind,
    or names a contact about which the others differ: two phones beside one address may be two people's.
    """
    claims = {visitor: claim_of_browser(visitor, around.sightings) for visitor, around in namers.items()}
    claims = {visitor: claim for visitor, claim in claims.items() if claim.contacts & set(asked)}
    alone = {
        visitor: claim
        for visitor, claim in claims.items()
        if _is_one_persons(claim, asked) and _is_known_whole(visitor, namers[visitor])
    }
    disputed = {kind for kind in _kinds(alone.values()) if len(_named(alone.values(), kind, asked)) > 1}
    owned = {
        visitor
        for visitor, claim in alone.items()
        if not any(kind_of(contact) in disputed and contact not in asked for contact in claim.contacts)
    }
    return frozenset(owned), len(claims) - len(owned)


def _is_one_persons(claim: Claim, asked: Collection[str]) -> bool:
    if contradicts(claim, asked):
        return False
    return all(len(claim.of_kind(kind) - set(asked)) <= 1 for kind in _kinds([claim]))


def _is_known_whole(visitor_id: str, around: Neighbourhood) -> bool:
    return around.complete and is_trusted(visitor_id, around.sightings, around.back_office_visitors)


def _kinds(claims: Iterable[Claim]) -> set[str]:
    return {kind_of(contact) for claim in claims for contact in claim.contacts}


def _named(claims: Iterable[Claim], kind: str, asked: Collection[str]) -> set[str]:
    return {contact for claim in claims for contact in claim.of_kind(kind)} - set(asked)


def is_theirs_alone(contact: str, asked: Collection[str], claims: Iterable[Claim]) -> bool:
    """Whether everything that names a contact names one that was asked for too, and nobody else.

    ``claims`` are all browsers and orders that named it.
    """
    naming = [claim for claim in claims if contact in claim.contacts]
    return bool(naming) and all(claim.contacts & set(asked) and not contradicts(claim, asked) for claim in naming)


def orders_of(
    asked: Collection[str], browsers: Collection[str], reports: Iterable[OrderReported]
) -> tuple[list[OrderReported], int]:
    """The reports that name a contact asked for or a browser of theirs and nobody else; and how many are left out."""
    found, left_out = [], 0
    for report in reports:
        claim = claim_of_order(report)
        visitors = {each.index for each in report.identities if each.kind is IdentityKind.VISITOR}
        if not claim.contacts & set(asked) and not visitors & set(browsers):
            continue
        if contradicts(claim, asked):
            left_out += 1
        else:
            found.append(report)
    return found, left_out


def reached_contacts(
    asked: Collection[str], browsers: Collection[str], namers: Mapping[str, Neighbourhood], reports: Iterable[OrderReported]
) -> set[str]:
    """The contacts that were named together with those asked for."""
    claims = [claim_of_browser(visitor, namers[visitor].sightings) for visitor in browsers if visitor in namers]
    claims += [claim_of_order(report) for report in reports]
    return {contact for claim in claims for contact in claim.contacts} - set(asked)


def order_record(report: OrderReported) -> dict[str, object]:
    """A report as the person gets it: what was bought, and by what kinds of keys it named them."""
    return {
        "order_id": report.order_id,
        "status": report.status,
        "witness": report.witness.value,
        "origin": report.origin.value,
        "signed": report.verified,
        "placed_at": None if report.placed_at is None else to_wire_time(report.placed_at),
        "counts_from": to_wire_time(report.effective_at),
        "received_at": to_wire_time(report.received_at),
        "named_by": sorted({each.kind.value for each in report.identities}),
        "total": None if report.total is None else report.total.model_dump(mode="json"),
        "items": [item.model_dump(mode="json") for item in report.items],
    }
