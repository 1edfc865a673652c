"""Answers to a request for a person's data: sealed to a key that the request alone has, in parts that a log takes.

Whoever deletes the request's private key has deleted the answers, wherever they still are.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from shared.events.envelope import to_wire_time
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, ReaderPublicKey, to_base64url

KEY_ID = "r1"
MOST_ROWS = 1_000
"""Of one kind in one answer; the newest."""
MOST_BYTES = 4 * 1024 * 1024
PART_BYTES = 200 * 1024
LEFT_OUT = "left_out"

Rows = list[dict[str, Any]]


def new_request_key() -> tuple[bytes, str]:
    """The private half, raw, and the public half as events carry it."""
    key = X25519PrivateKey.generate()
    return key.private_bytes_raw(), f"{KEY_ID}:{to_base64url(key.public_key().public_bytes_raw())}"


def keys_of_request(private: bytes) -> ReaderKeys:
    """The keys that open the answers to a request."""
    return ReaderKeys({KEY_ID: X25519PrivateKey.from_private_bytes(private)})


def seal_answer(reader_key: str, site_id: UUID, request_id: UUID, service: str, answer: Mapping[str, Any]) -> list[str]:
    """The boxes of an answer, in their order. The oldest rows of the longest lists are left out where it is too large."""
    text = json.dumps(fitted(answer)).encode()
    pieces = [text[start : start + PART_BYTES] for start in range(0, len(text), PART_BYTES)]
    reader = ReaderPublicKey.parse(reader_key)
    return [reader.seal(piece, _info(site_id, request_id, service, n, len(pieces))) for n, piece in enumerate(pieces, 1)]


def open_answer(keys: ReaderKeys, site_id: UUID, request_id: UUID, service: str, boxes: Sequence[str]) -> dict[str, Any]:
    """An answer from all of its boxes. Raises ``CannotOpen``."""
    infos = [_info(site_id, request_id, service, n, len(boxes)) for n in range(1, len(boxes) + 1)]
    try:
        answer = json.loads(b"".join(keys.open(box, info) for box, info in zip(boxes, infos, strict=True)))
    except ValueError:
        raise CannotOpen("the parts make no answer") from None
    if not isinstance(answer, dict):
        raise CannotOpen("the parts make no answer")
    return answer


def fitted(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer within the bound. Its lists have the newest rows first; what was left out is counted by list."""
    fits, missing = dict(answer), dict(answer.get(LEFT_OUT, {}))
    while len(json.dumps(fits).encode()) > MOST_BYTES:
        lists = [name for name, rows in fits.items() if isinstance(rows, list) and rows]
        if not lists:
            break
        longest = max(lists, key=lambda name: len(json.dumps(fits[name])))
        kept = len(fits[longest]) // 2
        missing[longest] = missing.get(longest, 0) + len(fits[longest]) - kept
        fits[longest] = fits[longest][:kept]
    return {**fits, LEFT_OUT: missing}


def plain_rows(rows: Iterable[Mapping[str, Any]]) -> Rows:
    """Rows of a database as JSON values."""
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def newest(answer: Mapping[str, Rows]) -> dict[str, Any]:
    """At most ``MOST_ROWS`` of each list, which has the newest first. What is left out is counted, at least in part."""
    missing = {name: len(rows) - MOST_ROWS for name, rows in answer.items() if len(rows) > MOST_ROWS}
    return {**{name: rows[:MOST_ROWS] for name, rows in answer.items()}, LEFT_OUT: missing}


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return to_wire_time(value)
    return str(value) if isinstance(value, UUID) else value


def _info(site_id: UUID, request_id: UUID, service: str, part: int, parts: int) -> str:
    return f"beckon/person-data/v1|{site_id}|{request_id}|{service}|{part}/{parts}"
