"""Logs are JSON lines from every library, and hold no contact, address or key."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import structlog

from shared.runtime.build import VERSION
from shared.runtime.logging import configure_logging
from shared.runtime.security.redaction import redact

SECRET_TEXTS = [
    "+12025550123",
    "+1 (202) 555-0123",
    "%2B12025550123",
    "202-555-0123",
    "12025550123",
    "anna.berg+wine@example.com",
    "203.0.113.7",
    "2001:db8::8a2e:370:7334",
    "::ffff:203.0.113.7",
    "Bearer abc.def-ghi",
    "bsk_k1_c2VjcmV0LXNlY3JldA",
    "postgresql://orders:hunter2hunter2@db/beckon",
    "notify1:3q2-7w4_8bC0dEfGhIjKlMnOpQrStUvWxYz01234567",
]
HARMLESS = [
    "2026-11-25T02:28:40.123Z",
    "019ac5a2-7f4c-7b1e-8d11-0123456789ab",
    "listening on 127.0.0.1:8701",
    "offset 1234567 of storefront-events-12",
    "GET /v1/beacons took 0.0123 s at 12:30:45",
    "d41d8cd98f00b204e9800998ecf8427e",
]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    root, captured = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stdout", captured)
    configure_logging("orders", "INFO")
    captured.truncate(captured.seek(0))
    yield captured
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def secret_part(text: str) -> str:
    return text.removeprefix("Bearer ").removeprefix("postgresql://orders:").removesuffix("@db/beckon").split(":k")[-1]


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_a_secret_is_taken_out_wherever_it_stands(text: str) -> None:
    for sentence in (text, f"for {text}, twice", f'{{"value": "{text}"}}', f"Key (contact)=({text}) already exists."):
        assert secret_part(text) not in redact(sentence), sentence


@pytest.mark.parametrize("text", HARMLESS)
def test_what_a_reader_needs_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.usefixtures("lines")  # which puts back what logging was before
def test_the_first_line_names_the_release(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("orders", "INFO")

    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["version"]) == ("starting", VERSION)


def test_a_line_has_its_keys_and_nothing_personal(lines: io.StringIO) -> None:
    site = UUID(int=7)

    structlog.get_logger("consuming").warning(
        "could not send", to="+12025550123", nested={"mail": ["a@example.com"]}, site_id=site, password="hunter2"
    )

    line = json.loads(lines.getvalue())
    assert list(line)[:4] == ["timestamp", "level", "event", "service"]
    assert line["service"] == "orders"
    assert line["site_id"] == str(site)
    assert line["to"] == "[phone]"
    assert line["nested"] == {"mail": ["[email]"]}
    assert line["password"] == "[secret]"
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_a_traceback_is_redacted_too(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError("no such number: +12025550123")

    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("failed")

    line = json.loads(lines.getvalue())
    assert "ValueError" in line["exception"]
    assert "2025550123" not in lines.getvalue()


def test_libraries_log_through_the_same_formatter(lines: io.StringIO) -> None:
    for name in ("asyncpg", "uvicorn.error", "aiokafka.consumer"):
        logging.getLogger(name).warning("peer %s said %s", "203.0.113.7", "anna@example.com")
    logging.getLogger("uvicorn.access").info("GET /?phone=+12025550123")

    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["event"] for line in found] == ["peer [ip] said [email]"] * 3
    assert {line["service"] for line in found} == {"orders"}
    assert datetime.now(UTC).isoformat()[:10] == found[0]["timestamp"][:10]


def test_half_of_an_emoji_does_not_lose_its_line(lines: io.StringIO) -> None:
    structlog.get_logger("shop").info("seen", name="Harbor \ud83d\x00", nested=["\udfff"])

    assert json.loads(lines.getvalue().encode("utf-8"))["event"] == "seen"
