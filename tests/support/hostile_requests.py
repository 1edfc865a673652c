"""Requests byte by byte, as no client library would send them: each header and each part of an address at its largest."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice

from shared.runtime.http.client_address import TrustedProxies
from shared.runtime.service import AsgiServer
from tests.support.processes.servers import free_port

LARGEST = 30_000
"""Of a header: with the request line and a few others it is just below what the server lets through."""
LONGEST_TARGET = 7_900

HEADER_NAMES = (
    *(
        b"Accept",
        b"Accept-Encoding",
        b"Accept-Language",
        b"Authorization",
        b"Beckon-Signature",
        b"Cache-Control",
        b"Connection",
    ),
    *(b"Content-Disposition", b"Content-Encoding", b"Content-Language", b"Content-Type", b"Cookie", b"DNT", b"Date", b"Expect"),
    *(b"Forwarded", b"From", b"Host", b"If-Match", b"If-Modified-Since", b"If-None-Match", b"If-Range", b"If-Unmodified-Since"),
    *(b"Last-Event-ID", b"Origin", b"Proxy-Authorization", b"Range", b"Referer", b"Sec-Fetch-Site", b"Sec-GPC", b"TE"),
    *(b"Trailer", b"Upgrade", b"User-Agent", b"Via", b"X-CSRF-Token", b"X-Forwarded-For", b"X-Forwarded-Host"),
    *(b"X-Forwarded-Proto", b"X-HTTP-Method-Override", b"X-Request-ID", b"X-Twilio-Signature", b"Traceparent", b"X-Unheard-Of"),
)
FRAMING = (b"Connection", b"Content-Encoding", b"Content-Type", b"Expect", b"Host", b"TE", b"Trailer", b"Upgrade")
PROOFS = (b"Authorization", b"Beckon-Signature", b"X-Twilio-Signature")
TOGETHER = tuple(name for name in HEADER_NAMES if name not in FRAMING + PROOFS)
"""Those that end no request before the others are tried."""
PIECES = (
    *(b"a", b"9", b"-", b" ", b"\t", b",", b";", b"=", b"%", b'"', b"\\", b"[", b"]", b":", b".", b"/", b"@", b"#", b"\x80"),
    *(
        b"\xff",
        b"\xc3\xa9",
        b"\xed\xa0\x80",
        b"%00",
        b"%ff",
        b"%u0000",
        b"&#0;",
        b"../",
        b"a=b; ",
        b"a=b&",
        b"q=1,",
        b"1.2.3.4, ",
    ),
    *(b'for="[::1]";', b"en-US;q=0.5,", b"gzip, ", b"bytes=0-1,", b"0-,", b'W/"x", ', b"Bearer ", b"{{7*7}}", b"\xe2\x80\xae"),
)
WHOLES = (
    *(b"", b"null", b"*", b"http://", b"http://[", b"http://[::1", b"http://[v1.x]", b"https://shop.example:99999999"),
    *(b"https://\xff.example", b"https://" + b"a" * 254, b"https://" + b"a." * 127, b"https://user:pw@shop.example", b"//["),
    *(b"shop.example:", b"[::1]:x", b"file:///etc/passwd", b"data:text/html,x", b"javascript:1", b"bytes=-1", b"bytes=9-0"),
    *(b"bytes=99999999999999999999-", b"Thu, 01 Jan 99999 00:00:00 GMT", b"Thu, 01 Jan 1970 00:00:00 -9999", b"NaN", b"-0"),
    *(
        b"9" * 4_400,
        b"Basic \xff",
        b"Basic ====",
        b"Bearer",
        b"Bearer \xff",
        b"bearer bsk_\xff_\xff",
        b"t=9999999999999999,v1=00",
    ),
    *(b"multipart/form-data", b"multipart/form-data; boundary=" + b"x" * 300, b"application/json; charset=nonsense"),
    *(b"application/x-www-form-urlencoded; charset=utf-16", b"text/csv", b"identity", b"gzip", b"br, zstd", b"chunked"),
    *(
        b"100-continue",
        b"websocket",
        b"h2c",
        b"close, upgrade",
        b"A" * 27 + b"=",
        b"1-1",
        b"99999999999999999999-9999999999999999999",
    ),
)
VALUES = (*WHOLES, *((piece * LARGEST)[:LARGEST] for piece in PIECES))
BODIES = (
    *(b"", b"\0", b"\xff\xfe", b"{}", b"[]", b"null", b'"\\ud800"', b'{"a":' * 5_000, b"[" * 60_000, b"9" * 60_000, b"1e999"),
    *(b"a=b&" * 15_000, b"=&=&", b"%00=%ff&%ED%A0%80=%", b"+" * 60_000, b"&" * 60_000, b"--x\r\n" * 10_000, b"\r\n" * 30_000),
)
CONTENT_TYPES = (
    b"application/json",
    b"application/x-www-form-urlencoded",
    b"multipart/form-data; boundary=x",
    b"text/csv",
    b"\xff",
)


@dataclass(frozen=True)
class Route:
    """One address of a service. ``parts`` are the places in its path that a stranger may fill."""

    method: bytes
    path: bytes
    query: tuple[bytes, ...] = ()
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""


def written(
    route: Route, *, path: bytes = b"", headers: Iterable[tuple[bytes, bytes]] = (), body: bytes | None = None
) -> bytes:
    """A whole request. A header that is given takes the place of the route's own."""
    fields = list(headers)
    names = {name.lower() for name, _ in fields}
    content = route.body if body is None else body
    usual = {b"Host": b"x", b"Content-Length": str(len(content)).encode(), **route.headers}
    lines = [
        name + b": " + value
        for name, value in [*usual.items(), *fields]
        if name.lower() not in names or (name, value) in fields
    ]
    return b"\r\n".join([route.method + b" " + (path or route.path) + b" HTTP/1.1", *lines, b"", content])


def hostile_requests(routes: Iterable[Route], *, alone: int, together: int = len(VALUES), values: int = 1) -> Iterator[bytes]:
    """For each route ``together`` values in all headers at once, so many headers alone, every query parameter, every body type.

    Headers alone are as large as the server lets through. They take turns, so that over many routes each meets each value.
    """
    names, everywhere, every_value, bodies = cycle(HEADER_NAMES), cycle(VALUES), cycle(VALUES), cycle(BODIES)
    for route in routes:
        for value in islice(everywhere, together):
            yield written(route, headers=[(name, value[:600]) for name in TOGETHER])
        for name in islice(names, alone):
            for value in islice(every_value, values):
                yield written(route, headers=[(name, value)])
        for name in (*route.query, b"unheard_of"):
            for value in islice(every_value, values):
                yield written(route, path=with_query(route.path, name, value))
        for kind in CONTENT_TYPES if route.method == b"POST" else ():
            for content in islice(bodies, values):
                yield written(route, headers=[(b"Content-Type", kind)], body=content)


def with_query(path: bytes, name: bytes, value: bytes) -> bytes:
    """The address with one parameter more."""
    return (path + (b"&" if b"?" in path else b"?") + name + b"=" + in_target(value))[:LONGEST_TARGET]


def in_target(value: bytes) -> bytes:
    """As much of it as a request line can hold: it has no spaces."""
    return b"".join(bytes([sign]) if 32 < sign < 256 and sign != 127 else b"%%%02x" % sign for sign in value[:LONGEST_TARGET])


@asynccontextmanager
async def served(app: object, proxies: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port of an app that is served as every service serves it, behind a proxy whose headers are believed."""
    port = free_port()
    server = AsgiServer(app, "127.0.0.1", port, TrustedProxies.parse(proxies))
    await server.start()
    try:
        yield port
    finally:
        await server.stop()


async def unanswered(port: int, requests: Iterable[bytes]) -> list[tuple[int, bytes]]:
    """Those that ended in an error of ours or in no answer, with the status and how they begin."""
    answered = [(await status_at(port, request), request[:300]) for request in requests]
    return [(status, request) for status, request in answered if not 200 <= status < 500]


async def status_at(port: int, request: bytes, seconds: float = 10.0) -> int:
    """The status of the answer; 0 where the connection was ended without one. Waits no longer than ``seconds``."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        line = await asyncio.wait_for(reader.readline(), seconds)
        while line.startswith(b"HTTP/1.1 100"):
            await reader.readline()  # of an interim answer there is nothing more
            line = await asyncio.wait_for(reader.readline(), seconds)
        return int(line.split()[1]) if line else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()
