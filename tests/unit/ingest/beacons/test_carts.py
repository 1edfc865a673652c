"""Carts as pages report them: what can be read of one is kept, and what cannot is signalled."""

import json

import httpx
import pytest

from shared.events.envelope import Money
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.builders.ingest import CHROME, VISITOR, Rig, a_body, a_cart_event, a_rig, an_event

HEADERS = {"origin": "https://shop.example", "user-agent": CHROME}


async def post(rig: Rig, *events: dict[str, object], visitor: str | None = VISITOR) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=rig.app), base_url="http://ingest") as client:
        body = json.dumps(a_body(*events, visitor=visitor))
        return await client.post("/v1/beacons", content=body, headers=HEADERS)


async def cart_of(rig: Rig, **fields: object) -> CartUpdated:
    answer = await post(rig, a_cart_event("c1", **fields))
    assert answer.status_code == 204, answer.text
    (event,) = rig.kafka.events()
    assert isinstance(event, CartUpdated)
    return event


def unread(rig: Rig, field: str) -> float:
    labels = {"kind": "unreadable_field", "field": field}
    return rig.registry.get_sample_value("beckon_ingest_unread_fields_total", labels) or 0


@pytest.mark.parametrize(
    ("currency", "total", "read", "assumed"),
    [
        ("USD", "$1,299.00", Money(minor=129900, currency="USD"), False),
        (None, "1299.00", Money(minor=129900, currency="USD"), True),
        ("", "1299.00", Money(minor=129900, currency="USD"), True),
        ("[Currency]", "1299.00", Money(minor=129900, currency="USD"), True),
        ("eur", "1.299,00 €", Money(minor=129900, currency="EUR"), False),
        ("€", "12,99", Money(minor=1299, currency="EUR"), False),
        ("XOF", 2500, Money(minor=2500, currency="XOF"), False),
        ("US Dollar", "12.99", None, False),
        ("DOGE", "12.99", None, False),
        ("USD", "€12.99", None, False),
        ("USD", "-12.99", None, False),
    ],
)
async def test_an_amount_of_a_cart_has_the_currency_that_it_names(
    currency: object, total: object, read: Money | None, assumed: bool
) -> None:
    rig = a_rig()

    cart = await cart_of(rig, currency=currency, total=total)

    assert (cart.total, cart.currency_assumed) == (read, assumed)
    assert unread(rig, "total") == (read is None)


async def test_an_order_of_unknown_currency_has_no_total_and_silences() -> None:
    rig = a_rig()

    await post(rig, an_event("order.reported", orderID="7", total="12.99", currency="points"))

    (order,) = rig.kafka.events()
    assert isinstance(order, OrderReported)
    assert (order.order_id, order.total, order.currency_assumed) == ("7", None, False)
    assert unread(rig, "currency") == 1


def a_line(**fields: object) -> dict[str, object]:
    return {"productID": "W-101", "productName": "Harbor Red", "quantity": 1, "productPrice": "64.95"} | fields


@pytest.mark.parametrize(
    ("quantity", "read"),
    [
        (2, 2),
        ("2", 2),
        ("1.0000", 1),
        ("2.00", 2),
        ("3,0", 3),
        (2.0, 2),
        ("1 x", 1),
        ("2x", 2),
        ("x 2", 2),
        ("2 pcs", 2),
        ("3 Stück", 3),
        ("2 pcs.", 2),
        ("٣", 3),
        (0.5, 1),
        ("0,5 kg", 1),
        ("1.5", 2),
        ("1.000", 1),
        (None, 1),
        ("", 1),
        ("1,000", None),
        ("2 of 6", None),
        ("-1", None),
        (-1, None),
        ("\u22121", None),
        (10**9, None),
        ("9" * 40, None),
        (float("1e300"), None),
        (True, None),
        ([1], None),
        ("many", None),
    ],
)
async def test_a_quantity_in_any_spelling_is_read_or_costs_its_line_alone(quantity: object, read: int | None) -> None:
    rig = a_rig()

    cart = await cart_of(rig, items=[a_line(quantity=quantity), a_line(productID="W-102")])

    quantities = {item.product_id: item.quantity for item in cart.items}
    assert quantities == ({"W-101": read} if read else {}) | {"W-102": 1}
    assert cart.unread_lines == (read is None)
    assert unread(rig, "items") == (read is None)


@pytest.mark.parametrize(
    ("line", "product_id"),
    [
        ({"productName": "Harbor Red"}, "Harbor Red"),
        ({"sku": "H-1", "productName": "Harbor Red"}, "H-1"),
        ({"productID": "", "productURL": "https://shop.example/p/7?x=1"}, "/p/7"),
        ({"productID": 7}, "7"),
        ({"productID": "x" * 500, "productName": "y" * 500}, "x" * 128),
        ({"product": {"id": 7}}, None),
        (None, None),
        ([], None),
        ("W-101", None),
        ({}, None),
    ],
)
async def test_a_line_is_known_by_what_it_has(line: object, product_id: str | None) -> None:
    cart = await cart_of(a_rig(), items=[line, a_line()])

    assert [item.product_id for item in cart.items] == ([product_id] if product_id else []) + ["W-101"]
    assert cart.unread_lines == (product_id is None)


@pytest.mark.parametrize(
    ("items", "total", "known", "unread_lines"),
    [
        ([None, {"quantity": "many"}], "129.90", 0, 2),
        ([None], None, 0, 1),
        ("2 bottles", "129.90", 0, 1),
        (None, 129.9, 0, 1),
        ([{"productID": "W-101", "quantity": 0}], "129.90", 0, 1),
        ([{"productID": "W-101", "quantity": 0}, {"productID": "W-102"}], "129.90", 1, 0),
        ({"0": {"productID": "W-101"}, "3": {"productID": "W-102"}}, "129.90", 2, 0),
        ([{"productID": f"W-{n}"} for n in range(103)], "129.90", 100, 3),
        # these are empty, and are reported as that
        ([], "0.00", 0, 0),
        ([{"productID": "W-101", "quantity": 0}], "0.00", 0, 0),
        ([{"productID": "W-101", "quantity": "0"}], None, 0, 0),
    ],
)
async def test_a_cart_of_which_little_can_be_read_is_kept_and_not_emptied(
    items: object, total: object, known: int, unread_lines: int
) -> None:
    cart = await cart_of(a_rig(), items=items, total=total)

    assert (len(cart.items), cart.unread_lines) == (known, unread_lines)
    assert (cart.total is None) == (total is None)


async def test_a_cart_with_neither_lines_nor_a_total_is_none() -> None:
    rig = a_rig()

    answer = await post(rig, a_cart_event("c1", items="?", total="?"))

    assert answer.status_code == 422
    assert answer.json()["rejected"][0]["field"] == "items"


async def test_a_bad_line_of_an_order_costs_itself_and_is_noted() -> None:
    rig = a_rig()

    await post(rig, an_event("order.reported", orderID="7", items=[None, a_line(quantity="1.0000", productPrice="?")]))

    (order,) = rig.kafka.events()
    assert isinstance(order, OrderReported)
    assert [(item.product_id, item.quantity, item.unit_price) for item in order.items] == [("W-101", 1, None)]
    assert (unread(rig, "items"), unread(rig, "unit_price")) == (1, 1)
