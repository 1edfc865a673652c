"""Whom a request for a person's data is about: a link counts for disclosure only where nothing contradicts it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.handlers.person_data import Person, resolve_person
from services.orders.rules.evidence import Neighbourhood, Sighting, VisitorSeen, key_of
from services.orders.rules.person_data import (
    SHARED_BROWSERS,
    SHARED_BY_MANY,
    SHARED_CONTACTS,
    browsers_of,
    order_record,
    orders_of,
)
from shared.events.cart import ShopperDataCollected
from shared.events.envelope import ContactKind, Identity, IdentityKind, Recipient
from shared.events.markers import PersonDataMarked, PersonResolved
from shared.events.merchant import PersonDataRequested
from shared.runtime.security.sealed_answers import (
    LEFT_OUT,
    MOST_BYTES,
    fitted,
    keys_of_request,
    new_request_key,
    open_answer,
    seal_answer,
)
from shared.runtime.security.sealing import CannotOpen
from tests.support.builders.orders import (
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    an_id,
    an_identification,
    an_index,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders_rig import Rig

ANNA, BERT, EVE = email("anna"), email("bert"), email("eve")
NUMBER, OTHER_NUMBER = (Identity(kind=IdentityKind.PHONE, index=an_index(f"phone {name}")) for name in ("anna", "bert"))


def key(identity: Identity) -> str:
    return key_of(identity.kind.value, identity.index)


async def person(rig: Rig, *asked: Identity) -> Person:
    async with rig.database.transaction() as store:
        return await resolve_person(SITE, frozenset(key(identity) for identity in asked), store)


async def named(*namings: tuple[str, Identity]) -> Rig:
    rig = Rig()
    for number, (browser, contact) in enumerate(namings):
        await rig.storefront(an_identification(browser, contact, at(number)))
    return rig


async def test_an_email_finds_the_browser_the_phone_and_the_orders() -> None:
    rig = await named((LAPTOP, ANNA), (LAPTOP, NUMBER), (TABLET, ANNA))
    await rig.storefront(an_order(visitor(TABLET), when=at(9), order_id="by browser"), an_order(ANNA, NUMBER, when=at(9)))

    found = await person(rig, ANNA)

    assert found.visitor_ids == {LAPTOP, TABLET}
    assert found.contacts == {key(ANNA), key(NUMBER)}
    assert len(found.orders) == 2
    assert found.left_out == {}


async def test_a_browser_that_named_two_addresses_is_nobodys_alone() -> None:
    rig = await named((LAPTOP, ANNA), (LAPTOP, BERT), (TABLET, ANNA))

    found = await person(rig, ANNA)

    assert (found.visitor_ids, found.left_out) == (frozenset({TABLET}), {SHARED_BROWSERS: 1})


async def test_who_types_somebodys_number_beside_their_own_address_learns_nothing_of_them() -> None:
    rig = await named((PHONE, NUMBER), (LAPTOP, EVE), (LAPTOP, NUMBER))

    found = await person(rig, EVE)

    assert (found.visitor_ids, found.contacts) == (frozenset({LAPTOP}), frozenset({key(EVE)}))
    assert found.left_out == {SHARED_CONTACTS: 1}


async def test_who_forges_an_order_with_somebodys_number_learns_nothing_of_them() -> None:
    rig = await named((PHONE, NUMBER))
    await rig.storefront(an_order(EVE, NUMBER, when=at(1)))

    found = await person(rig, EVE)

    assert (found.visitor_ids, found.contacts) == (frozenset(), frozenset({key(EVE)}))


async def test_a_number_that_only_an_order_of_somebody_else_named_is_not_followed() -> None:
    rig = await named((LAPTOP, EVE), (LAPTOP, NUMBER))
    await rig.storefront(an_order(ANNA, NUMBER, when=at(5)))

    assert (await person(rig, EVE)).contacts == {key(EVE)}


async def test_an_order_number_that_is_reported_again_brings_nobody_elses_order() -> None:
    rig = await named((LAPTOP, EVE))
    await rig.storefront(an_order(ANNA, when=at(1), order_id="A-1"), an_order(EVE, when=at(2), order_id="A-1"))

    found = await person(rig, EVE)

    assert [order.identities for order in found.orders] == [(EVE,)]


def test_an_order_that_names_neither_contact_nor_browser_is_nobodys_to_get() -> None:
    own, by_browser, foreign = an_order(ANNA, when=at(1)), an_order(visitor(LAPTOP), when=at(2)), an_order(BERT, when=at(3))

    assert orders_of([key(ANNA)], [LAPTOP], [own, by_browser, foreign]) == ([own, by_browser], 0)


def test_an_order_is_handed_out_with_what_was_bought_and_the_kinds_that_named_it() -> None:
    order = an_order(ANNA, visitor(LAPTOP), when=at(1), order_id="A-1").model_copy(update={"total": None})

    record = order_record(order)

    assert (record["order_id"], record["total"], record["named_by"]) == ("A-1", None, ["email", "visitor"])
    assert ANNA.index not in json.dumps(record)


async def test_two_browsers_with_one_address_are_distinguished_by_their_numbers() -> None:
    rig = await named((LAPTOP, ANNA), (LAPTOP, NUMBER), (TABLET, ANNA), (TABLET, OTHER_NUMBER))

    alone, proven = await person(rig, ANNA), await person(rig, ANNA, NUMBER)

    assert (alone.visitor_ids, alone.left_out) == (frozenset(), {SHARED_BROWSERS: 2})
    assert proven.visitor_ids == {LAPTOP}


async def test_a_clerks_browser_and_an_address_that_hundreds_typed_are_left_out() -> None:
    rig = await named((LAPTOP, ANNA), *((f"browser{number}".ljust(22, "0"), BERT) for number in range(30)))
    async with rig.database.transaction() as store:
        await store.evidence.see_visitors([VisitorSeen(SITE, LAPTOP, NOON, True)])

    assert (await person(rig, ANNA)).visitor_ids == frozenset()
    assert (await person(rig, BERT)).left_out == {SHARED_BY_MANY: 1}


async def test_another_reading_of_what_a_browser_wrote_is_no_link() -> None:
    around = Neighbourhood(LAPTOP, (Sighting(LAPTOP, key(ANNA), NOON, is_other_reading=True),), (), frozenset())

    assert browsers_of({key(ANNA)}, {LAPTOP: around}) == (frozenset(), 0)


VISITORS = [f"visitor{number}".ljust(22, "0") for number in range(4)]
CONTACTS = [email(str(n)) for n in range(3)] + [
    Identity(kind=IdentityKind.PHONE, index=an_index(f"phone {n}")) for n in range(2)
]


@given(
    namings=st.lists(st.tuples(st.sampled_from(VISITORS), st.sampled_from(CONTACTS)), max_size=8),
    ordered=st.lists(st.lists(st.sampled_from(CONTACTS), min_size=1, max_size=2, unique=True), max_size=3),
)
async def test_nobody_who_named_another_address_is_ever_disclosed(
    namings: list[tuple[str, Identity]], ordered: list[list[Identity]]
) -> None:
    rig = await named(*namings)
    await rig.storefront(*(an_order(*identities, when=at(20)) for identities in ordered))
    asked = CONTACTS[0]

    found = await person(rig, asked)

    addresses = {v: {c.index for w, c in namings if w == v and c.kind is IdentityKind.EMAIL} for v in VISITORS}
    assert all(addresses[visitor_id] == {asked.index} for visitor_id in found.visitor_ids)
    for contact in found.contacts - {key(asked)}:
        namers = {v for v, c in namings if key(c) == contact}
        assert all(asked.index in addresses[v] for v in namers)
    assert all(asked in order.identities for order in found.orders)


async def test_what_was_unread_at_the_request_is_in_its_answer() -> None:
    rig = Rig()
    private, public = new_request_key()
    await rig.merchant(a_request(public))
    rig.log.records.append(an_identification(LAPTOP, ANNA, at(1)))
    await rig.storefront(*(event for event in rig.database.emitted if isinstance(event, PersonDataMarked)))

    answers = [event for event in rig.database.emitted if isinstance(event, ShopperDataCollected)]
    [resolved] = [event for event in rig.database.emitted if isinstance(event, PersonResolved)]
    opened = open_answer(keys_of_request(private), SITE, answers[0].request_id, "orders", [answer.box for answer in answers])
    assert resolved.visitor_ids == (LAPTOP,)
    assert opened["browsers"] == [{"visitor_id": LAPTOP}]


async def test_a_request_that_is_older_than_its_answers_live_is_not_answered() -> None:
    rig = Rig()
    rig.clock.wall = at(8 * 24 * 60)

    await rig.merchant(a_request(new_request_key()[1]))

    assert rig.database.emitted == []


def a_request(public: str) -> PersonDataRequested:
    recipient = Recipient(kind=ContactKind.EMAIL, index=ANNA.index)
    return PersonDataRequested(
        event_id=an_id(), site_id=SITE, occurred_at=NOON, received_at=NOON, recipients=(recipient,), reader_key=public
    )


def test_an_answer_opens_with_the_key_of_its_request_whole_and_in_its_place_alone() -> None:
    (private, public), request, answer = new_request_key(), an_id(), {"carts": [{"text": "x" * 900_000}], LEFT_OUT: {}}
    boxes = seal_answer(public, SITE, request, "orders", answer)

    assert len(boxes) > 3
    assert max(map(len, boxes)) < 400_000
    assert open_answer(keys_of_request(private), SITE, request, "orders", boxes) == answer
    others = (
        (keys_of_request(new_request_key()[0]), request, "orders", boxes),
        (keys_of_request(private), an_id(), "orders", boxes),
        (keys_of_request(private), request, "notify", boxes),
        (keys_of_request(private), request, "orders", boxes[::-1]),
        (keys_of_request(private), request, "orders", boxes[:-1]),
    )
    for keys, of_request, service, parts in others:
        with pytest.raises(CannotOpen):
            open_answer(keys, SITE, of_request, service, parts)


def test_an_answer_that_is_too_large_counts_what_it_leaves_out() -> None:
    answer = {
        "carts": [{"number": n, "text": "x" * 10_000} for n in range(1_000)],
        "orders": [{"id": 1}],
        LEFT_OUT: {"carts": 5},
    }

    cut = fitted(answer)

    assert len(json.dumps(cut)) <= MOST_BYTES
    assert cut["carts"][0]["number"] == 0
    assert cut[LEFT_OUT] == {"carts": 1_005 - len(cut["carts"])}
    assert cut["orders"] == [{"id": 1}]
