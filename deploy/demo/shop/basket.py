"""The cart as the shopper sees it, and as the shop's theme hands it to whoever reads it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deploy.demo.shop.goods import CURRENCY, Good, decimal
from deploy.demo.shop.store import Line

# The theme shows its cart to the tracking code and can rebuild one. This is the shop's own code, written once by whoever
# made the theme; it only fills a queue, so nothing leaves the page until a tracking code reads that queue.
THEME = """
window._beckon = window._beckon || [];
{cart}_beckon.push(['onRestore', function (items, done) {{
  fetch('/cart/restore', {{
    method: 'POST',
    headers: {{'Content-Type': 'application/json'}},
    body: JSON.stringify({{items: items}})
  }}).then(function (answer) {{
    done(answer.ok);
    if (answer.ok) location.assign('/cart');
  }});
}}]);
"""


@dataclass(frozen=True)
class Row:
    """One line of the cart, with what it is."""

    good: Good
    quantity: int

    @property
    def total(self) -> int:
        """In cents."""
        return self.good.price * self.quantity


def rows_of(lines: Sequence[Line], goods: Mapping[str, Good]) -> list[Row]:
    """The lines with their goods; what the shop no longer sells is left out."""
    return [Row(goods[line.good_id], line.quantity) for line in lines if line.good_id in goods]


def cart_data(rows: Sequence[Row], base: str) -> dict[str, object]:
    """The whole cart. Amounts are decimal strings, prices for one piece."""
    return {
        "currency": CURRENCY,
        "total": decimal(sum(row.total for row in rows)),
        "returnURL": "/cart",
        "items": [
            {
                "productID": row.good.id,
                "productName": row.good.name,
                "quantity": row.quantity,
                "productPrice": decimal(row.good.price),
                "productURL": base + row.good.path,
                "productImageURL": base + row.good.picture,
            }
            for row in rows
        ],
    }


def theme_script(cart: Mapping[str, object] | None) -> str:
    """The theme's inline script; without a cart when this browser never had one."""
    pushed = "" if cart is None else f"_beckon.push(['setCart', {in_page(cart)}]);\n"
    return THEME.format(cart=pushed)


def in_page(data: object) -> str:
    """JSON that cannot end the script element which it stands in."""
    return json.dumps(data).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def restorable(body: object, goods: Mapping[str, Good]) -> list[Line]:
    """The lines that a restore asks for, as far as they make sense: it comes from a page, so nothing in it is trusted."""
    items = body.get("items") if isinstance(body, dict) else None
    lines: list[Line] = []
    for item in items[:100] if isinstance(items, list) else []:
        if isinstance(item, dict) and str(item.get("productID")) in goods:
            quantity = item.get("quantity", 1)
            lines.append(Line(str(item["productID"]), quantity if isinstance(quantity, int) and quantity > 0 else 1))
    return lines
