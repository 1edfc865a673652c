"""Lists of spellings in an order's code: the value that came back stands in the list's place, and shows which was replaced."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.notes import Note
from services.ingest.orders.spellings import resolve
from shared.events.signals import SignalKind, SiteSignalled
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import a_body, a_rig, an_event
from tests.support.processes.ingest_client import post

NOT_REPLACED = Note(SignalKind.KEYWORD_NOT_REPLACED, "order_id")


@pytest.mark.parametrize(
    ("spellings", "value", "position"),
    [
        (["[OrderNo]", "1001"], "1001", 1),
        (["1001", "[OrderNumber]", "{OrderNo}"], "1001", 0),
        (["", "[OrderNumber]", "1001"], "1001", 2),  # this platform writes nothing where it knows no keyword
        (["[1001]", "1001"], "1001", 1),  # a keyword of which the signs are no part
        (["%1001%", "##1001##", "1001"], "1001", 2),
        ([None, 7, {}, "1001"], "1001", 3),
    ],
)
def test_the_first_that_is_a_value_is_taken(spellings: list[object], value: str, position: int) -> None:
    resolved = resolve({"orderID": spellings})

    assert resolved.fields["orderID"] == value
    assert resolved.notes == (Note(SignalKind.ORDER_ID_KEYWORD, "order_id", position),)


def test_one_keyword_that_was_replaced_shows_that_the_code_is_in_its_place() -> None:
    resolved = resolve({"orderID": ["[A]", "[B]"], "total": ["[C]", "129.90"], "cartID": "7"})

    assert (resolved.fields["orderID"], resolved.fields["total"], resolved.fields["cartID"]) == (None, "129.90", "7")
    assert [note.kind for note in resolved.notes] == [SignalKind.TOTAL_KEYWORD]


def test_none_that_was_replaced_is_noted_once() -> None:
    assert resolve({"orderID": ["[A]", "[B]"], "total": ["[C]", "[D]"]}).notes == (NOT_REPLACED,)


@given(st.dictionaries(st.sampled_from(["orderID", "total", "phone", "status"]), st.text() | st.lists(st.text(), max_size=1)))
def test_a_code_without_lists_is_read_as_it_is(fields: dict[str, object]) -> None:
    resolved = resolve(fields)

    assert (resolved.fields, resolved.notes) == (fields, ())


@given(st.dictionaries(st.sampled_from(["orderID", "total", "email"]), st.lists(st.text() | st.none() | st.integers())))
def test_no_list_of_a_stranger_is_left_and_every_place_can_be_signalled(fields: dict[str, object]) -> None:
    resolved = resolve(fields)

    assert [value for value in resolved.fields.values() if isinstance(value, list) and len(value) > 1] == []
    assert all(note.position is None or note.position < 32 for note in resolved.notes)


async def test_an_order_signals_the_replaced_spelling_of_each_keyword_and_proves_the_code() -> None:
    rig = a_rig()
    fields = {"orderID": ["[OrderNo]", "1001"], "total": ["129.90", "{Total}"], "phone": ["[Phone]", "[Tel]"]}

    answer = await post(rig, a_body(an_event("order.reported") | {"d": fields}))
    await rig.ingestion.commit.drain(1)

    (order,) = rig.kafka.events()
    signals = {each.kind.value: each for each in rig.kafka.events("site-signals") if isinstance(each, SiteSignalled)}
    assert answer.status_code == 204
    assert isinstance(order, OrderReported)
    assert order.total is not None
    assert (order.order_id, order.total.minor) == ("1001", 12990)
    assert {kind: signal.position for kind, signal in signals.items()} == {
        "order_id_keyword": 1,
        "total_keyword": 0,
        "order_seen": None,
    }
