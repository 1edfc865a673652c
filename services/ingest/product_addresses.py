"""What of an address identifies a product, or the cart, where its path does not: ``?ID=7`` of ``/detail.aspx?ID=7&sid=83af``.

A query may carry a visit, a customer or an e-mail address, so nothing of it is kept but parameters that name a product, and
those that name the kind of page beside one. Shops that change pages without loading them name the product in the fragment.
"""

import re
from urllib.parse import unquote_plus

from shared.runtime.http.untrusted import address_of

LONGEST_SUFFIX = 256
MOST_PARAMETERS = 8
LONGEST_VISIT = 16
"""From so many signs on, digits among letters number visits, and products rarely."""

_GOODS = "an|art|artikel|article|item|prod|product|products|goods|element|wine|anzeige|virtuemart_product"
_NAMES_PRODUCT = re.compile(
    rf"(?:(?:{_GOODS}|p|e)[_.-]?(?:id|no|nr|num|number|code|sku|key)|{_GOODS}|id[_.-]?(?:{_GOODS})|p|id|nr|num|pid|sku|info|"
    r"variant|variation[_.-]?id|variant[_.-]?id)",
    re.IGNORECASE,
)
_NAMES_PAGE = re.compile(r"route|view|controller|option|dispatch|main_?page|cl|target|screen|page|mod(?:ule)?", re.IGNORECASE)
_NAMES_OTHER = re.compile(
    r"sess|sid|token|user|cust|client|member|account|mail|phone|auth|key|hash|ref|next|url|return|redirect|goto|dest|cart"
    r"|order|qty|quant|menge|action|add|del|remove|utm|click",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z][\w.-]{0,31}", re.ASCII)
_PRODUCT = re.compile(r"[\w-](?:[\w.-]{0,62}[\w-])?", re.ASCII)
_PAGE = re.compile(r"[A-Za-z]+(?:[._/][A-Za-z]+){0,3}")
_WORDS = re.compile(r"[A-Za-z]{1,24}")
_SUFFIX = re.compile(r"[?#!\w./=&-]+", re.ASCII)
_CART = re.compile(
    r"(?<![A-Za-z])(?:cart|basket|bag|warenkorb|korb|panier|carrito|cesta|carrello|carrinho|winkelwagen|koszyk|varukorg|kurv)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[A-Za-z]")


def identifying_suffix(raw: object, product_id: str) -> str | None:
    """The part to be put behind the address's path; None where its query and fragment name no product."""
    parts = address_of(raw)
    if parts is None:
        return None
    query, fragment = _of_query(parts.query, product_id), _of_fragment(parts.fragment, product_id)
    suffix = (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return suffix if _SUFFIX.fullmatch(suffix) and len(suffix) <= LONGEST_SUFFIX else None


def cart_suffix(raw: object) -> str | None:
    """The part to be put behind the path of the cart's page; None where query and fragment name no cart."""
    parts = address_of(raw)
    if parts is None:
        return None
    named = [parameter.partition("=") for parameter in parts.query.split("&")[: MOST_PARAMETERS * 4]]
    kept = {name: value for name, _, value in named if _names_page(name, unquote_plus(value))}
    query = "&".join(f"{name}={unquote_plus(value)}" for name, value in list(kept.items())[:MOST_PARAMETERS])
    route = parts.fragment.partition("?")[0]
    is_route = _CART.search(route) is not None and all(map(_WORDS.fullmatch, _parts(route.removeprefix("!"))))
    suffix = (f"?{query}" if _CART.search(query) else "") + (f"#{route}" if is_route else "")
    return suffix if _SUFFIX.fullmatch(suffix) and len(suffix) <= LONGEST_SUFFIX else None


def _names_page(name: str, value: str) -> bool:
    if _NAME.fullmatch(name) is None or _PAGE.fullmatch(value) is None or len(value) > 40:
        return False
    return _NAMES_PAGE.fullmatch(name) is not None or _CART.search(value) is not None


def _of_query(query: str, product_id: str) -> str:
    """Its parameters that name the product, and those that name the kind of page beside one; empty without the former."""
    kept, names_product = dict[str, str](), False
    for parameter in query.split("&")[: MOST_PARAMETERS * 4]:
        name, _, value = parameter.partition("=")
        value = unquote_plus(value)
        if name in kept or _NAME.fullmatch(name) is None:
            continue
        if _is_product(name, value, product_id):
            names_product = True
        elif not (_NAMES_PAGE.fullmatch(name) and _PAGE.fullmatch(value) and len(value) <= 40):
            continue
        kept[name] = value
    return "&".join(f"{name}={value}" for name, value in list(kept.items())[:MOST_PARAMETERS]) if names_product else ""


def _is_product(name: str, value: str, product_id: str) -> bool:
    if _PRODUCT.fullmatch(value) is None:
        return False
    if value.casefold() == product_id.casefold():
        return "." not in value and _NAMES_OTHER.search(name) is None
    return _NAMES_PRODUCT.fullmatch(name) is not None and not _is_visit(value)


def _is_visit(value: str) -> bool:
    """Whether it looks like the number of a visit rather than of a product: long, of letters and digits without a hyphen."""
    return any(
        len(part) >= LONGEST_VISIT and _DIGIT.search(part) is not None and _LETTER.search(part) is not None
        for part in re.split(r"[_.-]", value)
    )


def _of_fragment(fragment: str, product_id: str) -> str:
    """``/product/7`` and ``!/p/harbor-red-7``: words and the product; ``product=7``, and what follows a ``?``, as a query."""
    route, _, query = fragment.partition("?")
    if "/" not in route:
        return _of_query(fragment, product_id)
    kept, parts = _of_query(query, product_id), _parts(route.removeprefix("!"))
    number = _parts(product_id.casefold())
    others = [part for part in parts if part.casefold() not in number]
    if not all(map(_WORDS.fullmatch, others)) or not (kept or len(others) < len(parts)):
        return ""
    return f"{route}?{kept}" if kept else route


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[/.=_-]", text) if part]
