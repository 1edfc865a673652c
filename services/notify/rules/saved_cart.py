"""The lines of a saved cart as a shopper is shown them. Carts come from unsigned beacons: nothing of them leaves the shop."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.events.envelope import CartItem, Money
from shared.events.nudge import NudgedCart
from shared.events.settings import SiteConfigured
from shared.messages.item_names import page_name, shown_page, shown_path
from shared.messages.prices import price_text
from shared.messages.shopper_texts import Language, text_of

_PICTURE = re.compile(r"\.(?:avif|gif|jpe?g|png|svg|webp)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """One line. ``price`` is of one piece and ``amount`` of all; empty where the shop has not named it."""

    name: str
    quantity: int
    price: str
    amount: str
    address: str
    picture: str | None


@dataclass(frozen=True)
class SavedCart:
    """``more`` are the things in the cart that are not listed."""

    lines: tuple[Line, ...]
    total: str
    more: int
    shop: str


def saved_cart(cart: NudgedCart, site: SiteConfigured, host: str, language: Language) -> SavedCart:
    """The cart in a language, with addresses on that host of the shop alone."""
    known, back = frozenset(site.page_names), shop_address(host, shown_page(cart.return_path, cart.return_suffix))
    return SavedCart(
        tuple(_lines(cart, known, site, host, back, language)),
        _amount(cart.total, site, language),
        cart.more_items,
        back,
    )


def picture_address(host: str, item: CartItem, picture_hosts: Collection[str] = ()) -> str | None:
    """A picture on the shop's own host, or on one that its pages have theirs on: by the ending of its path, for an address
    that does something has none.
    """
    path = shown_path(item.image_path)
    if path is None or not _PICTURE.search(path) or (item.image_host is not None and item.image_host not in picture_hosts):
        return None
    return shop_address(item.image_host or host, path)


def _lines(
    cart: NudgedCart, known: Collection[str], site: SiteConfigured, host: str, back: str, language: Language
) -> Iterator[Line]:
    for item in cart.items:
        name = page_name(item.name, known)
        page, price = shown_page(item.path, item.path_suffix), item.unit_price
        yield Line(
            name=name or text_of("any_item", language),
            quantity=item.quantity,
            price=_amount(price, site, language),
            amount="" if price is None else _amount(_times(price, item.quantity), site, language),
            address=back if page is None else shop_address(host, page),
            picture=None
            if name is None
            else picture_address(host, item, site.picture_hosts),  # a stranger's line gets no picture either
        )


def _times(price: Money, quantity: int) -> Money:
    return Money(minor=price.minor * quantity, currency=price.currency)


def _amount(amount: Money | None, site: SiteConfigured, language: Language) -> str:
    return "" if amount is None else price_text(amount, language, site.country)


def shop_address(host: str, path: str | None) -> str:
    """The shop's page. Shops are on TLS; only names that never leave a machine are not."""
    name = urlsplit(f"//{host}").hostname or ""
    local = name == "localhost" or name.endswith(".localhost") or name.startswith("127.")
    return f"{'http' if local else 'https'}://{host}{path or '/'}"
