"""Carts as pages report them: what can be read of one is kept, and what cannot is told."""

import json

import httpx
import pytest

from shared.events.envelope import Money
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.builders_ingest import CHROME, VISITOR, Rig, a_body, a_cart_event, a_rig, an_event

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


async def test_an_order_whose_currency_nobody_can_tell_has_no_total_and_silences() -> None:
    rig = a_rig()

    await post(rig, an_event("order.reported", orderID="7", total="12.99", currency="points"))

    (order,) = rig.kafka.events()
    assert isinstance(order, OrderReported)
    assert (order.order_id, order.total, order.currency_assumed) == ("7", None, False)
    assert unread(rig, "currency") == 1
