"""Refusals of requests for their headers, before any app sees them, and the responses to them."""

import re
from collections.abc import Iterable
from http import HTTPStatus

from shared.runtime.http.limits import HttpLimits

_HOST = re.compile(rb"(?:[A-Za-z0-9._~%!$&'()*+,;=-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")

_OF_AN_UPGRADE = frozenset({b"upgrade", b"connection", b"http2-settings"})


class Refused(Exception):
    """Raised in the parser's callbacks: this request is not read on."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def check_headers(headers: Iterable[tuple[bytes, bytes]], limits: HttpLimits) -> list[str] | HTTPStatus:
    """Return the values of ``X-Forwarded-For`` in the order of their lines, or with what the request is refused.

    Refused are a host that is none, a second one, and a body that is announced to be too large.
    """
    hosts, forwarded = 0, []
    for name, value in headers:
        if name == b"host":
            hosts += 1
            if hosts > 1 or not _HOST.fullmatch(value):
                return HTTPStatus.BAD_REQUEST
        elif name == b"x-forwarded-for":
            forwarded.append(value.decode("latin-1"))
        elif name == b"content-length" and int(value) > limits.body_bytes:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return forwarded


def without_upgrade(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """Return the lines of all headers but those that offer another protocol."""
    return [name + b": " + value for name, value in headers if name not in _OF_AN_UPGRADE]


def refusal(status: HTTPStatus) -> bytes:
    """Return a whole answer, the last one of its connection."""
    text = status.phrase.encode()
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain\r\ncontent-length: {len(text)}\r\n"
    retry = "retry-after: 1\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"{head}{retry}connection: close\r\n\r\n".encode() + text
