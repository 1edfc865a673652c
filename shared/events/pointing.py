"""Pointing: the selectors by which a merchant pointed out what a page of the shop shows. Data, in a grammar of its own."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.events.envelope import PagePath, Value

MOST_ALTERNATIVES = 3
MOST_PARAMETERS = 3
LONGEST_SELECTOR = 300

_NAME = "[A-Za-z_][A-Za-z0-9_-]{0,63}"
_VALUE = r"[A-Za-z0-9_ .,:;/()\[\]*#@+=-]{1,80}"
_CONDITION = rf"(?:[.#]{_NAME}|\[{_NAME}(?:\^?=\"{_VALUE}\")?\]|:nth-(?:last-)?of-type\([1-9][0-9]{{0,2}}\))"
_COMPOUND = f"(?:[a-z][a-z0-9-]{{0,31}}{_CONDITION}{{0,6}}|{_CONDITION}{{1,6}})"
_SELECTOR = re.compile(f"{_COMPOUND}(?:(?: > | ){_COMPOUND}){{0,11}}")
_PARAMETER = re.compile(r"[A-Za-z0-9_]{1,32}=[A-Za-z][A-Za-z/_.-]{0,63}")


def _selector(text: str) -> str:
    if len(text) > LONGEST_SELECTOR or _SELECTOR.fullmatch(text) is None:
        raise ValueError("is no selector: tags, ids, classes, attributes and places, joined by a space or by ' > '")
    return text


def _parameter(text: str) -> str:
    if _PARAMETER.fullmatch(text) is None:
        raise ValueError("names no page: a name, =, and a value without digits")
    return text


Selector = Annotated[str, AfterValidator(_selector)]
"""A small part of CSS: tags, ids, classes, attributes, places among siblings, children and descendants. No list, no other
pseudo-class, no quote or escape within a value: what a page reads by it can be an element of that page and nothing else."""

PageParameter = Annotated[str, AfterValidator(_parameter)]
"""A part of a query that names a page, such as ``route=checkout/cart``. One with digits may name a person or a visit."""

Alternatives = Annotated[tuple[Selector, ...], Field(max_length=MOST_ALTERNATIVES)]
"""The first that finds something counts; empty for what was not pointed out."""


class Pointing(Value, frozen=True):
    """A cart page and what was pointed out on it; of the checkout's fields too. ``number`` counts a site's pointings.

    ``title``, ``price`` and ``quantity`` are looked for within each ``line``, all else in the whole page. ``path`` is the cart
    page, with the ``parameters`` that its address has to have; it alone is read, and a page that only looks like it never is.
    """

    number: Annotated[int, Field(ge=1)]
    path: PagePath | None = None
    parameters: Annotated[tuple[PageParameter, ...], Field(max_length=MOST_PARAMETERS)] = ()
    line: Alternatives = ()
    title: Alternatives = ()
    price: Alternatives = ()
    quantity: Alternatives = ()
    total: Alternatives = ()
    email: Alternatives = ()
    phone: Alternatives = ()
    opt_in: Alternatives = ()
