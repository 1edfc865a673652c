"""Hosts on which a shop has the pictures of its products, by its own page of one. Pure: bytes in, hosts out.

Read from what the page shares and describes, which the shop alone writes: a picture within its text may be one that a
stranger put into a review.
"""

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from services.onboarding.shop_pages.html_tokenizer import start_tags
from services.onboarding.shop_pages.page_names import is_json_ld, products_in
from shared.events.envelope import HostName

MOST_HOSTS = 4
LONGEST_ADDRESS = 2048

_SHARED = frozenset(("og:image", "og:image:url", "og:image:secure_url", "twitter:image"))
_HOSTS: TypeAdapter[str] = TypeAdapter(HostName)


def picture_hosts_on(page: bytes) -> frozenset[str]:
    """The first few hosts that pictures of the page's product are on. Never raises."""
    found: dict[str, None] = {}
    for address in _pictures(page):
        if len(found) >= MOST_HOSTS:
            break
        if (host := _host(address)) is not None:
            found.setdefault(host)
    return frozenset(found)


def _pictures(page: bytes) -> Iterator[str]:
    for tag in start_tags(page):
        names = {tag.attributes.get(name, "").lower() for name in ("property", "name")}
        if tag.name == "meta" and not _SHARED.isdisjoint(names):
            yield tag.attributes.get("content", "")
        elif is_json_ld(tag):
            for product in products_in(tag):
                yield from _texts(product.get("image"))


def _texts(image: Any) -> Iterator[str]:
    """The addresses of one picture, or of a list of them: a text, or an object with one."""
    for each in (image if isinstance(image, list) else [image])[:MOST_HOSTS]:
        address = each.get("url") or each.get("contentUrl") if isinstance(each, dict) else each
        if isinstance(address, str):
            yield address


def _host(address: str) -> str | None:
    try:
        return _HOSTS.validate_python(urlsplit(html.unescape(address[:LONGEST_ADDRESS]).strip()).netloc.lower())
    except (ValueError, ValidationError):
        return None
