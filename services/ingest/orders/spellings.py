"""Spellings of a platform's keywords that a first confirmation code tries: which of them came back as values.

Where a platform's own spelling is not documented, a field of the code is a list of candidates, all in the order in which the
platform's guide has them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.notes import Note
from services.ingest.wire_fields import Fields, is_keyword
from shared.events.signals import MOST_SPELLINGS, SignalKind

TRIED = {
    "orderID": ("order_id", SignalKind.ORDER_ID_KEYWORD),
    "total": ("total", SignalKind.TOTAL_KEYWORD),
    "currency": ("currency", SignalKind.CURRENCY_KEYWORD),
    "email": ("email", SignalKind.EMAIL_KEYWORD),
    "phone": ("phone", SignalKind.PHONE_KEYWORD),
}
_STILL_IN_SIGNS = re.compile(r"[\[{<%#].*[\]}>%#]", re.DOTALL)
"""Of a keyword the platform replaced only what stands between the signs, as in ``[1001]``: the value is not alone."""


@dataclass(frozen=True)
class Resolved:
    """A report's fields with one value for each list, and what that shows."""

    fields: Fields
    notes: tuple[Note, ...] = ()


def resolve(fields: Fields) -> Resolved:
    """Put the value that came back in the place of each list of spellings; nothing where none did.

    That not one of all came back is noted once: the code is where keywords are not replaced, or none is spelled right.
    """
    lists = {name: value for name in TRIED if isinstance(value := fields.get(name), list) and len(value) > 1}
    if not lists:
        return Resolved(fields)
    found = {name: each for name, spellings in lists.items() if (each := _replaced(spellings)) is not None}
    values: Mapping[str, object] = {name: found[name][1] if name in found else None for name in lists}
    notes = tuple(Note(TRIED[name][1], TRIED[name][0], position) for name, (position, _) in found.items())
    return Resolved({**fields, **values}, notes or (Note(SignalKind.KEYWORD_NOT_REPLACED, "order_id"),))


def _replaced(spellings: list[object]) -> tuple[int, str] | None:
    """The first of them that is a value, and its place."""
    for position, text in enumerate(spellings[:MOST_SPELLINGS]):
        if isinstance(text, str) and text.strip() and not is_keyword(text) and not _STILL_IN_SIGNS.fullmatch(text.strip()):
            return position, text
    return None
