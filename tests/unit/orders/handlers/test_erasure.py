"""Erasure in orders: what was silenced stays silent, what was known goes, and the log's order decides what is older."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.orders.rules.evidence import Erased, Fence, Sighting, VisitorSeen, find_silence, visitor_key
from shared.events.cart import ShopperErased
from shared.events.envelope import ContactKind, Identity, IdentityKind, Recipient
from shared.events.markers import ErasureMarked
from shared.events.merchant import ContactErased
from shared.events.reasons import Reason
from tests.support.builders.orders import (
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    a_cart_update,
    a_site,
    an_id,
    an_identification,
    an_index,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders import MemoryDatabase
from tests.support.memory.orders_rig import Rig, an_abandoned_cart, answer_to

ANNA = email("anna")
HER_PHONE = Identity(kind=IdentityKind.PHONE, index=an_index("phone anna"))


def erasing(identity: Identity | None = None, visitor_id: str | None = None, name: str = "") -> ContactErased:
    """A merchant's order."""
    recipient = None if identity is None else Recipient(kind=ContactKind(identity.kind.value), index=identity.index)
    return ContactErased(
        event_id=an_id(name), site_id=SITE, occurred_at=at(32), received_at=at(32), recipient=recipient, visitor_id=visitor_id
    )


async def erase(rig: Rig, order: ContactErased) -> None:
    """Ordered, and marked in the log."""
    await rig.merchant(order)
    await pass_markers(rig)


async def pass_markers(rig: Rig) -> None:
    """What orders has written to the log is read, until it writes no more."""
    passed = 0
    while len(markers := [event for event in rig.database.emitted if isinstance(event, ErasureMarked)]) > passed:
        await rig.storefront(*markers[passed:])
        passed = len(markers)


async def test_an_erasure_by_email_leaves_the_other_browsers_cart_silent() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(an_identification(LAPTOP, ANNA, at(1)), an_identification(TABLET, ANNA, at(2)))
    await rig.storefront(an_order(email("anna"), when=at(31)))

    await erase(rig, erasing(ANNA))

    assert await answer_to(rig) == Reason.ERASED


async def test_a_browser_linked_by_a_phone_alone_is_silenced_when_the_email_is_erased() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(an_identification(LAPTOP, HER_PHONE, at(1)), an_identification(TABLET, HER_PHONE, at(2)))
    await rig.storefront(an_identification(TABLET, ANNA, at(3)), an_order(ANNA, when=at(31)))

    await erase(rig, erasing(ANNA))

    assert await answer_to(rig) == Reason.ERASED


async def test_what_was_unread_at_the_erasure_goes_with_it_once_its_marker_is_read() -> None:
    rig = Rig()
    await rig.merchant(erasing(ANNA))
    rig.log.records.extend([an_identification(LAPTOP, ANNA, at(1)), an_identification(LAPTOP, HER_PHONE, at(2))])
    await pass_markers(rig)

    tables = rig.database.tables
    emitted = [event for event in rig.database.emitted if isinstance(event, ShopperErased)][-1]
    assert tables.sightings == {}
    assert emitted.visitor_ids == (LAPTOP,)
    assert set(emitted.identities) == {ANNA, HER_PHONE}
    assert all(row.marked for row in tables.tombstones.values())


async def test_what_stands_behind_the_marker_in_the_same_batch_is_newer_and_stays() -> None:
    rig = Rig()
    await rig.storefront(an_identification(LAPTOP, ANNA, at(1)))
    await rig.merchant(erasing(ANNA))
    (marker,) = [event for event in rig.database.emitted if isinstance(event, ErasureMarked)]

    await rig.storefront(an_identification(LAPTOP, HER_PHONE, at(2)), marker, an_identification(LAPTOP, ANNA, at(3)))

    assert {key for _, _, key in rig.database.tables.sightings} == {f"email:{ANNA.index}"}


async def test_a_replayed_log_brings_nothing_back_and_emits_nothing_anew() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(LAPTOP), an_identification(LAPTOP, ANNA, at(1)), an_order(ANNA, when=at(2)))
    await erase(rig, erasing(ANNA, name="once"))
    emitted = list(rig.database.emitted)

    await rig.merchant(erasing(ANNA, name="once"))
    rig.log.applied = 0
    await rig.catch_up()

    tables = rig.database.tables
    assert (tables.sightings, tables.fences, tables.reports, tables.visitors) == ({}, {}, {}, {})
    assert {cart.visitor_id for cart in tables.carts.values()} == {""}
    assert [type(event).__name__ for event in rig.database.emitted[len(emitted) :]] == []


async def test_an_address_that_hundreds_typed_erases_itself_and_none_of_them() -> None:
    rig = Rig()
    for number in range(30):
        browser = f"browser{number}".ljust(22, "0")
        contact = Identity(kind=IdentityKind.PHONE, index=an_index(f"phone {number}"))
        await rig.storefront(an_identification(browser, ANNA, at(1)), an_identification(browser, contact, at(2)))

    await erase(rig, erasing(ANNA))

    assert len(rig.database.tables.sightings) == 30
    assert all(key.startswith("phone:") for _, _, key in rig.database.tables.sightings)


async def test_a_counter_browser_that_named_many_loses_the_one_that_is_erased_alone() -> None:
    rig = Rig()
    others = [Identity(kind=IdentityKind.PHONE, index=an_index(f"phone {number}")) for number in range(9)]
    for number, contact in enumerate([ANNA, *others]):
        await rig.storefront(an_identification(TABLET, contact, at(number)))

    await erase(rig, erasing(ANNA))

    assert len(rig.database.tables.sightings) == 9


async def test_a_clerks_browser_stays_silent_for_ever_after_an_erasure() -> None:
    rig = Rig()
    async with rig.database.transaction() as store:
        await store.evidence.see_visitors([VisitorSeen(SITE, LAPTOP, NOON, True)])

    await erase(rig, erasing(visitor_id=LAPTOP))

    async with rig.database.transaction() as store:
        around = await store.evidence.neighbourhood(SITE, LAPTOP)
    assert find_silence(NOON + timedelta(days=4000), around) == Erased()


async def test_a_tombstone_silences_carts_of_thirty_days_and_no_longer() -> None:
    rig = Rig()
    await erase(rig, erasing(ANNA))
    await rig.storefront(an_identification(PHONE, ANNA, at(60)))

    async with rig.database.transaction() as store:
        around = await store.evidence.neighbourhood(SITE, PHONE)
    assert find_silence(NOON + timedelta(days=29), around) == Erased()
    assert find_silence(NOON + timedelta(days=31), around) is None


VISITORS = [f"visitor{number}".ljust(22, "0") for number in range(5)]
CONTACTS = [email(str(n)) for n in range(3)] + [
    Identity(kind=IdentityKind.PHONE, index=an_index(f"phone {n}")) for n in range(3)
]
NAMINGS = st.tuples(st.sampled_from(VISITORS), st.sampled_from(CONTACTS))
BOUGHT_BY = st.one_of(st.sampled_from(CONTACTS), st.sampled_from(VISITORS).map(visitor))
ERASED = st.one_of(st.sampled_from(CONTACTS), st.sampled_from(VISITORS))


async def silenced(database: MemoryDatabase) -> set[str]:
    """Whose carts, opened at noon, are silenced."""
    async with database.transaction() as store:
        found = {v: find_silence(NOON, await store.evidence.neighbourhood(SITE, v)) for v in VISITORS}
    return {visitor_id for visitor_id, finding in found.items() if finding is not None}


@given(
    seen=st.lists(NAMINGS, max_size=10),
    unread=st.lists(NAMINGS, max_size=4),
    fences=st.lists(BOUGHT_BY, max_size=3),
    staff=st.sets(st.sampled_from(VISITORS), max_size=1),
    whom=st.lists(ERASED, min_size=1, max_size=2),
)
async def test_whoever_was_silenced_is_silenced_after_any_erasure(
    seen: list[tuple[str, Identity]],
    unread: list[tuple[str, Identity]],
    fences: list[Identity],
    staff: set[str],
    whom: list[Identity | str],
) -> None:
    rig = Rig()
    async with rig.database.transaction() as store:
        await store.evidence.add_sightings([(SITE, sighting_of(naming)) for naming in seen])
        await store.evidence.add_fences(
            [(SITE, Fence(f"{key.kind.value}:{key.index}", an_id(), NOON, at(5), NOON)) for key in fences]
        )
        await store.evidence.see_visitors([VisitorSeen(SITE, clerk, NOON, True) for clerk in staff])
    before = await silenced(rig.database)

    for one in whom:
        await rig.merchant(erasing(visitor_id=one) if isinstance(one, str) else erasing(one))
    at_once = await silenced(rig.database)
    async with rig.database.transaction() as store:
        await store.evidence.add_sightings([(SITE, sighting_of(naming)) for naming in unread])
    with_unread = await silenced(rig.database)
    await pass_markers(rig)

    assert before <= at_once
    assert with_unread <= await silenced(rig.database)


def sighting_of(naming: tuple[str, Identity]) -> Sighting:
    """As a browser that named a contact is seen."""
    return Sighting(naming[0], f"{naming[1].kind.value}:{naming[1].index}", at(1))


@given(seen=st.lists(NAMINGS, max_size=12), whom=ERASED)
async def test_nothing_of_the_erased_is_left_but_tombstones(seen: list[tuple[str, Identity]], whom: Identity | str) -> None:
    rig = Rig()
    async with rig.database.transaction() as store:
        await store.evidence.add_sightings([(SITE, sighting_of(naming)) for naming in seen])

    await erase(rig, erasing(visitor_id=whom) if isinstance(whom, str) else erasing(whom))

    named = whom if isinstance(whom, str) else whom.index
    key = visitor_key(whom) if isinstance(whom, str) else f"{whom.kind.value}:{whom.index}"
    assert not any(named in row or key in row for row in rig.database.tables.sightings)
    assert (SITE, key) in rig.database.tables.tombstones
