"""Further pages of a shop that are checked: its cart and one product, as its own first page links to them. Pure."""

import html
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from services.onboarding.shop_pages.html_tokenizer import start_tags

MOST_LINKS = 500
LONGEST_LINK = 512

_PATH = re.compile(r"/[!-\"$-;=-\[\]-~]*")
"""What a request line can hold as it stands; neither a fragment nor a query, for a GET with one may do something."""
_WORD = re.compile(r"[a-z]+")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CART = _names("""
    cart basket bag viewcart shoppingcart warenkorb panier carrello carrito cesta carrinho winkelwagen winkelmand koszyk
    varukorg kurv indkobskurv handlekurv handlevogn ostoskori kosik kosar sepet
""")
_GOODS = _names("""
    product products produkt produkte produit produits producto productos prodotto prodotti produto produtos item items p dp pd
    goods artikel shop store
""")
_NO_GOODS = _names("""
    account login signin signup register logout signout admin wishlist search contact about help faq privacy terms legal imprint
    impressum agb shipping returns blog news press careers jobs checkout policy policies datenschutz static assets css js img
    images media feed rss api add remove delete
""")
_ONE_FOR_ALL = ("/", "/index.php", "/index.html", "/index.htm", "/default.aspx", "/default.asp", "/index.aspx")
_FILE = re.compile(r"\.(?!html?$|php$|aspx?$|jsp$)[a-z0-9]{1,5}$")


@dataclass(frozen=True)
class Links:
    """Paths on the shop's own host; None where its first page leads to no such page."""

    cart: str | None = None
    product: str | None = None


def links_in(page: bytes, host: str) -> Links:
    """The first link to a cart, and the likeliest one to a product. Never raises."""
    cart, product, best = None, None, 0
    for count, path in enumerate(_paths(page, host)):
        if count >= MOST_LINKS:
            break
        if cart is None and is_cart(path):
            cart = path
        elif (likeness := _likeness(path)) > best:
            product, best = path, likeness
    return Links(cart, product)


def is_cart(path: str) -> bool:
    """Whether a path names a page with the cart: by its last part."""
    last = path.lower().rstrip("/").rpartition("/")[2]
    return bool(_CART & set(_WORD.findall(last))) and _NO_GOODS.isdisjoint(_WORD.findall(last))


def _paths(page: bytes, host: str) -> list[str]:
    found: dict[str, None] = {}
    for tag in start_tags(page):
        if tag.name != "a" or len(found) >= MOST_LINKS:
            continue
        target = tag.attributes.get("href", "")
        target = html.unescape(target).strip() if len(target) <= LONGEST_LINK else ""
        if (path := path_on(host, target)) is not None and path != "/":
            found.setdefault(path)
    return list(found)


def path_on(host: str, target: str) -> str | None:
    """The path of a link on the first page that stays on this very host and asks for nothing but a page."""
    parts = _resolved(host, target)
    if parts is None or parts.scheme not in ("http", "https") or parts.netloc.lower() != host or parts.query:
        return None
    path = parts.path or "/"
    return path if len(path) <= LONGEST_LINK and _PATH.fullmatch(path) else None


def product_page(host: str, path: str | None, suffix: str | None) -> str | None:
    """What to ask a shop's host for to see a product's page; None where it may be another page, or does something.

    ``suffix`` names the product where the path alone does not; a browser keeps a fragment to itself.
    """
    found = None if path is None else path_on(host, path)
    query = (suffix or "").partition("#")[0]
    if found is None or not (may_be_product(found) or (query and found in _ONE_FOR_ALL)):
        return None
    return found + query


def _resolved(host: str, target: str) -> SplitResult | None:
    try:
        return urlsplit(urljoin(f"https://{host}/", target))
    except ValueError:
        return None


def may_be_product(path: str) -> bool:
    """Whether a path may lead to a product. A search names whatever was typed."""
    return _likeness(path) > 0


def _likeness(path: str) -> int:
    """How likely it is a product's page, 0 for one that is none: what only lists or explains may bear another template."""
    parts = [part for part in path.lower().split("/") if part]
    words = [set(_WORD.findall(part)) for part in parts]
    if _FILE.search(path.lower()) or not words or any(not _NO_GOODS.isdisjoint(each) or each & _CART for each in words):
        return 0
    if any(part in _GOODS for part in parts[:-1]):
        return 4
    deep = len(parts) > 1
    named = "-" in parts[-1] or any(character.isdigit() for character in parts[-1])
    return 1 + deep + named
