"""A tokenizer for pages of strangers: start tags with their attributes, and the text of elements that hold no markup.

It builds no tree, goes forward alone and gives up at a bound, so no page takes it longer than in proportion to its length. The
parsers that there are either build trees, in time that grows with the square of what is nested, or raise at marked sections.
Rules by their names in the HTML standard, section 13.2.5.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_TOKENS = 100_000
"""Tags, attributes and comments together: a large page of a real shop has a tenth of them."""
RAW_TEXT = frozenset(
    (b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes", b"noscript", b"plaintext")
)
"""What is between their tags is text, for browsers that run scripts."""

_NAME = re.compile(rb"[A-Za-z][^\t\n\f\r />]*+")
_ATTRIBUTE = re.compile(
    rb"[\t\n\f\r /]*+(?:(?P<end>>)|(?P<name>=?[^\t\n\f\r />=]++|=)[\t\n\f\r ]*+"
    rb"(?:=[\t\n\f\r ]*+(?:\"(?P<double>[^\"]*+)\"|'(?P<single>[^']*+)'|(?P<plain>[^\t\n\f\r >\"'][^\t\n\f\r >]*+)))?+)"
)
_COMMENT_END = re.compile(rb"--!?>")


@dataclass(frozen=True)
class StartTag:
    """A start tag in lower case, with the first of each of its attributes; ``text`` is what a raw text element holds."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""


def start_tags(page: bytes) -> Iterator[StartTag]:
    """The start tags of a page, as far as its bound reaches. Never raises."""
    return _Tokenizer(page).run()


class _Tokenizer:
    """One way through a page. ``lower`` has the same positions: only ASCII letters differ."""

    def __init__(self, page: bytes) -> None:
        self._page = page
        self._lower = page.lower()
        self._at = 0
        self._tokens = 0

    def run(self) -> Iterator[StartTag]:
        while self._tokens < MOST_TOKENS:
            self._tokens += 1
            self._at = self._page.find(b"<", self._at)
            if self._at < 0:
                return
            if (tag := self._markup()) is not None:
                yield tag

    def _markup(self) -> StartTag | None:
        """Pass over what begins here; return it where it is a start tag."""
        if self._page.startswith(b"<!--", self._at):
            end = _COMMENT_END.search(self._page, self._at + 2)
            self._at = len(self._page) if end is None else end.end()
            return None
        closes = self._page.startswith(b"</", self._at)
        name = _NAME.match(self._lower, self._at + (2 if closes else 1))
        if name is not None:
            return self._tag(name, closes=closes)
        following = self._page[self._at + 1 : self._at + 2]
        if following in (b"!", b"?", b"/"):  # a bogus comment, or a document type
            self._at = self._page.find(b">", self._at) + 1 or len(self._page)
        else:
            self._at += 1
        return None

    def _tag(self, name: re.Match[bytes], *, closes: bool) -> StartTag | None:
        self._at = name.end()
        attributes: dict[bytes, bytes] = {}
        while (found := _ATTRIBUTE.match(self._page, self._at)) is not None:
            self._at = found.end()
            if found["end"]:
                return None if closes else self._started(name[0], attributes)
            self._tokens += 1
            value = next((part for part in found.group("double", "single", "plain") if part is not None), b"")
            attributes.setdefault(found["name"].lower(), value)
            if self._tokens >= MOST_TOKENS:
                break
        self._at = len(self._page)  # the page ends within a tag
        return None

    def _started(self, name: bytes, attributes: Mapping[bytes, bytes]) -> StartTag:
        text = self._raw_text(name) if name in RAW_TEXT else b""
        return StartTag(_text(name), {_text(key): _text(value) for key, value in attributes.items()}, _text(text))

    def _raw_text(self, name: bytes) -> bytes:
        begin, sought = self._at, b"</" + name
        while (end := self._lower.find(sought, self._at)) >= 0 and name != b"plaintext":
            self._at = end + len(sought)
            if self._page[self._at : self._at + 1] in (b"\t", b"\n", b"\f", b"\r", b" ", b"/", b">", b""):
                self._at = end
                return self._page[begin:end]
        self._at = len(self._page)
        return self._page[begin:]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
