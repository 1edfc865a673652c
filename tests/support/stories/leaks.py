"""Looks for people where nobody may read of them: logs, and the raw segments of every topic."""

import re

from deploy.local.folders import Folders

PEOPLE = re.compile(rb"\+?1423555\d{4}|423[ -]555[ -]?\d{4}|shopper\d{4}@mail\.example|[a-z.]+@mail\.example")
"""Every number that a story takes, as it is dialled and as it is typed, and every address."""


def readable_people(folders: Folders) -> list[tuple[str, str]]:
    """Which file shows whom."""
    files = [*folders.logs.iterdir(), *folders.kafka.rglob("*.log")]
    return sorted({(path.name, found.decode()) for path in files for found in PEOPLE.findall(path.read_bytes())})
