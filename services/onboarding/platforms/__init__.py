"""Guides of shop platforms: data, one file each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Guide:
    """Where a platform's merchant pastes what, in the platform's own terms; ``marks`` are what its shops' pages show of it.

    A confirmation with a ``code`` of its own, where a platform takes no HTML there, needs no placeholders. Where a platform's
    spelling is not documented, ``keywords`` are the candidates for each field, of which an order shows the right ones.
    ``back_office_hosts`` are where the staff of all of its shops work, ``shared_hosts`` where shops without an address of
    their own are; ``alias`` is where they get one, ``push`` where the worker file is uploaded, ``webhook`` where it is made
    to report orders itself, ``source`` where a program is let into the back office to fetch them. ``confirmation["page"]``
    stands for its own confirmation page, whatever its address.
    """

    key: str
    name: str
    tracking: dict[str, str]
    confirmation: dict[str, str]
    opt_in: dict[str, str]
    marks: tuple[str, ...] = ()
    back_office_hosts: tuple[str, ...] = ()
    shared_hosts: tuple[str, ...] = ()
    alias: Mapping[str, str] = field(default_factory=dict)
    push: Mapping[str, str] = field(default_factory=dict)
    webhook: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def guides() -> dict[str, Guide]:
    """Every guide, Nexternal first."""
    found = {path.stem: _read(path) for path in sorted(Path(__file__).parent.glob("*.toml"))}
    return dict(sorted(found.items(), key=lambda pair: pair[0] != "nexternal"))


def guide_of(platform: str) -> Guide:
    """The guide of a site's platform; a platform whose guide is gone gets the plain one."""
    found = guides()
    return found.get(platform) or found["plain_html"]


def _read(path: Path) -> Guide:
    data: dict[str, Any] = tomllib.loads(path.read_text())
    keywords = {field: tuple(spellings) for field, spellings in data.get("keywords", {}).items()}
    lists = {name: tuple(data.get(name, ())) for name in ("marks", "back_office_hosts", "shared_hosts")}
    return Guide(path.stem, **{**data, **lists, "keywords": keywords})
