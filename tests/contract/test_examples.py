"""The examples are what the topics still hold: each stays readable for ever, and none is ever edited."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from shared.events.catalogue import TOPICS, topic_of
from shared.events.codec import InvalidEvent, decode, encode
from shared.events.envelope import Event, Origin
from shared.events.message import MessagePrepared
from shared.events.reasons import Reason
from shared.events.schemas import name_of
from shared.events.storefront import OrderReported, PageSeen

FOLDER = Path(__file__).parent / "examples"
EMPTY: tuple[object, ...] = (None, [], False)
EVENTS = [event for topic in TOPICS.values() for event in topic.events]


def examples_of(event: type[Event]) -> list[dict[str, Any]]:
    """Those of the first writer, then those of each field that was added since: ``<event>-<what was added>.json``."""
    files = [FOLDER / f"{name_of(event)}.json", *sorted(FOLDER.glob(f"{name_of(event)}-*.json"))]
    return [example for file in files for example in json.loads(file.read_text())]


def without_added(written: Any, example: Any) -> Any:
    """What is written today, without the empty fields that were added since the example was."""
    if isinstance(written, dict) and isinstance(example, dict):
        return {
            key: without_added(value, example.get(key))
            for key, value in written.items()
            if key in example or value not in EMPTY
        }
    if isinstance(written, list) and isinstance(example, list):
        return [without_added(*pair) for pair in zip(written, example, strict=True)]
    return written


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_an_example_is_read_and_written_back_unchanged(event: type[Event]) -> None:
    examples = examples_of(event)

    assert examples
    for example in examples:
        read = decode(topic_of(event).name, json.dumps(example).encode())
        assert type(read) is event
        assert without_added(json.loads(encode(read).value), example) == example


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_a_reader_ignores_fields_that_a_later_writer_adds(event: type[Event]) -> None:
    example = examples_of(event)[0]

    assert decode(topic_of(event).name, json.dumps({**example, "added_later": {"x": [1]}}).encode()) == decode(
        topic_of(event).name, json.dumps(example).encode()
    )


def test_no_example_was_edited() -> None:
    lines = [line.split() for line in (FOLDER / "SHA256SUMS").read_text().splitlines()]
    listed = {name: digest for digest, name in lines}

    assert listed == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.json")}


def test_an_unknown_member_of_an_open_set_reads_as_other() -> None:
    page = {**examples_of(PageSeen)[0], "origin": "kiosk"}
    read = decode("storefront-events", json.dumps(page).encode())

    assert isinstance(read, PageSeen)
    assert read.origin is Origin.OTHER
    assert Reason("a_reason_of_next_year") is Reason.OTHER


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"type": "page.unseen"}, "union_tag_invalid"),
        ({"version": 2}, "version"),
        ({"visitor_id": "short"}, "visitor_id"),
        ({"occurred_at": "2026-11-25T12:00:00"}, "occurred_at"),
        ({"path": "/cart?email=anna@shop.example"}, "path"),
    ],
)
def test_a_record_that_cannot_be_read_names_the_field_and_never_the_value(change: dict[str, Any], named: str) -> None:
    record = json.dumps({**examples_of(PageSeen)[0], **change}).encode()

    with pytest.raises(InvalidEvent, match=named) as caught:
        decode("storefront-events", record)
    assert "anna" not in str(caught.value)


@pytest.mark.parametrize("record", [b"", b"null", b"[]", b"{", b"\xff", b"{}", b'{"type": 1}', b"[" * 5000])
def test_a_record_that_is_no_event_is_invalid_and_nothing_else(record: bytes) -> None:
    with pytest.raises(InvalidEvent):
        decode("storefront-events", record)


def test_an_older_version_is_lifted_step_by_step() -> None:
    old = {**examples_of(PageSeen)[0], "version": -1}
    old["page"] = old.pop("path")
    upcasts = {
        ("page.seen", -1): lambda data: {**data, "version": 0, "where": data["page"]},
        ("page.seen", 0): lambda data: {**data, "version": 1, "path": data["where"]},
    }

    read = decode("storefront-events", json.dumps(old).encode(), upcasts)

    assert isinstance(read, PageSeen)
    assert read.path == "/cart"


def test_headers_copy_what_routing_needs_and_mark_what_silences() -> None:
    order = decode("storefront-events", json.dumps(examples_of(OrderReported)[0]).encode())
    page = decode("storefront-events", json.dumps(examples_of(PageSeen)[0]).encode())

    headers = dict(encode(order, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01").headers)

    assert headers["beckon-silences"] == b"1"
    assert headers["ce_type"] == b"order.reported"
    assert headers["ce_subject"] == str(order.site_id).encode() == encode(order).key
    assert headers["ce_time"] == b"2026-11-25T12:00:00.000Z"
    assert headers["traceparent"].startswith(b"00-")
    assert "beckon-silences" not in dict(encode(page).headers)


def test_the_number_of_a_try_is_called_try_on_the_wire() -> None:
    read = decode("message-events", json.dumps(examples_of(MessagePrepared)[0]).encode())

    assert json.loads(encode(read).value)["try"] == 1
