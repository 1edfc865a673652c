"""ingest as a process against a real Kafka: what it acknowledged is there; without Kafka it acknowledges nothing."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
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


class Balancer:
    """Sends a hundred orders a second in turn to whoever was ready a moment ago, over connections that it keeps."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._clients: dict[IngestProcess, httpx.AsyncClient] = {}
        self._turns = itertools.count()
        self._ready: list[IngestProcess] = []
        self.answers: dict[str, int | str] = {}
        self.is_over = asyncio.Event()

    async def add(self, process: IngestProcess) -> None:
        """One more to send to."""
        self._clients[process] = await self._stack.enter_async_context(
            httpx.AsyncClient(base_url=process.address, headers=SHOP, timeout=20)
        )

    def drop(self, process: IngestProcess) -> None:
        """It is gone."""
        del self._clients[process]

    async def has_sent(self, more: int) -> None:
        """Wait until so many more were answered."""
        wanted = len(self.answers) + more
        async with asyncio.timeout(30):
            while len(self.answers) < wanted:
                await asyncio.sleep(0.01)

    async def check_readiness(self) -> None:
        """As an orchestrator does, every fifth of a second."""
        while not self.is_over.is_set():
            self._ready = [process for process in list(self._clients) if await asyncio.to_thread(process.is_ready)]
            await asyncio.sleep(0.2)

    async def send_all(self) -> None:
        """Until it is over, and until each has its answer."""
        async with asyncio.TaskGroup() as sending:
            while not self.is_over.is_set():
                if self._ready:
                    number = next(self._turns)
                    sending.create_task(self._send(f"rolled-{number}", self._ready[number % len(self._ready)]))
                await asyncio.sleep(0.01)

    async def _send(self, client_id: str, process: IngestProcess) -> None:
        try:
            self.answers[client_id] = await send(self._clients[process], client_id)
        except (httpx.TransportError, KeyError) as error:
            self.answers[client_id] = type(error).__name__


async def test_rolled_one_after_the_other_two_lose_and_refuse_nothing(broker: Server, tmp_path: Path) -> None:
    with ExitStack() as processes:

        def start(number: int) -> IngestProcess:
            log = tmp_path / f"ingest-{number}.log"
            return processes.enter_context(an_ingest(broker.address, log, drain_seconds=1))

        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            balancer, old = Balancer(stack), [start(0), start(1)]
            for each in old:
                await balancer.add(each)
            tasks.create_task(balancer.check_readiness())
            tasks.create_task(balancer.send_all())
            for number, each in enumerate(old, 2):
                await balancer.add(await asyncio.to_thread(start, number))
                await balancer.has_sent(30)
                assert await asyncio.to_thread(each.stop) == 0
                balancer.drop(each)
            balancer.is_over.set()

    stored = {key for key, _ in await read_all(broker.address, "storefront-events")}
    assert set(balancer.answers.values()) == {204}
    assert {str(browser_event_id(SITE, VISITOR, client_id)) for client_id in balancer.answers} <= stored
