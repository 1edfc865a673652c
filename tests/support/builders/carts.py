"""Carts with lines, and orders that name theirs."""

from datetime import datetime

from shared.events.envelope import CartItem
from shared.events.storefront import CartUpdated, OrderReported
from tests.support.builders.orders import (
    LAPTOP,
    a_cart_update,
)

WINE, CHEESE, BREAD = "W-1", "C-1", "B-1"


def a_cart(
    seq: int, when: datetime, lines: dict[str, int], *, browser: str = LAPTOP, acted: datetime | None = None, name: str = ""
) -> CartUpdated:
    """A cart with these lines; its version grows with time."""
    version = int(when.timestamp())
    items = tuple(CartItem(product_id=product, name=product, quantity=quantity) for product, quantity in lines.items())
    changes = {"items": items, "acted_at": acted}
    return a_cart_update(browser, when, seq=seq, version=version, name=name).model_copy(update=changes)


def reported_with(order: OrderReported, **lines: int) -> OrderReported:
    """The order with its lines, by their names here."""
    names = {"wine": WINE, "cheese": CHEESE, "bread": BREAD}
    items = tuple(CartItem(product_id=names[name], quantity=quantity) for name, quantity in lines.items())
    return order.model_copy(update={"items": items})
