"""The order API's contract: each field that the reader knows is described with an example, and no other."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from services.ingest.items import SERVER
from services.ingest.orders.reports import read_server_order
from services.ingest.orders.warnings import REMEDIES
from services.onboarding.web.openapi import describe
from services.onboarding.web.pages import pages
from shared.events.envelope import Money
from shared.events.storefront import OrderReported
from shared.runtime.http.order_api import EXAMPLE, ORDERS_PATH, Order, OrderLine
from tests.support import developers_document as document
from tests.support.builders.ingest import API_SECRET, KEY_ID, NOON, SITE, a_rig
from tests.unit.ingest.orders.test_order_reports import post


class Recorded(Mapping[str, object]):
    """A report's fields, and which of them were asked for."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = fields
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.asked.add(name)
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def test_the_fields_that_are_read_are_those_that_are_described() -> None:
    ingestion, fields = a_rig().ingestion, Recorded(EXAMPLE)
    site = ingestion.sites.by_id(SITE)
    assert site is not None
    contacts = ingestion.contacts_of(site)
    assert contacts is not None

    read_server_order(fields, NOON, site, contacts)

    assert fields.asked == {*Order.model_fields}
    assert {*vars(SERVER).values()} == {*OrderLine.model_fields}


def test_each_field_has_a_description_and_a_remedy() -> None:
    schemas = describe([], "", "https://t.shop.example")["components"]["schemas"]

    described = {
        name for model in ("Order", "OrderLine") for name, field in schemas[model]["properties"].items() if field["description"]
    }
    assert described == {*Order.model_fields, *OrderLine.model_fields}
    assert {*REMEDIES} <= described


def test_the_document_names_ingests_own_address_and_key() -> None:
    document = describe([], "https://console.example", "https://t.shop.example")

    operation = document["paths"]["/v1/orders"]["post"]
    assert operation["servers"] == [{"url": "https://t.shop.example"}]
    assert operation["security"] == [{"secretKey": []}]
    assert operation["requestBody"]["content"]["application/json"]["example"] == EXAMPLE


async def test_the_documents_example_is_read_whole() -> None:
    answer = await post(a_rig(), EXAMPLE)

    assert (answer.status_code, {*answer.json()}) == (200, {"event_id"})


async def test_the_call_of_the_developers_document_is_read_whole() -> None:
    rig, (address, headers, body) = a_rig(), document.call()
    secret = f"bsk_{KEY_ID}_{API_SECRET}"
    sent = {name: value.replace("$BECKON_SECRET_KEY", secret) for name, value in headers.items()}

    answer = await post(rig, body.encode(), sent)

    (order,) = rig.kafka.events()
    assert isinstance(order, OrderReported)
    assert address == f"{document.INGEST}{ORDERS_PATH}"
    assert (answer.status_code, answer.json()) == (200, {"event_id": str(order.event_id)})
    assert (order.order_id, order.total, len(order.items)) == ("1001", Money(minor=12990, currency="USD"), 1)


def test_whatever_the_page_of_the_order_api_shows_is_text() -> None:
    hostile = "</code><script>alert(1)</script>"
    html = pages.get_template("order_api.html").render(
        signed_in=None, site=None, faults=[], address=hostile, example=hostile, shortest=hostile,
        refused={hostile: hostile}, tables=[(hostile, [(hostile, hostile, hostile)])],
    )  # fmt: skip

    assert "alert(1)" not in "".join(re.findall(r"<script.*?</script>", html))
    assert unescape(html).count(hostile) >= 8
