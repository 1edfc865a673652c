"""Targets of the links in messages."""

import re
from dataclasses import dataclass, field

from services.notify.rules.restoring import restore_path
from services.notify.storage.protocols import Database
from shared.events.currencies import to_decimal
from shared.events.nudge import NudgedCart
from shared.events.settings import SiteConfigured
from shared.messages.item_names import page_name, shown_page

_TOKEN = re.compile(r"[0-9A-Za-z]{17}")


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


def cart_event(cart: NudgedCart, site: SiteConfigured) -> dict[str, object]:
    """A cart as the snippet gets it, to rebuild it by the shop's own ``onRestore`` or at the platform's address.

    The shop knows its items by their numbers; a name is only for people.
    """
    known = frozenset(site.page_names)
    items = [
        {
            "productID": item.product_id,
            "productName": page_name(item.name, known) or "",
            "quantity": item.quantity,
            "productPrice": None if item.unit_price is None else to_decimal(item.unit_price),
            "productURL": shown_page(item.path, item.path_suffix),
        }
        for item in cart.items
    ]
    total, currency = (None, None) if cart.total is None else (to_decimal(cart.total), cart.total.currency)
    return {
        "items": items,
        "total": total,
        "currency": currency,
        "return_path": shown_page(cart.return_path, cart.return_suffix),
        "restore_path": restore_path(site.platform, cart),
    }
