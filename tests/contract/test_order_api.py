"""The order API's contract: each field that the reader knows is described with an example, and no other."""

import re
from collections.abc import Iterator, Mapping
from html import unescape

from services.ingest.items import SERVER
from services.ingest.orders.reports import read_server_order
from services.ingest.orders.warnings import REMEDIES
from services.onboarding.web.openapi import describe
from services.onboarding.web.pages import pages
from shared.runtime.http.order_api import EXAMPLE, Order, OrderLine
from tests.support.builders.ingest import NOON, SITE, a_rig
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


def test_whatever_the_page_of_the_order_api_shows_is_text() -> None:
    hostile = "</code><script>alert(1)</script>"
    html = pages.get_template("order_api.html").render(
        signed_in=None, site=None, faults=[], address=hostile, example=hostile, shortest=hostile,
        refused={hostile: hostile}, tables=[(hostile, [(hostile, hostile, hostile)])],
    )  # fmt: skip

    assert "alert(1)" not in "".join(re.findall(r"<script.*?</script>", html))
    assert unescape(html).count(hostile) >= 8
