"""ingest as it is served: no header, query or body, at its largest, is answered with an error or costs anybody else theirs."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256

from services.ingest.http import app, cartstack
from shared.events.envelope import Event
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import (
    API_SECRET,
    CHROME,
    KEY_ID,
    SITE,
    SITE_KEY,
    VISITOR,
    a_body,
    a_cart_event,
    a_rig,
    site_settings,
)
from tests.support.hostile_requests import Route, hostile_requests, served, status_at, unanswered, written

PAGE = {b"Origin": b"https://shop.example", b"User-Agent": CHROME.encode()}
WITH_PUSH = {"vapid_public": "B" * 87, "worker_path": "/worker.js"}
SETTINGS = site_settings(platform="shopify", webhook_secret="s" * 64).model_copy(update=WITH_PUSH)
SERVER = {b"Authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}".encode()}
ORDER = Route(b"POST", b"/v1/orders", (), SERVER, b'{"email": "anna@shop.example"}')
CONFIRMED = f"key=bsk_{KEY_ID}_{API_SECRET}&email=anna@shop.example".encode()
SECRET, SHOPIFY_ORDER = "s" * 64, b'{"id": 450789469, "email": "anna@shop.example"}'
SIGNED = {
    b"X-Shopify-Topic": b"orders/create",
    b"X-Shopify-Test": b"false",
    b"X-Shopify-Hmac-Sha256": b64encode(hmac.new(SECRET.encode(), SHOPIFY_ORDER, sha256).digest()),
}
OF_CARTSTACK = (b"key", b"siteid", *(name.encode() for name in cartstack.FIELDS))
GENUINE = (
    ORDER,
    Route(b"POST", b"/v1/beacons", (), PAGE, json.dumps(a_body(a_cart_event())).encode()),
    Route(b"POST", f"/v1/webhooks/orders?site={SITE}".encode(), (b"site",), SIGNED, SHOPIFY_ORDER),
    Route(b"GET", f"/v1/p.gif?k={SITE_KEY}&u={VISITOR}".encode(), (b"k", b"u", b"o", b"t", b"c"), PAGE),
    Route(b"GET", b"/compat/ss/v1?" + CONFIRMED, OF_CARTSTACK, PAGE),
    Route(b"GET", b"/compat/ss/v1/?" + CONFIRMED, OF_CARTSTACK, PAGE),
    *(Route(b"GET", f"/s/{SITE_KEY}{part}.js".encode(), (b"v",), PAGE) for part in ("", "/readers", "/push", "/cartstack")),
    Route(b"GET", b"/s/worker.js", (), PAGE),
    Route(b"OPTIONS", b"/v1/beacons", (), PAGE),
)
ROUTES = (*GENUINE, Route(b"PUT", b"/v1/orders", (), PAGE), Route(b"GET", b"/nothing", (), PAGE))


def test_each_address_of_the_service_is_tried() -> None:
    tried = {(route.method.decode(), route.path.partition(b"?")[0].decode()) for route in GENUINE}

    assert set(app.ROUTES) <= tried


async def test_every_header_query_and_body_is_answered_and_the_next_order_is_taken() -> None:
    rig = a_rig(per_second=1e9, orders_per_second=1e9, settings=SETTINGS)
    async with served(rig.app) as port:
        assert [await status_at(port, written(route)) for route in GENUINE] == [200, 204, *[200] * (len(GENUINE) - 3), 204]
        assert await unanswered(port, hostile_requests(ROUTES, alone=45)) == []
        rig.ingestion.signals.sweep(5000.0)
        taken = len(orders_of(rig.kafka.events()))

        assert await status_at(port, written(ORDER)) == 200

    await rig.ingestion.commit.drain(1)
    assert len(orders_of(rig.kafka.events())) == taken + 1
    assert rig.kafka.events("site-signals")


def orders_of(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, OrderReported)]
