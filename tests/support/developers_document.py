"""The examples of docs/snippet.md, taken out of the document: what a shop's developer copies is what is tested."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

DOCUMENT = (Path(__file__).parents[2] / "docs" / "snippet.md").read_text()
INGEST, BECKON, SITE_KEY = "https://t.shop.example", "https://beckon.example", "bk_…"


@dataclass(frozen=True)
class PolicyLine:
    """One line of the content security policy, and what a page without it lacks."""

    directive: str
    values: tuple[str, ...]
    purpose: str


def section(title: str) -> str:
    """The text below a heading of the second rank."""
    (found,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


def block(kind: str) -> str:
    """The one block in this language."""
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)
    return str(found)


def commands() -> dict[str, str]:
    """Each command's example, by its name."""
    return dict(re.findall(r"^\| `(\w+)` \|.*\| `(\['\w+'.*\])` \|$", section("Commands"), re.MULTILINE))


def parameters() -> dict[str, str]:
    """What each command takes, as the table has it."""
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \| ", section("Commands"), re.MULTILINE))


def function_example() -> str:
    """The function that is pushed."""
    (found,) = re.findall(r"`_beckon\.push\((\(commands\).*)\)`", section("The queue"))
    return str(found)


def policy() -> list[PolicyLine]:
    """Each line that a page's policy needs; of alternatives the first."""
    rows = re.findall(r"^\| `([a-z-]+-(?:src|types))` \| (.*?) \| (.*?) \|$", section("Content security policy"), re.MULTILINE)
    return [
        PolicyLine(name, tuple(re.findall(r"`([^`]+)`", value.partition(", or ")[0])), purpose) for name, value, purpose in rows
    ]


def call() -> tuple[str, dict[str, str], str]:
    """The order API's call for curl: its address, headers and body."""
    words = shlex.split(block("bash"))
    assert words[0] == "curl"
    headers = [words[at + 1].partition(": ") for at, word in enumerate(words) if word == "-H"]
    return words[1], {name: value for name, _, value in headers}, words[words.index("-d") + 1]


def missing_lines() -> list[str]:
    """What is said of each line that lacks."""
    return re.findall(
        r"^\| `([a-z]+-(?:src|types))[^|]*\| \S", section("Content security policy").partition("| lacking |")[2], re.MULTILINE
    )
