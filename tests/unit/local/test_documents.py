"""What documents name is there: paths, links, targets of make."""

import os
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]


def files_of_the_checkout() -> list[str]:
    """Without what tools and runs leave."""
    found = []
    for folder, folders, files in os.walk(CHECKOUT):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        found += [str((Path(folder) / file).relative_to(CHECKOUT)) for file in files]
    return found


FILES = files_of_the_checkout()
DOCUMENTS = sorted(file for file in FILES if file.endswith(".md"))
CODE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|js|sh|toml|sql|css|html))`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[\w-]+)?\)")
TARGET = re.compile(r"`make ([a-z-]+)`")
FOLDER = re.compile(r"`((?:[\w.-]+/)+)`")
EXAMPLES = {"utils.py", "example.com/shop/"}
"""Named because they are not there."""

MADE = {".beckon/", "pids/", "logs/", "held/"}
"""Folders that a run makes."""


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_is_there(document: str) -> None:
    text = (CHECKOUT / document).read_text()

    named = set(CODE.findall(text)) - EXAMPLES

    assert [name for name in sorted(named) if not any(f"/{file}".endswith(f"/{name}") for file in FILES)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_folder_that_a_document_names_is_there(document: str) -> None:
    named = set(FOLDER.findall((CHECKOUT / document).read_text())) - EXAMPLES - MADE

    assert [name for name in sorted(named) if not any(f"/{name}" in f"/{file}" for file in FILES)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_somewhere(document: str) -> None:
    folder = (CHECKOUT / document).parent

    links = [path for path, _ in LINK.findall((CHECKOUT / document).read_text()) if path]

    assert [path for path in links if not (folder / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_target_that_a_document_names_is_in_the_makefile(document: str) -> None:
    makefile = (CHECKOUT / "Makefile").read_text()

    named = set(TARGET.findall((CHECKOUT / document).read_text()))

    assert [name for name in sorted(named) if f"\n{name}:" not in makefile] == []
