"""Names that a shop's page gives to what it shows: which items' names are on it. Pure: bytes in, names out."""

import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from services.onboarding.shop_pages.html_tokenizer import StartTag, start_tags
from shared.messages.item_names import LONGEST_READ, visible

MOST_NAMES = 500
MOST_PARTS = 8
MOST_NODES = 2_000
LONGEST_SCRIPT = 200_000

_NAMING = frozenset(("og:title", "twitter:title", "name"))
_APART = re.compile(r"\s[|\u2013\u2014\u00b7\u00bb\u2022:-]\s|\s?\|\s?|: ")
_PRODUCTS = frozenset(("Product", "ProductGroup", "ProductModel", "IndividualProduct"))
_LEADING_ON = frozenset(("@graph", "itemListElement", "item", "hasVariant", "mainEntity", "isVariantOf"))
_SIZE = re.compile(r"\d*(?:x{0,3}[sl]|m|ml|cl|dl|mm|cm|km|mg|g|kg|oz|lbs?|in|ft|[gtm]b|w|v|mah|pcs|pack|x|eu|us|uk)?")
_WORDS = re.compile(r"\w+")
MOST_WORDS_BESIDE = 4
MOST_DIGITS_BESIDE = 5
"""A size and a colour stand behind a product's name in many carts."""


def names_on(page: bytes) -> frozenset[str]:
    """Names on a page, as they are compared: titles, their parts, and names in JSON-LD. Never raises."""
    found: dict[str, None] = {}
    for name in _names(page):
        if len(found) >= MOST_NAMES:
            break
        for each in _parts_of(name):
            if (plain := _plain(each)) and any(map(str.isalnum, plain)):
                found.setdefault(plain)
    return frozenset(found)


def _parts_of(title: str) -> Iterator[str]:
    """The title, its parts, and what begins or ends with some of them: a shop's name stands before or behind what it shows."""
    yield title
    ends = [(match.start(), match.end()) for match in _APART.finditer(title)][:MOST_PARTS]
    yield from _APART.split(title)[: MOST_PARTS + 1]
    for before, after in ends:
        yield title[:before]
        yield title[after:]


def stands_on(name: str, names: Iterable[str]) -> bool:
    """Whether an item's name is one of these or most of one, or one with few of its page's own words behind, as of variants."""
    wanted = _plain(name)
    if not wanted:
        return False
    known = set(names)
    words = {word for each in known for word in _WORDS.findall(each)}
    return wanted in known or any(
        _is_most_of(wanted, each) or (wanted.startswith(f"{each} ") and _is_variant(wanted.removeprefix(each), words))
        for each in known
    )


def _is_most_of(wanted: str, name: str) -> bool:
    """Whether words are most of a name: whole ones, more than one, at least half of it: "buy ... online" stands around many."""
    part, whole = " ".join(_WORDS.findall(wanted)), " ".join(_WORDS.findall(name))
    return " " in part and 2 * len(part) >= len(whole) and f" {part} " in f" {whole} "


def _is_variant(rest: str, words: set[str]) -> bool:
    found = _WORDS.findall(rest)
    digits = sum(map(str.isdecimal, rest))
    return (
        len(found) <= MOST_WORDS_BESIDE
        and digits <= MOST_DIGITS_BESIDE
        and all(w in words or _SIZE.fullmatch(w) for w in found)
    )


def _names(page: bytes) -> Iterator[str]:
    for tag in start_tags(page):
        attributes = tag.attributes
        if tag.name == "title":
            yield html.unescape(tag.text[:LONGEST_READ])
        elif tag.name == "meta" and not _NAMING.isdisjoint(
            (attributes.get("property", "").lower(), attributes.get("itemprop", "").lower())
        ):
            yield html.unescape(attributes.get("content", "")[:LONGEST_READ])
        elif is_json_ld(tag):
            yield from _in_json(tag)


def is_json_ld(tag: StartTag) -> bool:
    """Whether it is a script of linked data."""
    return tag.name == "script" and tag.attributes.get("type", "").strip().lower() == "application/ld+json"


def _in_json(tag: StartTag) -> Iterator[str]:
    """Names of products."""
    return (node["name"][:LONGEST_READ] for node in products_in(tag) if isinstance(node.get("name"), str))


def products_in(tag: StartTag) -> Iterator[dict[str, Any]]:
    """Products in schema.org's terms out of a script, not who reviewed them: a stranger may write a review."""
    if len(tag.text) > LONGEST_SCRIPT:
        return
    try:
        waiting: list[Any] = [json.loads(tag.text)]
    except (ValueError, RecursionError):
        return
    for _ in range(MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            if not _PRODUCTS.isdisjoint(_types_of(node)):
                yield node
            waiting += [value for key, value in node.items() if key in _LEADING_ON]


def _types_of(node: dict[str, Any]) -> set[str]:
    types = node.get("@type")
    return {each for each in (types if isinstance(types, list) else [types]) if isinstance(each, str)}


def _plain(name: str) -> str:
    return visible(name[:LONGEST_READ]).casefold()
