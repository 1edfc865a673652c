"""Bodies that shops' servers send for one order: JSON in whatever encoding, within a list or another object, or a form."""

import codecs
from collections.abc import Mapping
from typing import cast

from services.ingest.orders.spelled_fields import knows
from services.ingest.wire_fields import Fields, read_json
from shared.runtime.http.untrusted import read_form

MOST_FORM_FIELDS = 200
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_FIRST_PRINTED = 0xA0


class SeveralOrders(Exception):
    """A list of orders. Each one needs an answer of its own, so nothing of it is taken."""


def read_order(body: bytes) -> Fields:
    """The fields of the one order of a body.

    Raises:
        ValueError: neither a JSON object nor a form.
        SeveralOrders: more than one order.
    """
    plain = _in_utf_8(body)
    try:
        value = read_json(plain)
        value = read_json(value.encode("utf-8", "replace")) if isinstance(value, str) else value  # written as JSON twice
    except ValueError:
        value = read_form(plain, MOST_FORM_FIELDS)
        if not any(map(knows, value)):
            raise
    order = _only(value)
    if len(order) == 1 and not any(map(knows, order)):
        (inner,) = order.values()
        return _only(inner) if isinstance(inner, dict | list) else order
    return order


def _only(value: object) -> Fields:
    """The one object that this is, or the only one of a list."""
    match value:
        case Mapping():
            return cast(Fields, value)
        case [dict() as order]:
            return order
        case [dict(), dict(), *_]:
            raise SeveralOrders
        case _:
            raise ValueError("no JSON object")


def _in_utf_8(body: bytes) -> bytes:
    """UTF-16 is known by its mark. A single byte that is no UTF-8 is Latin-1's; of a longer run something was cut off."""
    if body.startswith(_UTF_16):
        return body.decode("utf-16", "replace").encode()
    return body.decode("utf-8", _LENIENT).encode()


def _latin_byte(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError), "only decoding is asked of it"
    wrong = error.object[error.start : error.end]
    is_latin = len(wrong) == 1 and wrong[0] >= _FIRST_PRINTED
    return (wrong.decode("latin-1") if is_latin else "\N{REPLACEMENT CHARACTER}"), error.end


_LENIENT = "beckon_latin_1"
codecs.register_error(_LENIENT, _latin_byte)
