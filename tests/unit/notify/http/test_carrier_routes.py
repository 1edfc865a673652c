"""Who cannot have signed costs a carrier's route nothing: neither a body read nor a query made, however he asks."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from services.notify.addresses import Addresses
from services.notify.http.carrier import CarrierHttp
from services.notify.http.public import PublicHttp
from services.notify.metrics import NotifyMetrics
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id
from tests.support.builders.notify import CONSOLE_KEYS, KEYS, SITE
from tests.support.memory.notify import MemoryDatabase

ADDRESSES = Addresses("https://go.example", [b"k" * 32])
INBOUND = f"/in/twilio/{SITE}"
CALLBACK = ADDRESSES.callback_path(SITE, "attempt")


class UntouchedDatabase(MemoryDatabase):
    """Nobody may open a transaction here."""

    def transaction(self) -> Any:
        """Fail."""
        raise AssertionError("a query was made for somebody who could not have signed")


def a_public_app() -> Starlette:
    clock, metrics = SystemClock(), NotifyMetrics(CollectorRegistry())
    database = UntouchedDatabase(clock)
    carrier = CarrierHttp(
        database, KEYS, KEYS.public_key(), CONSOLE_KEYS.public_key(), ADDRESSES, clock, new_random_id, lambda: None, metrics
    )
    return PublicHttp(database, clock, carrier, lambda: None).app()


async def status_of(path: str, headers: list[tuple[bytes, bytes]], receive: Any) -> int:
    sent: list[Any] = []
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers, "http_version": "1.1"}

    async def send(message: Any) -> None:
        sent.append(message)

    await a_public_app()(scope, receive, send)
    return int(sent[0]["status"])


@pytest.mark.parametrize("path", [INBOUND, CALLBACK])
@pytest.mark.parametrize("signature", [None, b"", b"short", b"a" * 28, b"a" * 100_000, "\u00e9".encode("latin-1") * 27 + b"="])
async def test_what_cannot_be_a_signature_is_refused_before_the_body(path: str, signature: bytes | None) -> None:
    async def receive() -> Any:
        raise AssertionError("the body was waited for")

    headers = [] if signature is None else [(b"x-twilio-signature", signature)]

    assert await status_of(path, headers, receive) == 403


@pytest.mark.parametrize("path", [INBOUND, CALLBACK])
async def test_a_signed_body_without_end_is_not_read_to_it(path: str) -> None:
    read = 0

    async def receive() -> Any:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"a" * 8192, "more_body": True}

    assert await status_of(path, [(b"x-twilio-signature", b"a" * 27 + b"=")], receive) == 403
    assert read < 20


@pytest.mark.parametrize("path", [INBOUND, CALLBACK])
async def test_a_sender_who_has_gone_is_no_error(path: str) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    assert await status_of(path, [(b"x-twilio-signature", b"a" * 27 + b"=")], receive) == 403
