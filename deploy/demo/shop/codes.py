"""The two pieces of foreign code that a merchant pastes, and the words in one of them that the shop replaces."""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

SCRIPT = re.compile(r"(<script\b[^>]*>)(.*?)(</script)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Keyword:
    """A word that stands for something of the order."""

    spelling: str
    field: str
    meaning: str


def load_keywords() -> tuple[Keyword, ...]:
    """Those that this shop knows."""
    data = tomllib.loads((Path(__file__).parent / "keywords.toml").read_text("utf-8"))
    return tuple(Keyword(**entry) for entry in data["keyword"])


def fill_in(addendum: str, values: Mapping[str, str], keywords: tuple[Keyword, ...]) -> str:
    """Replace the keywords, each once and where it stands; every other character stays as it was pasted.

    What a shopper typed must stay text: inside a script it is written as a JavaScript string holds it, elsewhere as HTML does.
    """
    parts: list[str] = []
    end = 0
    for script in SCRIPT.finditer(addendum):
        parts += [
            _replace(addendum[end : script.start(2)], values, keywords, escape),
            _replace(script[2], values, keywords, in_script),
        ]
        end = script.end(2)
    return "".join([*parts, _replace(addendum[end:], values, keywords, escape)])


def _replace(text: str, values: Mapping[str, str], keywords: tuple[Keyword, ...], quote: Callable[[str], str]) -> str:
    field_of = {keyword.spelling: keyword.field for keyword in keywords}
    any_of_them = re.compile("|".join(re.escape(spelling) for spelling in field_of))
    return any_of_them.sub(lambda found: quote(values[field_of[found.group()]]), text)


def in_script(value: str) -> str:
    """Safe between quotes of any kind in a script, and unable to end the script element."""
    quoted = json.dumps(value)[1:-1]
    return re.sub(r"['<>&`$]", lambda found: f"\\u{ord(found.group()):04x}", quoted)
