"""Texts made out of a regular expression to make it slow: what it repeats, repeated, before what it does not expect."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations, islice
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

ALWAYS_TRIED = "a0 .\n\0é!"
LONG = 8
"""A repetition that may be as long as this is tried from where it begins."""
MOST_PARTS = 40
MOST_PAIRS = 24
MOST_PREFIXES = 8
REPEATS = frozenset({code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT})
SINGLES = frozenset({code.LITERAL, code.NOT_LITERAL, code.IN, code.ANY})

Node = tuple[Any, Any]
Hostile = Callable[[int], str]
"""A text of about so many characters."""


def tree_of(pattern: re.Pattern[Any]) -> list[Node]:
    """An expression as ``re`` itself reads it."""
    return list(_parser.parse(pattern.pattern, pattern.flags))


def hostile_texts(pattern: re.Pattern[Any]) -> list[Hostile]:
    """Each part of the expression repeated, also two in turn, also behind what must come before it; with and without an end
    that does not fit."""
    tree, flags = tree_of(pattern), pattern.flags
    signs = _distinct_signs(tree, flags)
    samples = _Samples(signs, flags)
    parts = list(dict.fromkeys([*signs, *(samples.of([node]) for node in _all_nodes(tree) if node[0] not in SINGLES)]))
    parts = [part for part in parts if part][:MOST_PARTS]
    unfit = next((sign for sign in signs if not any(_takes(node, sign, flags) for node in _singles(tree))), "\0")
    pairs = [first + second for first, second in islice(combinations(parts, 2), MOST_PAIRS)]
    pumped = [("", part) for part in (*parts, *pairs)]
    for before, body in islice(_long_repeats(tree, samples), MOST_PREFIXES):
        pumped += [(before, part) for part in dict.fromkeys([body, *signs[:MOST_PREFIXES]]) if part and before]
    return [_pump(before, part, end) for before, part in dict.fromkeys(pumped) for end in ("", unfit)]


def _pump(before: str, part: str, end: str) -> Hostile:
    return lambda length: before + part * max(1, (length - len(before) - len(end)) // len(part)) + end


class _Samples:
    """A text that a part of an expression takes, as far as that is known without trying."""

    def __init__(self, signs: Sequence[str], flags: int) -> None:
        self._signs = signs
        self._flags = flags

    def of(self, nodes: Iterable[Node]) -> str:
        return "".join(self._of_node(node) for node in nodes)

    def _of_node(self, node: Node) -> str:
        kind, value = node
        if kind in SINGLES:
            return next((sign for sign in self._signs if _takes(node, sign, self._flags)), "")
        if kind in REPEATS:
            repeated, least = self.of(value[2]), int(value[0])
            return repeated * max(1, least)
        inner = next(iter(_inside(node)), None)
        return "" if inner is None or kind in (code.ASSERT, code.ASSERT_NOT) else self.of(inner)


def _inside(node: Node) -> list[list[Node]]:
    """The sequences that a node holds: one for most, one each for alternatives."""
    kind, value = node
    if kind in REPEATS:
        return [list(value[2])]
    if kind is code.BRANCH:
        return [list(each) for each in value[1]]
    if kind is code.SUBPATTERN:
        return [list(value[3])]
    if kind in (code.ASSERT, code.ASSERT_NOT):
        return [list(value[1])]
    if kind is code.ATOMIC_GROUP:
        return [list(value)]
    return []


def _all_nodes(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        for inner in _inside(node):
            yield from _all_nodes(inner)


def _singles(nodes: Iterable[Node]) -> list[Node]:
    return [node for node in _all_nodes(nodes) if node[0] in SINGLES]


def _long_repeats(nodes: Sequence[Node], samples: _Samples, before: str = "") -> Iterator[tuple[str, str]]:
    """What comes before each long repetition, and what it repeats."""
    for node in nodes:
        if node[0] in REPEATS and node[1][1] >= LONG:
            yield before, samples.of(node[1][2])
        for inner in _inside(node):
            yield from _long_repeats(inner, samples, before)
        before += samples.of([node])


def _distinct_signs(nodes: Sequence[Node], flags: int) -> list[str]:
    """Of the signs that an expression names, and a few more, one of each set that it cannot distinguish."""
    singles = list(dict.fromkeys(map(repr, _singles(nodes))))
    by_text = {repr(node): node for node in _singles(nodes)}
    named = {sign for node in by_text.values() for sign in _named(node)}
    kinds: dict[tuple[bool, ...], str] = {}
    for sign in (*ALWAYS_TRIED, *sorted(named)):
        kinds.setdefault(tuple(_takes(by_text[text], sign, flags) for text in singles), sign)
    return list(kinds.values())


def _named(node: Node) -> Iterator[str]:
    kind, value = node
    if kind in (code.LITERAL, code.NOT_LITERAL):
        yield chr(value)
    elif kind is code.IN:
        for inner, detail in value:
            if inner is code.LITERAL:
                yield chr(detail)
            elif inner is code.RANGE:
                yield from (chr(detail[0]), chr(detail[1]))


def _takes(node: Node, sign: str, flags: int) -> bool:
    kind, value = node
    match kind:
        case code.ANY:
            return sign != "\n" or bool(flags & re.DOTALL)
        case code.LITERAL:
            return _is_one(sign, value, flags)
        case code.NOT_LITERAL:
            return not _is_one(sign, value, flags)
        case _:
            negated = value[0][0] is code.NEGATE
            return negated != any(_is_in(sign, inner, flags) for inner in value)


def _is_in(sign: str, inner: Node, flags: int) -> bool:
    kind, value = inner
    match kind:
        case code.LITERAL:
            return _is_one(sign, value, flags)
        case code.RANGE:
            return any(value[0] <= ord(each) <= value[1] for each in _cases(sign, flags))
        case code.CATEGORY:
            return re.match(CATEGORIES[value], sign, flags & re.ASCII) is not None
        case _:
            return False


def _is_one(sign: str, value: int, flags: int) -> bool:
    return chr(value) in _cases(sign, flags)


def _cases(sign: str, flags: int) -> tuple[str, ...]:
    either = [each for each in (sign, sign.lower(), sign.upper()) if len(each) == 1]
    return tuple(either) if flags & re.IGNORECASE else (sign,)


CATEGORIES = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}


def repeats_the_endless(pattern: re.Pattern[Any]) -> bool:
    """Whether something without an end repeats what has no end itself, so that a text can be shared out in countless ways.

    Possessive repetitions and atomic groups give nothing back, so within them nothing is shared out anew.
    """
    return any(_repeats_the_endless(node) for node in _all_nodes(tree_of(pattern)))


def _repeats_the_endless(node: Node) -> bool:
    return _is_endless(node) and any(_is_endless(inner) for inner in _all_nodes(node[1][2]))


def _is_endless(node: Node) -> bool:
    return node[0] in (code.MAX_REPEAT, code.MIN_REPEAT) and node[1][1] is code.MAXREPEAT
