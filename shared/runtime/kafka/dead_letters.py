"""Dead letters: records that could not be read or applied, cut to what any broker takes, and whose silence they may hide.

Nothing here raises, whatever a record's key, value and headers are: the topic is written by others too.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from pydantic_core import from_json

from shared.events.catalogue import TOPICS
from shared.events.codec import SILENCES_HEADER, Encoded
from shared.runtime.http.untrusted import storable
from shared.runtime.kafka.outbox import LARGEST_RECORD

LONGEST_KEY = 256
LONGEST_HEADER = 1024
LONGEST_NAME = 128
MOST_HEADERS = 50
"""With these the letter is not larger than the record was allowed to be: one that can never leave would stop all behind it."""


class Record(Protocol):
    """A record as the client library reads it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    timestamp: int


def only_header(record: Record, name: str) -> str | None:
    """The text of a header; None where there is none, where it has no value, or where there are several."""
    found = [value for header, value in record.headers if header == name]
    return found[0].decode(errors="replace") if len(found) == 1 and found[0] is not None else None


def silences(record: Record) -> bool:
    """Whether the record's writer marked it as one whose loss could let a message out, with whatever value."""
    return any(name == SILENCES_HEADER for name, _ in record.headers)


def sites_of(record: Record) -> list[UUID]:
    """The sites that a record may be of: the one of its key and the one that its value names. None where neither is one."""
    found = {site_of_key(record.key), _site_of_value(record.value)}
    return sorted(site for site in found if site is not None)


def site_of_key(key: bytes | None) -> UUID | None:
    """The site that a key names; None where it names none."""
    try:
        return UUID((key or b"").decode())
    except ValueError:
        return None


def _site_of_value(value: bytes | None) -> UUID | None:
    try:
        parsed = from_json(value or b"", allow_partial=True)
        return UUID(parsed["site_id"]) if isinstance(parsed, dict) and isinstance(parsed.get("site_id"), str) else None
    except ValueError:
        return None


def dead_letter(record: Record, reason: str, reader: str) -> Encoded:
    """The letter for a record, with why, who could not read it, and where it was."""
    headers = [
        (storable(name)[:LONGEST_NAME], storable((value or b"").decode(errors="replace")).encode()[:LONGEST_HEADER])
        for name, value in list(record.headers)[:MOST_HEADERS]
    ]
    headers = [(name, value.decode(errors="ignore").encode()) for name, value in headers]  # a cut may halve a letter
    headers += [
        ("beckon-reason", reason.encode()),
        ("beckon-reader", reader.encode()),
        ("beckon-place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
    ]
    key, value = (record.key or b"")[:LONGEST_KEY], (record.value or b"")[:LARGEST_RECORD]
    return Encoded(TOPICS[record.topic].dead_letters, key, value, tuple(headers))
