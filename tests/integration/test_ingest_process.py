"""ingest as a process against a real Kafka: what it acknowledged is there; without Kafka it acknowledges nothing."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from services.ingest.http.beacons import PIXEL
from shared.events.codec import decode
from shared.events.identifiers import browser_event_id
from shared.events.storefront import OrderReported
from shared.runtime.ids import new_site_key, new_uuid7
from tests.support.builders.ingest import CHROME, VISITOR, a_body, a_cart_event, an_event, site_settings
from tests.support.processes.ingest import IngestProcess, an_ingest, publish_site, read_all
from tests.support.processes.servers import Server, embedded_kafka

SITE, KEY = new_uuid7(), new_site_key()
SHOP = {"origin": "https://shop.example", "user-agent": CHROME}


@pytest.fixture(scope="module")
def broker() -> Iterator[Server]:
    server = embedded_kafka()
    server.start()
    asyncio.run(publish_site(server.address, site_settings(site_id=SITE, site_keys=(KEY,))))
    yield server
    server.kill()


@pytest.fixture
def ingest(broker: Server, tmp_path: Path) -> Iterator[IngestProcess]:
    with an_ingest(broker.address, tmp_path / "ingest.log") as process:
        yield process


@pytest.fixture
async def client(ingest: IngestProcess) -> AsyncIterator[httpx.AsyncClient]:
    limits = httpx.Limits(max_connections=32)
    async with httpx.AsyncClient(base_url=ingest.address, headers=SHOP, limits=limits, timeout=20) as client:
        yield client


async def send(client: httpx.AsyncClient, client_id: str) -> int:
    event = an_event("order.reported", client_id, orderID=client_id, email="anna@shop.example", phone="+12125550147")
    answer = await client.post("/v1/beacons", json=a_body(event, key=KEY))
    return answer.status_code


async def test_killed_after_a_thousand_answers_all_of_them_are_on_the_topic(
    ingest: IngestProcess, broker: Server, client: httpx.AsyncClient
) -> None:
    acknowledged: set[str] = set()

    deadline = time.monotonic() + 60

    async def worker(number: int) -> None:
        while len(acknowledged) < 1000:
            assert time.monotonic() < deadline, "too few answers"
            client_id = f"{number}-{len(acknowledged)}-{time.monotonic_ns()}"
            try:
                if await send(client, client_id) == 204:
                    acknowledged.add(client_id)
            except httpx.TransportError:
                return  # killed under this request: it was not acknowledged
            if len(acknowledged) == 1000:
                ingest.kill()

    await asyncio.gather(*(worker(number) for number in range(16)))
    stored = await read_all(broker.address, "storefront-events")

    assert len(acknowledged) >= 1000
    assert {str(browser_event_id(SITE, VISITOR, client_id)) for client_id in acknowledged} <= {key for key, _ in stored}
    assert not [value for _, value in stored if b"anna" in value or b"5550147" in value]


async def test_with_the_broker_gone_nothing_is_acknowledged_and_it_goes_on_when_it_is_back(
    broker: Server, client: httpx.AsyncClient
) -> None:
    assert await send(client, "before") == 204
    broker.kill()

    during = await asyncio.gather(*(send(client, f"during-{number}") for number in range(20)))
    broker.start()
    deadline = time.monotonic() + 30
    number = 0
    while await send(client, f"after-{number}") != 204:
        assert time.monotonic() < deadline, "ingest did not find its broker again"
        number += 1

    stored = {key for key, _ in await read_all(broker.address, "storefront-events")}
    assert set(during) == {503}
    assert {str(browser_event_id(SITE, VISITOR, name)) for name in ("before", f"after-{number}")} <= stored


async def test_asked_to_stop_it_finishes_what_it_has_and_ends_well(
    ingest: IngestProcess, broker: Server, client: httpx.AsyncClient
) -> None:
    sending = [asyncio.create_task(send(client, f"last-{number}")) for number in range(50)]
    assert await sending[0] == 204

    code = await asyncio.to_thread(ingest.stop)
    answers = await asyncio.gather(*sending, return_exceptions=True)

    stored = {key for key, _ in await read_all(broker.address, "storefront-events")}
    durable = [number for number, answer in enumerate(answers) if answer == 204]
    assert code == 0
    assert {str(browser_event_id(SITE, VISITOR, f"last-{number}")) for number in durable} <= stored


async def test_an_unreadable_order_silences_and_carts_and_pixels_come_through(
    broker: Server, client: httpx.AsyncClient
) -> None:
    broken: dict[str, object] = {
        "t": "order.reported",
        "i": "broken",
        "a": {},
        "d": {"orderID": {}, "total": "[OrderTotal]"},
    }

    order = await client.post("/v1/beacons", json=a_body(broken, key=KEY))
    cart = await client.post("/v1/beacons", json=a_body(a_cart_event("cart"), key=KEY))
    pixel = await client.get("/v1/p.gif", params={"k": KEY, "u": VISITOR, "o": "7"})

    stored = dict(await read_all(broker.address, "storefront-events"))
    event = decode("storefront-events", stored[str(browser_event_id(SITE, VISITOR, "broken"))])
    assert (order.status_code, cart.status_code, pixel.content) == (204, 204, PIXEL)
    assert isinstance(event, OrderReported)
    assert (event.order_id, event.total) == (None, None)


async def test_bytes_that_are_no_request_cost_nobody_anything(ingest: IngestProcess, client: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", ingest.port)
    writer.write(b"POST /v1/beacons HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{")  # and never the rest

    others = [await send(client, f"neighbour-{number}") for number in range(5)]
    slow = await asyncio.wait_for(reader.read(200), 10)

    writer.close()
    assert others == [204] * 5
    assert b"408" in slow.split(b"\r\n")[0]
