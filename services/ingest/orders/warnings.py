"""Warnings in the answer to an order: which fields were left empty because they could not be read, and the remedy for each."""

from collections.abc import Iterable, Mapping

from services.ingest.notes import Note
from shared.events.signals import SignalKind

REMEDIES: Mapping[str, str] = {
    "order_id": "Send a text or a whole number of at most 128 characters.",
    "status": "Send placed, cancelled or refunded. The order was taken as placed.",
    "total": 'Send the amount as a number or a text such as "129.90", not negative, in the currency of the field currency.',
    "currency": "Send a code of ISO 4217, such as USD or EUR. Without it no amount of the order can be read.",
    "email": "Send one e-mail address, such as anna@shop.example.",
    "phone": "Send the number with its country's code, such as +14155550123.",
    "customer_id": "Send the customer's id as a text or a whole number.",
    "cart_id": "Send the cart's id as a text or a whole number.",
    "visitor_id": "Send the 22 characters that the snippet gave the browser, or leave the field out.",
    "placed_at": "Send a moment of ISO 8601 with its time zone, such as 2026-11-28T12:00:00Z.",
    "updated_at": "Send a moment of ISO 8601 with its time zone, such as 2026-11-28T12:00:00Z.",
    "origin": "Send storefront, back_office, batch or import, or leave the field out.",
    "items": "Send a list of lines, each with product_id or name and a quantity of at least 1.",
    "quantity": "Send a quantity of at least 1; a line with 0 is left out.",
    "unit_price": 'Send the price of one piece as a number or a text such as "64.95".',
}
_NOT_REPLACED = "A place-holder came in place of its value: fill it in before sending. "
_UNKNOWN = "No field of this name is read. Leave it out, or send it under a name of the order API's page."


def unknown_fields(unknown: Iterable[tuple[str, str | None]]) -> list[dict[str, str]]:
    """One warning for each field of a name that is not read, with the one that it resembles."""
    return [
        {
            "field": name,
            "reason": "unknown_field",
            "remedy": f"Did you mean {meant}? Nothing of this name is read." if meant else _UNKNOWN,
        }
        for name, meant in unknown
    ]


def warnings_of(notes: Iterable[Note]) -> list[dict[str, str]]:
    """One warning for each field that was left empty, in the order of reading. It never repeats what was sent."""
    by_field = {note.field: note for note in notes if note.position is None}
    return [
        {
            "field": field,
            "reason": note.kind.value,
            "remedy": (_NOT_REPLACED if note.kind is SignalKind.KEYWORD_NOT_REPLACED else "") + REMEDIES[field],
        }
        for field, note in by_field.items()
    ]
