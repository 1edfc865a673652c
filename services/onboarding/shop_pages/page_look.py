"""The look of a shop's own page: its logo, colour and language. Pure: bytes in, a look out."""

import html
import re
from collections.abc import Mapping
from urllib.parse import quote, urljoin, urlsplit

from pydantic import TypeAdapter, ValidationError

from services.onboarding.shop_pages.html_tokenizer import start_tags
from shared.events.settings import Look, PictureAddress
from shared.messages.colours import luminance
from shared.messages.shopper_texts import language_in

LONGEST_ADDRESS = 2048
LIGHTEST = 0.9
"""Luminance from which on a colour is a page's paper, in which browsers paint their bar, and none of the shop's own."""
ANY_SIZE = 512

_TOUCH_ICONS = frozenset(("apple-touch-icon", "apple-touch-icon-precomposed"))
_SHARED_PICTURES = frozenset(("og:image", "og:image:url", "og:image:secure_url"))
_SIZE = re.compile(r"(\d{1,4})x\d{1,4}", re.IGNORECASE)
_COLOUR = re.compile(r"#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{6}))", re.IGNORECASE)
_SAFE = "/._~%!&()*+,=:@?$-"
_PICTURES: TypeAdapter[str] = TypeAdapter(PictureAddress)


def look_in(page: bytes, host: str, path: str = "/") -> Look:
    """Each part only where the page of that address has one that shoppers can be shown. Never raises.

    The best logo is a touch icon, then an icon, the larger the better, then the picture that is shared of the page.
    """
    logos: dict[tuple[int, int], str] = {}
    colour = language = None
    for tag in start_tags(page):
        attributes = tag.attributes
        if tag.name == "html":
            language = language or language_in(attributes.get("lang"))
        elif tag.name == "link" and (rank := _rank(attributes)) is not None:
            logos.setdefault(rank, attributes.get("href", ""))
        elif tag.name == "meta" and attributes.get("property", "").lower() in _SHARED_PICTURES:
            logos.setdefault((0, 0), attributes.get("content", ""))
        elif tag.name == "meta" and attributes.get("name", "").lower() == "theme-color":
            colour = colour or _colour(attributes)
    addresses = (_address(logos[rank], host, path) for rank in sorted(logos, reverse=True))
    return Look(logo=next(filter(None, addresses), None), colour=colour, language=None if language is None else language.value)


def _rank(attributes: Mapping[str, str]) -> tuple[int, int] | None:
    relations = set(attributes.get("rel", "").lower().split())
    sizes = attributes.get("sizes", "").lower()[:200]
    size = max([int(found) for found in _SIZE.findall(sizes)], default=ANY_SIZE if "any" in sizes.split() else 0)
    if relations & _TOUCH_ICONS:
        return 2, size
    return (1, size) if "icon" in relations else None


def _address(raw: str, host: str, path: str) -> str | None:
    """The whole address of a picture; None for one that is not on TLS, or is no address of a picture at all."""
    scheme = "http" if host.partition(":")[0].endswith(".localhost") else "https"
    try:
        parts = urlsplit(urljoin(f"{scheme}://{host}{path}", html.unescape(raw[:LONGEST_ADDRESS]).strip()))
        whole = parts._replace(netloc=parts.netloc.lower(), path=parts.path or "/", fragment="").geturl()
        return _PICTURES.validate_python(quote(whole, safe=_SAFE)) if raw.strip() else None
    except (ValueError, ValidationError):
        return None


def _colour(attributes: Mapping[str, str]) -> str | None:
    found = _COLOUR.fullmatch(attributes.get("content", "")[:20].strip())
    if found is None or "dark" in attributes.get("media", "").lower():
        return None
    colour = f"#{found[4] or ''.join(digit * 2 for digit in found.group(1, 2, 3))}".lower()
    return colour if luminance(colour) < LIGHTEST else None
