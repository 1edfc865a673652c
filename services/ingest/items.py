"""Reads the lines of a cart or an order. A line that cannot be read costs itself alone, and is noted."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from math import ceil, isfinite

from pydantic import ValidationError

from services.ingest.amounts.money import Prices
from services.ingest.notes import Note, unread
from services.ingest.product_addresses import identifying_suffix
from services.ingest.wire_fields import path_within, picture_within, text
from shared.events.envelope import CartItem

MOST_ITEMS = 100
MOST_OF_ONE = 100_000
OTHER_IDS = ("sku", "id", "item_id", "variant_id", "productID", "product_id")

_QUANTITY = re.compile(r"[^\d.,+\-−]{0,16}(\d{1,9})(?:([.,])(\d{1,6}))?(?!\d)\D{0,24}")  # noqa: RUF001 - a minus sign


@dataclass(frozen=True)
class ItemNames:
    """What a sender calls the fields of a line."""

    product_id: str
    name: str
    quantity: str
    unit_price: str
    path: str
    image: str


@dataclass(frozen=True)
class Lines:
    """The lines that could be read, how many could not, and the notes on them for their merchant.

    ``absent`` lines name a quantity of nought: they are in no cart.
    """

    items: tuple[CartItem, ...]
    unread: int
    absent: int
    notes: tuple[Note, ...]


PAGE = ItemNames("productID", "productName", "quantity", "productPrice", "productURL", "productImageURL")
SERVER = ItemNames("product_id", "name", "quantity", "unit_price", "url", "image_url")


def read_lines(raw: object, names: ItemNames, prices: Prices, hosts: Set[str]) -> Lines | None:
    """The lines of a list, or of an object as PHP makes one of a list with gaps; None for anything else."""
    rows: Sequence[object] | None = list(raw.values()) if isinstance(raw, dict) else raw if isinstance(raw, list) else None
    if rows is None:
        return None
    items, absent, unread_lines, prices_unread = [], 0, max(0, len(rows) - MOST_ITEMS), 0
    for line in rows[:MOST_ITEMS]:
        fields = line if isinstance(line, dict) else {}
        quantity = _quantity_of(fields, names) if fields else None
        item = read_item(fields, names, quantity, prices, hosts) if quantity else None
        if item is not None:
            items.append(item)
            prices_unread += item.unit_price is None and fields.get(names.unit_price) not in (None, "")
        elif quantity == 0:
            absent += 1
        else:
            unread_lines += 1
    noted = (("items", unread_lines), ("quantity", absent), ("unit_price", prices_unread))
    return Lines(tuple(items), unread_lines, absent, tuple(unread(field) for field, count in noted if count))


def read_item(line: dict[str, object], names: ItemNames, quantity: int, prices: Prices, hosts: Set[str]) -> CartItem | None:
    """One line; a price or an address that cannot be read is left out. A line without an id is known by what else it has."""
    name, path = text(line.get(names.name), 256) or "", path_within(line.get(names.path), hosts)
    ids = (text(line.get(field), 128) for field in (names.product_id, *OTHER_IDS))
    product_id = next(filter(None, ids), "")
    suffix = None if path is None else identifying_suffix(line.get(names.path), product_id)
    product_id = product_id or (path or name)[:128]
    if not product_id:
        return None
    image_path, image_host = picture_within(line.get(names.image), hosts)
    try:
        return CartItem(
            product_id=product_id,
            name=name,
            quantity=quantity,
            unit_price=prices.read(line.get(names.unit_price)),
            path=path,
            path_suffix=suffix,
            image_path=image_path,
            image_host=image_host,
        )
    except ValidationError:
        return None


def read_quantity(raw: object) -> int | None:
    """How many: ``2``, ``"1.0000"``, ``"2 pcs"``; a part of one, such as 0.5 kg, is one thing in the cart. 0 is none of it."""
    match raw:
        case None | "":
            return 1
        case bool():
            return None
        case int() | float() if isfinite(raw) and 0 <= raw <= MOST_OF_ONE:
            return ceil(raw)
        case str() if (found := _QUANTITY.fullmatch(raw.strip()[:64])) is not None:
            whole, mark, part = int(found[1]), found[2], found[3] or ""
            if mark == "," and len(part) == 3:
                return None  # a thousand to some and one to others
            return whole + bool(part.strip("0")) if whole < MOST_OF_ONE else None
        case _:
            return None


def _quantity_of(line: dict[str, object], names: ItemNames) -> int | None:
    raw = line.get(names.quantity)
    return read_quantity(line.get("qty") if raw is None else raw)
