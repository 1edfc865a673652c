"""Outgoing HTTP to addresses that strangers name: push endpoints, shop pages. It reaches the public internet and nothing else.

An address is resolved once, refused when any of its addresses is not public, and connected to at exactly the address that was
checked: a name that means something else a moment later (DNS rebinding) changes nothing. No redirects, no proxies.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import cycle
from typing import Protocol

import httpcore

CONNECT_SECONDS = 3.0
KEPT_SECONDS = 5.0
LANE = 4
"""Connections of one pool: its library goes through all of them for each request, so twenty in one cost three times as much."""
LONGEST_ADDRESS = 2048
_HTTPS = re.compile(r"https://((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])(/[!-\"$-\[\]-~]*)?")
"""A lower-case name with a dot in it, the default port, no user, no fragment, no backslash: nothing that two parsers read
differently. The last label begins with a letter, so no spelling of an IP address (decimal, octal, hexadecimal) is a name."""


class Forbidden(Exception):
    """Raised for an address that must not be reached. The message has the reason and never the address."""


class NotReached(Exception):
    """Raised without a connection: provably nothing was sent. Its text is ``tls`` for a bad certificate."""


class Interrupted(Exception):
    """Raised when the request may have arrived, and there is no answer that can be used."""


@dataclass(frozen=True)
class Answer:
    """The other side's answer, its body cut to the limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Resolver(Protocol):
    """Turns a name into addresses."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of a name. Raises OSError."""
        ...


class SystemResolver:
    """Resolves names as the machine does."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Ask once."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]


def host_of(address: str) -> str:
    """The host of an https address in its plainest spelling.

    Raises:
        Forbidden: anything else.
    """
    match = _HTTPS.fullmatch(address) if len(address) <= LONGEST_ADDRESS else None
    if match is None:
        raise Forbidden("an address needs https, a name in lower case, and no port, user or fragment")
    return match[1]


def is_public(address: str) -> bool:
    """Whether an address is of the public internet. One that embeds another (mapped, NAT64, 6to4, Teredo) may lead anywhere."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False  # with a zone, or no address at all
    if isinstance(parsed, ipaddress.IPv6Address) and _embeds_another(parsed):
        return False
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


def _embeds_another(address: ipaddress.IPv6Address) -> bool:
    return bool(address.ipv4_mapped or address.sixtofour or address.teredo) or address in NAT64


NAT64 = ipaddress.ip_network("64:ff9b::/32")
"""RFC 6052's prefix and, in the same block, RFC 8215's for local use."""


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that were checked. TLS goes on to check the name."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolver.resolve(host, port)
        except (OSError, TimeoutError) as error:
            raise httpcore.ConnectError("the name cannot be resolved") from error
        if not addresses or not all(is_public(address) for address in addresses):
            raise Forbidden("the name leads to an address that is not public")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Outbound:
    """One pool of connections. ``instead`` maps a host to the base address that stands for it: for the demo and tests alone."""

    def __init__(
        self,
        *,
        instead: Mapping[str, str] | None = None,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        most_connections: int = 100,
    ) -> None:
        self._instead = dict(instead or {})
        tls = tls or _public_authorities()
        guarded = _Guarded(resolver or SystemResolver())
        lanes = range(-(-most_connections // LANE))
        self._public = cycle([_pool(tls, guarded) for _ in lanes])
        self._local = cycle([_pool(tls, httpcore.AnyIOBackend()) for _ in lanes])
        self._lanes = len(lanes)

    async def request(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str],
        content: bytes = b"",
        seconds: float,
        most_bytes: int,
    ) -> Answer:
        """One request within ``seconds`` in all; of the answer ``most_bytes`` are read and the rest is left.

        Raises:
            Forbidden: the address, or what its name leads to, must not be reached. Nothing was sent.
            NotReached: nothing was sent.
            Interrupted: it may have arrived.
        """
        host = host_of(address)
        pool, target = next(self._public), address
        if (base := self._instead.get(host)) is not None:
            pool, target = next(self._local), base.rstrip("/") + address.removeprefix(f"https://{host}")
        limits = {"connect": min(CONNECT_SECONDS, seconds), "pool": seconds, "read": seconds, "write": seconds}
        try:
            async with (
                asyncio.timeout(seconds),
                pool.stream(
                    method, target, headers=list(headers.items()), content=content, extensions={"timeout": limits}
                ) as answer,
            ):
                return Answer(answer.status, _headers_of(answer.headers), await _beginning(answer, most_bytes))
        except (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout) as error:
            raise NotReached("tls" if _is_tls(error) else type(error).__name__) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, TimeoutError, OSError) as error:
            raise Interrupted(type(error).__name__) from error

    async def close(self) -> None:
        """Close every connection."""
        for _ in range(self._lanes):
            await next(self._public).aclose()
            await next(self._local).aclose()


def _is_tls(error: BaseException) -> bool:
    """A certificate that is not trusted, or no TLS at all: somewhere among the causes."""
    return isinstance(error, ssl.SSLError) or (error.__cause__ is not None and _is_tls(error.__cause__))


@cache
def _public_authorities() -> ssl.SSLContext:
    """One for the process: to load all certificates of the public authorities takes 40 ms."""
    return ssl.create_default_context()


def _pool(tls: ssl.SSLContext, backend: httpcore.AsyncNetworkBackend) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        tls, max_connections=LANE, max_keepalive_connections=LANE, keepalive_expiry=KEPT_SECONDS, network_backend=backend
    )


def _headers_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


async def _beginning(answer: httpcore.Response, most_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) >= most_bytes:
            break
    return bytes(body[:most_bytes])
