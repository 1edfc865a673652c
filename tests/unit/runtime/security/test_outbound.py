"""Strangers name addresses: nothing that is not public is ever reached, whatever a name is made to mean."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from shared.runtime.security.outbound import Answer, Forbidden, Interrupted, NotReached, Outbound, host_of, is_public

ADDRESSES_THAT_ARE_NONE = [
    "http://push.example/x",
    "HTTPS://push.example/x",
    "https://PUSH.example/x",
    "ftp://push.example/x",
    "https:push.example/x",
    "https:///push.example/x",
    "//push.example/x",
    "https://",
    "https:///x",
    "https://localhost/x",
    "https://127.0.0.1/x",
    "https://127.1/x",
    "https://2130706433/x",
    "https://0177.0.0.1/x",
    "https://0x7f.0.0.1/x",
    "https://0x7f000001/x",
    "https://017700000001/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.168.1.1/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[fe80::1%25eth0]/x",
    "https://[64:ff9b::7f00:1]/x",
    "https://push.example:443/x",
    "https://push.example:8080/x",
    "https://push.example:/x",
    "https://user@push.example/x",
    "https://user:word@push.example/x",
    "https://push.example@127.0.0.1/x",
    "https://127.0.0.1#@push.example/x",
    "https://127.0.0.1\\@push.example/x",
    "https://push.example\\.evil.example/x",
    "https://push.example/x#part",
    "https://push.example/x\r\nHost: metadata",
    "https://push.example/x y",
    "https://push.example./x",
    "https://.push.example/x",
    "https://push..example/x",
    "https://-push.example/x",
    "https://push.example-/x",
    "https://push_service.example/x",
    "https://pu%73h.example/x",
    "https://pu\u017fh.example/x",
    "https://push\u3002example/x",
    "https://\uff11\uff12\uff17.0.0.1/x",
    "https://push.example\x00.evil.example/x",
    "https://push.example?x",
    "https://push.example/" + "x" * 3000,
    " https://push.example/x",
    "https://push.example/x\n",
    "",
]
NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    str(ipaddress.IPv4Address(0)),
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "64:ff9b:1::1",
    "2002:7f00:1::1",
    "2001:0:4136:e378::1",
    "not-one",
]
TLS = ssl.create_default_context()
HEADERS = {"host": "push.example", "content-length": "0"}


@dataclass
class Canary:
    """A server on loopback that nobody may reach. ``answer`` is what those get who may."""

    answer: bytes = b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"
    hits: int = 0
    port: int = 0

    async def hit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.hits += 1
        await reader.read(65_536)
        writer.write(self.answer)
        writer.close()


@asynccontextmanager
async def a_canary(answer: bytes | None = None) -> AsyncIterator[Canary]:
    canary = Canary() if answer is None else Canary(answer)
    server = await asyncio.start_server(canary.hit, "127.0.0.1", 0)
    canary.port = server.sockets[0].getsockname()[1]
    yield canary
    server.close()


@dataclass
class Names:
    """A resolver that returns one answer after the other, and the last for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def post(outbound: Outbound, address: str, seconds: float = 2.0, most_bytes: int = 4096) -> Answer:
    try:
        return await outbound.request("POST", address, headers=HEADERS, seconds=seconds, most_bytes=most_bytes)
    finally:
        await outbound.close()


@pytest.mark.parametrize("address", ADDRESSES_THAT_ARE_NONE)
async def test_an_address_in_any_but_the_plain_spelling_is_refused_before_it_is_resolved(address: str) -> None:
    names = Names([["127.0.0.1"]])

    with pytest.raises(Forbidden):
        await post(Outbound(tls=TLS, resolver=names), address)

    assert names.asked == []


def test_the_plainest_spelling_is_taken() -> None:
    assert host_of("https://fcm.googleapis.com/fcm/send/a:b-c_d%20=?e=f") == "fcm.googleapis.com"
    assert host_of("https://xn--bcher-kva.example") == "xn--bcher-kva.example"


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_leads_to_an_internal_address_is_not_reached(address: str) -> None:
    async with a_canary() as canary:
        for found in ([address], ["93.184.216.34", address], [address, "93.184.216.34"]):
            with pytest.raises(Forbidden, match="not public"):
                await post(Outbound(tls=TLS, resolver=Names([found])), "https://push.example/x")

    assert not is_public(address)
    assert canary.hits == 0


def test_public_addresses_are_public() -> None:
    assert all(is_public(address) for address in ("8.8.8.8", "93.184.216.34", "2606:4700::1111"))


async def test_a_name_that_changes_its_address_is_connected_to_as_it_was_checked() -> None:
    """Rebinding: public when it is checked, loopback a moment later. It is asked once."""
    names = Names([["198.41.0.4"], ["127.0.0.1"]])

    async with a_canary() as canary:
        with pytest.raises((NotReached, Interrupted)):
            await post(Outbound(tls=TLS, resolver=names), "https://push.example/x", seconds=0.3)

    assert names.asked == ["push.example"]
    assert canary.hits == 0


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with a_canary() as canary:
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{canary.port}/\r\nContent-Length: 0\r\n\r\n"
        async with a_canary(moved.encode()) as service:
            answer = await post(
                Outbound(tls=TLS, instead={"push.example": f"http://127.0.0.1:{service.port}"}), "https://push.example/x"
            )

    assert answer.status == 307
    assert (service.hits, canary.hits) == (1, 0)


async def test_an_endless_answer_is_cut_and_a_silent_one_ends() -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 50_000
    async with a_canary(endless) as service:
        answer = await post(
            Outbound(tls=TLS, instead={"push.example": f"http://127.0.0.1:{service.port}"}), "https://push.example/x"
        )
    async with a_canary(b"") as silent:
        with pytest.raises(Interrupted):
            await post(Outbound(tls=TLS, instead={"push.example": f"http://127.0.0.1:{silent.port}"}), "https://push.example/x")

    assert len(answer.body) == 4096


async def test_what_cannot_be_connected_to_was_provably_not_sent() -> None:
    async with a_canary() as gone:
        port = gone.port

    with pytest.raises(NotReached):
        await post(Outbound(tls=TLS, instead={"push.example": f"http://127.0.0.1:{port}"}), "https://push.example/x")


def test_tls_asks_for_the_name_and_not_for_the_address_that_was_checked() -> None:
    assert TLS.check_hostname
    assert TLS.verify_mode is ssl.CERT_REQUIRED
