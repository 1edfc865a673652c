"""Reads the lines of a cart or an order."""

from collections.abc import Set
from dataclasses import dataclass

from services.ingest.money import Prices
from services.ingest.wire_fields import Unreadable, path_within, text, whole_number
from shared.events.envelope import CartItem

MOST_ITEMS = 100


@dataclass(frozen=True)
class ItemNames:
    """What a sender calls the fields of a line."""

    product_id: str
    name: str
    quantity: str
    unit_price: str
    path: str
    image: str


PAGE = ItemNames("productID", "productName", "quantity", "productPrice", "productURL", "productImageURL")
SERVER = ItemNames("product_id", "name", "quantity", "unit_price", "url", "image_url")


def read_cart_items(raw: object, prices: Prices, hosts: Set[str]) -> tuple[CartItem, ...]:
    """Every line, or ``Unreadable``: a cart that was half understood must not be spoken of."""
    if not isinstance(raw, list) or len(raw) > MOST_ITEMS:
        raise Unreadable("items")
    items = [read_item(line, PAGE, prices, hosts) for line in raw]
    if None in items:
        raise Unreadable("items")
    return tuple(item for item in items if item is not None)


def read_order_items(raw: object, names: ItemNames, prices: Prices, hosts: Set[str]) -> tuple[CartItem, ...]:
    """The lines that can be read: an order silences whatever is in it."""
    lines = raw[:MOST_ITEMS] if isinstance(raw, list) else []
    items = (read_item(line, names, prices, hosts) for line in lines)
    return tuple(item for item in items if item is not None)


def read_item(line: object, names: ItemNames, prices: Prices, hosts: Set[str]) -> CartItem | None:
    """One line; a price or an address that cannot be read is left out."""
    if not isinstance(line, dict):
        return None
    product_id = text(line.get(names.product_id), 128)
    quantity = whole_number(line.get(names.quantity, 1), 1, 100_000)
    if product_id is None or quantity is None:
        return None
    return CartItem(
        product_id=product_id,
        name=text(line.get(names.name), 256) or "",
        quantity=quantity,
        unit_price=prices.read(line.get(names.unit_price)),
        path=path_within(line.get(names.path), hosts),
        image_path=path_within(line.get(names.image), hosts),
    )
