"""ingest as it is served: no header, query or body, at its largest, is answered with an error or costs anybody else theirs."""

import json

from shared.events.envelope import Event
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import API_SECRET, CHROME, KEY_ID, SITE_KEY, VISITOR, a_body, a_cart_event, a_rig
from tests.support.hostile_requests import Route, hostile_requests, served, status_at, unanswered, written

PAGE = {b"Origin": b"https://shop.example", b"User-Agent": CHROME.encode()}
SERVER = {b"Authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}".encode()}
ORDER = Route(b"POST", b"/v1/orders", (), SERVER, b'{"email": "anna@shop.example"}')
ROUTES = (
    Route(b"POST", b"/v1/beacons", (), PAGE, json.dumps(a_body(a_cart_event())).encode()),
    Route(b"OPTIONS", b"/v1/beacons", (), PAGE),
    Route(b"GET", f"/v1/p.gif?k={SITE_KEY}&u={VISITOR}".encode(), (b"k", b"u", b"o", b"t", b"c"), PAGE),
    ORDER,
    Route(b"GET", f"/s/{SITE_KEY}.js".encode(), (b"v",), PAGE),
    Route(b"GET", f"/s/{SITE_KEY}/push.js".encode(), (), PAGE),
    Route(b"GET", f"/s/{SITE_KEY}/office.js".encode(), (), PAGE),
    Route(b"GET", b"/s/worker.js", (), PAGE),
    Route(b"PUT", b"/v1/orders", (), PAGE),
    Route(b"GET", b"/nothing", (), PAGE),
)


async def test_every_header_query_and_body_is_answered_and_the_next_order_is_taken() -> None:
    rig = a_rig(per_second=1e9, orders_per_second=1e9)
    async with served(rig.app) as port:
        assert await unanswered(port, hostile_requests(ROUTES, alone=45)) == []
        rig.ingestion.signals.sweep(5000.0)
        taken = len(orders_of(rig.kafka.events()))

        assert await status_at(port, written(ORDER)) == 200

    await rig.ingestion.commit.drain(1)
    assert len(orders_of(rig.kafka.events())) == taken + 1
    assert rig.kafka.events("site-signals")


def orders_of(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, OrderReported)]
