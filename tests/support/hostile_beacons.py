"""Beacons of every type, and orders of servers, in which one field after another holds what a stranger may write.

Types and fields are the product's own: a new one is spoiled by itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from itertools import cycle, islice
from pathlib import Path

from services.ingest.beacons.events import NAMED_CONTACTS, READERS
from services.ingest.beacons.reader_names import READER_FAILED
from services.ingest.items import OTHER_IDS, PAGE
from services.ingest.orders.reports import NAMES_ON_PAGES
from shared.runtime.http.order_api import Order, OrderLine
from shared.runtime.security.sealing import to_base64url
from tests.support.builders.ingest import NOON, ms
from tests.support.builders.push import BROWSER, ENDPOINT
from tests.support.strangers import HOSTILE_TEXTS

INGEST = Path(__file__).parents[2] / "services" / "ingest"
EVENT_TYPES = ("order.reported", *READERS, READER_FAILED)
LINE_FIELDS = sorted({*astuple(PAGE), *OTHER_IDS, "qty"})
FIELDS = sorted(
    {name for path in INGEST.rglob("*.py") for name in re.findall(r'\.get\("(\w+)"', path.read_text())}
    | {*NAMES_ON_PAGES.values(), *(name for name, _ in NAMED_CONTACTS), "p256dh", "auth"}
)
"""Every name that ingest reads by itself, and those that it reads by a table."""

LONG = "a" * 9_000
ODD: tuple[object, ...] = (
    *HOSTILE_TEXTS,
    *("0", "-0", "1e9", LONG, "\u00df" * 600, "\U0001f600" * 300, "\x7f\x85\u2028", "2147483648", "9223372036854775808"),
    *(0, -1, 1, 2**31 - 1, 2**31, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 10**4200, 0.5, -0.0, 1e308, float("nan"), float("inf")),
    *(True, False, None, [], {}, [[]], {"a": {}}, ["[order]", "1001"], [None] * 120, [{}] * 120),
)
GENUINE: dict[str, object] = {
    "seq": 1,
    "version": 5,
    "total": "129.90",
    "currency": "USD",
    "phone": "+12125550147",
    "text": "Yes",
    "token": "t" * 17,
    "endpoint": ENDPOINT,
    "p256dh": to_base64url(BROWSER.p256dh),
    "auth": to_base64url(BROWSER.auth),
    "vapid": "v",
    "attempt": "0" * 32,
    "orderID": "1001",
    "items": [{"productID": "W-1", "productName": "Harbor Red", "quantity": 2, "productPrice": "64.95"}],
}


def hostile_events(each: int) -> Iterator[dict[str, object]]:
    """Events of every type, each field spoiled so many times; the values take turns, so that over all of them each is met."""
    values, number = cycle(ODD), 0
    for event_type in EVENT_TYPES:
        for spoiled in _spoiled(values, each):
            number += 1
            yield {"i": f"e{number}", "t": event_type, "a": ms(NOON), "p": "/checkout", "d": GENUINE} | spoiled


def _spoiled(values: Iterator[object], each: int) -> Iterator[dict[str, object]]:
    for name in FIELDS:
        for value in islice(values, each):
            yield {"d": {**GENUINE, name: value}}
    for name in LINE_FIELDS:
        for value in islice(values, each):
            yield {"d": {**GENUINE, "items": [{"productID": "W-1", name: value}]}}
    for name in ("i", "a", "p", "d"):
        yield from ({name: value} for value in islice(values, each))


def hostile_orders(each: int) -> Iterator[Mapping[str, object]]:
    """Bodies of ``POST /v1/orders``: they name somebody, and a field of the order or of its line is spoiled."""
    values = cycle(ODD)
    for name in Order.model_fields:
        yield from ({"email": "anna@shop.example", "phone": "+12125550147", name: value} for value in islice(values, each))
    for name in OrderLine.model_fields:
        lines = ({"product_id": "W-1", "quantity": 1, name: value} for value in islice(values, each))
        yield from ({"email": "anna@shop.example", "items": [line]} for line in lines)
