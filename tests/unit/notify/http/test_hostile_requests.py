"""notify as it is served: no header, query, path or body, at its largest, is answered with an error or ends a loop."""

import asyncio
import re
from collections.abc import Iterator
from itertools import cycle, islice
from urllib.parse import parse_qsl

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.routing import Route as StarletteRoute

from services.notify.addresses import Addresses
from services.notify.channels.sms.twilio import signature_of
from services.notify.http.carrier import CarrierHttp
from services.notify.http.public import PublicHttp
from services.notify.metrics import NotifyMetrics
from shared.events.message import MessagePrepared
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id
from tests.support.builders.notify import CONSOLE_KEYS, KEYS, SITE, TOKEN, a_due_nudge
from tests.support.hostile_requests import (
    BODIES,
    LONGEST_TARGET,
    VALUES,
    Route,
    hostile_requests,
    in_target,
    served,
    status_at,
    unanswered,
    written,
)
from tests.support.memory.notify import MemoryDatabase
from tests.unit.notify.delivery.test_without_servers import Desk

ADDRESSES = Addresses("https://go.example", [b"k" * 32])
LINK = b"A" * 17
PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
INBOUND = f"/in/twilio/{SITE}".encode()
CALLBACK = ADDRESSES.callback_path(SITE, "attempt").encode()
UNSIGNED = {b"X-Twilio-Signature": b"A" * 27 + b"="}
SAVED = Route(b"GET", b"/l/" + LINK + b"/saved")
ID_AND_SITE = str(SITE).encode()
FILLED = {"token": LINK.decode(), "site_id": str(SITE), "attempt_id": "attempt", "mac": CALLBACK.rsplit(b"/", 1)[1].decode()}
"""What a genuine address has in the places of its path."""


def routes_of(app: Starlette) -> Iterator[Route]:
    """Each address of the service; a new one is met by itself."""
    for route in app.routes:
        assert isinstance(route, StarletteRoute), "no other kind is served"
        path = PLACE.sub(lambda place: FILLED[place[1]], route.path).encode()
        for method in sorted((route.methods or set()) - {"HEAD"}):
            is_carriers = method == "POST" and path.startswith((b"/cb", b"/in"))
            yield Route(method.encode(), path, (), UNSIGNED if is_carriers else {}, b"a=b" if is_carriers else b"")
    yield from (Route(b"GET", b"/nothing"), Route(b"PUT", CALLBACK))


def places_of(app: Starlette) -> Iterator[tuple[bytes, bytes]]:
    """Method and path of each address with one of its places open, and of one that there is not."""
    for route in app.routes:
        assert isinstance(route, StarletteRoute)
        method = b"POST" if "POST" in (route.methods or set()) else b"GET"
        for open_place in PLACE.finditer(route.path):
            before, after = route.path[: open_place.start()], route.path[open_place.end() :]
            yield method, b"%s".join(PLACE.sub(lambda place: FILLED[place[1]], part).encode() for part in (before, after))
    yield b"GET", b"/%s"


def an_app(database: MemoryDatabase) -> Starlette:
    clock, metrics = SystemClock(), NotifyMetrics(CollectorRegistry())
    carrier = CarrierHttp(
        database, KEYS, KEYS.public_key(), CONSOLE_KEYS.public_key(), ADDRESSES, clock, new_random_id, lambda: None, metrics
    )
    return PublicHttp(database, clock, carrier, lambda: None).app()


def hostile_paths(app: Starlette) -> Iterator[bytes]:
    places = cycle([*places_of(app)])
    for value in VALUES:
        for method, place in islice(places, 4):
            yield written(Route(method, (place % in_target(value))[:LONGEST_TARGET], (), UNSIGNED))


def hostile_forms() -> Iterator[bytes]:
    """Signed by the carrier, which passes on whatever a handset sent."""
    for path in (INBOUND, CALLBACK):
        names = cycle((b"MessageSid", b"From", b"Body", b"MessageStatus", b"ErrorCode"))
        for value in VALUES:
            for name in islice(names, 2):
                yield signed(path, b"MessageSid=SM1&From=%2B12025550143&Body=STOP&" + name + b"=" + quoted(value))
        for body in BODIES:
            yield signed(path, body)


def quoted(value: bytes) -> bytes:
    return b"".join(b"%%%02x" % sign for sign in value[:5_000])


def signed(path: bytes, body: bytes) -> bytes:
    form = dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    signature = signature_of(TOKEN, f"https://go.example{path.decode()}", form)
    return written(Route(b"POST", path, (), {b"X-Twilio-Signature": signature.encode()}, body))


async def test_every_header_query_path_and_form_is_answered_and_the_loop_goes_on() -> None:
    desk = Desk()
    await desk.open()
    async with desk.memory.transaction() as store:
        cart = a_due_nudge().cart.model_dump_json(by_alias=True)
        await store.attempts.add_link(SITE, LINK.decode(), "attempt", cart, SystemClock().now())
    running = asyncio.create_task(desk.dispatcher.run())
    app = an_app(desk.memory)
    async with served(app) as port:
        assert await status_at(port, written(SAVED)) == 200
        assert await unanswered(port, hostile_requests(routes_of(app), alone=45, together=24)) == []
        assert await unanswered(port, hostile_paths(app)) == []
        assert await unanswered(port, hostile_forms()) == []

        assert await status_at(port, written(SAVED)) == 200

    await desk.sees(MessagePrepared)
    assert not running.done()
    running.cancel()
