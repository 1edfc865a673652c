"""Events to bytes and back: JSON is the truth, headers are copies for routing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from shared.events.catalogue import TOPICS, topic_of
from shared.events.envelope import Event, to_wire_time

SILENCES_HEADER = "beckon-silences"
LARGEST_VALUE = 1024 * 1024
"""Brokers take no larger record; only one that was compressed can become larger, and parsing it would hold the loop."""
Upcast = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTS: Mapping[tuple[str, int], Upcast] = {}
"""From (type, version) to the same fact one version later. Empty until an event first changes its shape."""


class InvalidEvent(Exception):
    """A record that can never be read or applied. The message names the field, never its value."""


@dataclass(frozen=True)
class Encoded:
    """A record ready for Kafka."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def encode(event: Event, traceparent: str | None = None) -> Encoded:
    """Write an event for its topic, keyed by its site, with the CloudEvents attributes copied into headers."""
    topic = topic_of(event)
    site = str(event.site_id).encode()
    headers = [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", str(event.event_id).encode()),
        ("ce_type", event.type.encode()),
        ("ce_source", f"beckon/{topic.owner}".encode()),
        ("ce_subject", site),
        ("ce_time", to_wire_time(event.received_at).encode()),
    ]
    if traceparent is not None:
        headers.append(("traceparent", traceparent.encode()))
    if event.silences:
        headers.append((SILENCES_HEADER, b"1"))
    return Encoded(topic.name, site, event.model_dump_json(by_alias=True).encode(), tuple(headers))


@cache
def _adapter(topic: str) -> TypeAdapter[Event]:
    members = TOPICS[topic].events
    if len(members) == 1:
        return TypeAdapter(members[0])
    union: Any = reduce(or_, members)  # made from the catalogue, so no type checker can know it
    return TypeAdapter(Annotated[union, Field(discriminator="type")])


def decode(topic: str, value: bytes, upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS) -> Event:
    """Read a record of ``topic``.

    Raises:
        InvalidEvent: too large, not JSON, of an unknown type or version, or with a field that cannot be read.
    """
    if len(value) > LARGEST_VALUE:
        raise InvalidEvent("record: too large")
    try:
        return _adapter(topic).validate_json(value)
    except ValidationError as error:
        try:
            older = _lifted(value, upcasts)
        except ValueError:
            older = None
        if older is None:
            raise InvalidEvent(describe(error)) from None
    try:
        return _adapter(topic).validate_python(older)
    except ValidationError as error:
        raise InvalidEvent(describe(error)) from None


def describe(error: ValidationError) -> str:
    """Where and why, without the values, which may be anybody's."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(str(part) for part in e['loc']) or 'record'}: {e['type']}" for e in found[:5])


def _lifted(value: bytes, upcasts: Mapping[tuple[str, int], Upcast]) -> dict[str, Any] | None:
    """The record lifted to the newest version it can reach, or None where no upcast applies."""
    data = from_json(value)  # bounded in depth, where json.loads would exhaust the stack
    if not isinstance(data, dict):
        return None
    lifted = False
    while (step := upcasts.get((str(data.get("type")), _version(data)))) is not None:
        data = step(data)
        lifted = True
    return data if lifted else None


def _version(data: dict[str, Any]) -> int:
    version = data.get("version")
    return version if isinstance(version, int) else 0
