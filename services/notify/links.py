"""What a link in a message leads to."""

import re
from dataclasses import dataclass, field

from services.notify.stores import Database
from shared.events.envelope import Money
from shared.events.nudge import NudgedCart
from shared.events.settings import SiteConfigured

_TOKEN = re.compile(r"[0-9A-Za-z]{17}")
_EXPONENTS = {"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "VND": 0}
"""ISO 4217: digits after the point where they are not two."""


@dataclass(frozen=True)
class Link:
    """A living link. ``host`` is one of the site's own: no address from outside ever gets into a target."""

    token: str = field(repr=False)
    attempt_id: str
    site: SiteConfigured
    cart: NudgedCart
    host: str


async def read_link(database: Database, token: str) -> Link | None:
    """Look a token up. What cannot be one costs no query."""
    row = await database.find_link(token) if _TOKEN.fullmatch(token) else None
    if row is None:
        return None
    site = SiteConfigured.model_validate_json(row.settings)
    if not site.hosts:
        return None
    return Link(token, row.attempt_id, site, NudgedCart.model_validate_json(row.cart), site.hosts[0])


def told_cart(cart: NudgedCart) -> dict[str, object]:
    """A cart as the snippet's ``onRestore`` gets it."""
    items = [
        {
            "productID": item.product_id,
            "productName": item.name,
            "quantity": item.quantity,
            "productPrice": to_decimal(item.unit_price),
            "productURL": item.path,
        }
        for item in cart.items
    ]
    currency = None if cart.total is None else cart.total.currency
    return {"items": items, "total": to_decimal(cart.total), "currency": currency, "return_path": cart.return_path}


def to_decimal(money: Money | None) -> str | None:
    """An amount as shops write it in data: ``129.90``, never a float."""
    if money is None:
        return None
    digits = _EXPONENTS.get(money.currency, 2)
    sign, text = "-" if money.minor < 0 else "", str(abs(money.minor)).rjust(digits + 1, "0")
    return f"{sign}{text}" if digits == 0 else f"{sign}{text[:-digits]}.{text[-digits:]}"
