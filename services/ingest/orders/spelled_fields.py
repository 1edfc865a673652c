"""Fields of an order under the names and in the shapes that platforms have for them, brought under ours.

A field under its own name counts before any other spelling. What leaves a doubt stays as it is, and is warned of.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from services.ingest.wire_fields import Fields, text
from shared.runtime.http.order_api import Order, OrderLine

MOST_UNKNOWN = 10
_LIKENESS = 0.75
_NOTHING: tuple[object, ...] = (None, "", [], {})
_IDS = ("order_id", "customer_id", "cart_id")

_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "order_id": ("order_number", "order_no", "number", "id"),
    "status": ("order_status",),
    "total": ("order_total", "grand_total", "total_price", "total_amount"),
    "currency": ("currency_code",),
    "email": ("email_address", "customer_email", "billing_email", "contact_email", "mail"),
    "phone": ("phone_number", "telephone", "mobile", "mobile_phone", "customer_phone", "billing_phone"),
    "customer_id": ("customer_number", "customer_no"),
    "cart_id": ("basket_id",),
    "placed_at": ("created_at", "order_date", "ordered_at"),
    "items": ("line_items", "order_items", "products", "lines"),
}
_OTHER_NAMES_OF_LINES: Mapping[str, tuple[str, ...]] = {
    "name": ("product_name", "title"),
    "quantity": ("qty",),
    "unit_price": ("price", "product_price"),
    "url": ("product_url",),
    "image_url": ("product_image_url",),
}
_WHO_BOUGHT = ("customer", "billing", "billing_address", "buyer")


@dataclass(frozen=True)
class Spelled:
    """An order's fields under our names, and each name that is none: with the one that it resembles, if any."""

    fields: Fields
    unknown: tuple[tuple[str, str | None], ...]


def spelled(sent: Fields) -> Spelled:
    """Bring an order's fields under our names."""
    fields, unknown = _under_our_names(sent, _NAMES)
    fields |= {name: value for name, value in _who_bought(sent).items() if fields.get(name) in _NOTHING}
    fields |= {name: int(value) for name in _IDS if isinstance(value := fields.get(name), float) and value.is_integer()}
    if fields.get("customer_id") in (0, "0"):
        del fields["customer_id"]  # how shops write that a guest has none
    fields |= _parted_total(fields)
    if (lines := fields.get("items")) is not None:
        fields["items"] = _lines(lines)
    strangers = [name for name in unknown if fold(name) not in {"", *_FOLDED_PEOPLE} and sent[name] not in _NOTHING]
    return Spelled(fields, tuple(map(_resembling, strangers[:MOST_UNKNOWN])))


def knows(name: str) -> bool:
    """Whether this is a name of an order's field, in some spelling."""
    return fold(name) in _NAMES or fold(name) in _FOLDED_PEOPLE


def fold(name: str) -> str:
    """A name without case, dashes, underscores and spaces."""
    return "".join(filter(str.isalnum, name[:64])).lower()


def _ranked(names: Iterable[str], others: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, int]]:
    """By folded spelling: our name, and the spelling's rank among those of that name."""
    return MappingProxyType(
        {fold(each): (name, rank) for name in names for rank, each in enumerate((name, *others.get(name, ())))}
    )


_NAMES = _ranked(Order.model_fields, _OTHER_NAMES)
_NAMES_OF_LINES = _ranked(OrderLine.model_fields, _OTHER_NAMES_OF_LINES)
_FOLDED_PEOPLE = frozenset(map(fold, _WHO_BOUGHT))


def _under_our_names(sent: Fields, names: Mapping[str, tuple[str, int]]) -> tuple[dict[str, object], list[str]]:
    """The fields under our names, the best spelling of each; and the names that are none."""
    ranked: list[tuple[int, str, object]] = []
    unknown = []
    for sent_name, value in sent.items():
        if (known := names.get(fold(sent_name))) is None:
            unknown.append(sent_name)
        else:
            name, rank = known
            ranked.append((-1 if sent_name == name else rank, name, value))
    fields: dict[str, object] = {}
    for _, name, value in sorted(ranked, key=lambda each: each[0]):
        if fields.get(name) in _NOTHING:
            fields[name] = _only(value) if name != "items" else value
    return fields, unknown


def _only(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _who_bought(sent: Fields) -> dict[str, object]:
    """The contacts of an order whose customer is an object of its own."""
    by_folded = {fold(name): value for name, value in sent.items() if isinstance(value, dict)}
    found: dict[str, object] = {}
    for each in (by_folded[name] for name in map(fold, _WHO_BOUGHT) if name in by_folded):
        person, _ = _under_our_names(each, _NAMES)
        found = {name: person[name] for name in ("email", "phone", "customer_id") if person.get(name)} | found
    customer = by_folded.get("customer", {})
    return ({"customer_id": customer["id"]} if customer.get("id") else {}) | found


def _parted_total(fields: Fields) -> dict[str, object]:
    """The total that is an object of an amount and its currency, as two fields; nothing where a currency beside it differs."""
    parts = _amount_and_currency(fields.get("total"))
    if parts is None:
        return {}
    amount, currency = parts
    stated = fields.get("currency")
    if currency is None or stated in _NOTHING or _is_same(stated, currency):
        return {"total": amount} | ({} if currency is None else {"currency": currency})
    return {}


def _amount_and_currency(value: object) -> tuple[object, object] | None:
    """Whole amounts within objects are as often cents as not: only one with a decimal mark is read."""
    if not isinstance(value, dict):
        return None
    folded = {fold(str(name)): inner for name, inner in value.items()}
    amount = folded.get("amount", folded.get("value"))
    is_sure = isinstance(amount, float) or (isinstance(amount, str) and ("." in amount or "," in amount))
    return (amount, folded.get("currency", folded.get("currencycode"))) if is_sure else None


def _is_same(one: object, other: object) -> bool:
    return isinstance(one, str) and isinstance(other, str) and one.upper() == other.upper()


def _lines(lines: object) -> object:
    """The lines under our names, and a single line as a list of one."""
    if isinstance(lines, dict):
        lines = [*lines.values()] if any(isinstance(each, dict | list) for each in lines.values()) else [lines]
    return [_line(each) if isinstance(each, dict) else each for each in lines] if isinstance(lines, list) else lines


def _line(sent: dict[str, object]) -> dict[str, object]:
    fields, unknown = _under_our_names(sent, _NAMES_OF_LINES)
    if (parts := _amount_and_currency(fields.get("unit_price"))) is not None:
        fields["unit_price"] = parts[0]
    return {name: sent[name] for name in unknown} | fields


def _resembling(name: str) -> tuple[str, str | None]:
    close = get_close_matches(fold(name), _NAMES, 1, _LIKENESS)
    return text(name, 64) or "", _NAMES[close[0]][0] if close else None
