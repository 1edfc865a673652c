"""Derived ids never change: what was written with one of them is compared with what is written in years.

The expected values were computed by Python's own ``uuid.uuid5`` over names spelled out by hand.
"""

import uuid
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events import identifiers

SITE = UUID("0198f0aa-0000-7000-8000-000000000001")
VISITOR = "AAAAAAAAAAAAAAAAAAAAAA"
CART = UUID("b1c1f1c4-7f3c-5f0e-8a52-0b6a1b1c1d1e")

VECTORS = [
    (identifiers.browser_event_id(SITE, VISITOR, "c1"), "9be0164e-c0b1-5005-84ac-9770d7bd5b6c"),
    (identifiers.browser_event_id(SITE, VISITOR, "ü"), "585badb3-edf0-5001-ab74-4c7905b06fba"),
    (identifiers.server_event_id(SITE, "server", "1001", "placed", None), "b4f24a93-ef45-51e4-a468-ee882590f228"),
    (
        identifiers.server_event_id(SITE, "poll", "1001", "placed", datetime(2026, 11, 25, 12, 0, tzinfo=UTC)),
        "a187d45d-7a55-5960-8298-1fdf5830c53c",
    ),
    (identifiers.derived_event_id(CART, "cart.abandoned"), "dc362f35-17eb-5fa9-bbbb-dba6ecce4b18"),
    (identifiers.derived_event_id(CART, "cart.abandoned", 2), "47aea6db-7976-571f-b0ee-589d5d4190d7"),
    (identifiers.cart_id_of(SITE, VISITOR, 1), "bf40941b-7500-531d-a0f0-b4f136ce9610"),
    (identifiers.cart_id_of(SITE, VISITOR, 2), "3ae4efd2-2b54-542e-afaa-891f77dfeb66"),
    (identifiers.nudge_id_of(CART, 1, "default", 1), "9f7ba864-6d7c-5424-a3db-c2d2f0580bc1"),
    (identifiers.browser_mark(SITE), "e4c93d92"),
    (identifiers.link_id_of("abcdefghijklmnopq"), "918a954ac4dfb54ac39f068d9868227f"),
]


@pytest.mark.parametrize(("made", "expected"), VECTORS)
def test_a_derived_id_is_the_one_written_down(made: UUID | str, expected: str) -> None:
    assert str(made) == expected


@given(namespace=st.uuids(), name=st.text())
def test_the_fast_way_makes_the_uuid5_of_the_standard_library(namespace: UUID, name: str) -> None:
    assert identifiers.name_uuid(namespace, name) == uuid.uuid5(namespace, name)


def test_namespaces_do_not_meet() -> None:
    spaces = {
        identifiers.BROWSER_EVENT,
        identifiers.SERVER_EVENT,
        identifiers.DERIVED_EVENT,
        identifiers.CART,
        identifiers.NUDGE,
    }

    assert len(spaces) == 5
