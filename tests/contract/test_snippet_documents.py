"""What a shop's developer reads of the commands, and what his compiler knows of them, is what the snippet has."""

import json
import re
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from services.ingest.http.app import ROUTES
from services.ingest.snippet_build import FOLDER
from services.onboarding.web.pages import STATIC, pages
from services.onboarding.web.static_files import StaticFiles

DOCUMENT = (Path(__file__).parents[2] / "docs" / "snippet.md").read_text()
TYPES = FOLDER / "types"


def commands_of_shops() -> list[str]:
    """The snippet's commands in front of ``said``, with which begins what its own files need."""
    source = (FOLDER / "commands.js").read_text()
    table = source[source.index("const commands = {") : source.index("    said: {}")]
    return re.findall(r"^ {2,4}(\w+)(?=: |\()", table, re.MULTILINE)


def test_the_types_have_every_command_of_a_shop_and_no_other() -> None:
    typed = re.search(r"interface Commands \{\n(.*?)\n\}", (TYPES / "beckon.d.ts").read_text(), re.DOTALL)

    assert typed is not None
    assert sorted(re.findall(r"^  (\w+)\(", typed[1], re.MULTILINE)) == sorted(commands_of_shops())


def test_the_document_has_every_command_of_a_shop_with_an_example_and_no_other() -> None:
    table = DOCUMENT[DOCUMENT.index("## Commands") : DOCUMENT.index("## Consent")]
    rows = re.findall(r"^\| `(\w+)` \|.*\| `\['(\w+)'", table, re.MULTILINE)

    assert all(name == shown for name, shown in rows)
    assert sorted(name for name, _ in rows) == sorted(commands_of_shops())


def test_the_package_of_types_holds_the_files_that_it_names() -> None:
    package = json.loads((TYPES / "package.json").read_text())

    assert [name for name in (package["types"], *package["files"]) if not (TYPES / name).is_file()] == []


def test_the_examples_of_proxies_pass_every_address_of_pages_and_servers_to_ingest() -> None:
    of_nginx = re.search(r"^location ~ (\S+) \{", DOCUMENT, re.MULTILINE)
    of_caddy = re.search(r"@beckon path (.*)", DOCUMENT)
    assert of_nginx is not None
    assert of_caddy is not None
    passed = [prefix.removesuffix("*") for prefix in of_caddy[1].split()]

    addresses = [path for _, path in ROUTES if not path.startswith("/compat/")] + ["/s/bk_1.js", "/s/bk_1/readers.js"]
    assert [path for path in addresses if not re.match(of_nginx[1], path)] == []
    assert [path for path in addresses if not path.startswith(tuple(passed))] == []


async def test_the_console_hands_both_to_developers_as_texts() -> None:
    transport = httpx.ASGITransport(app=Starlette(routes=[Mount("/static", StaticFiles(STATIC))]))
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as client:
        answers = [await client.get(f"/static/{name}") for name in ("snippet.txt", "beckon.d.ts.txt")]

    assert [answer.text for answer in answers] == [DOCUMENT, (TYPES / "beckon.d.ts").read_text()]
    assert {answer.headers["content-type"] for answer in answers} == {"text/plain; charset=utf-8"}


def test_every_command_of_a_shop_and_no_other_is_checked_in_its_page() -> None:
    source = (FOLDER / "readers" / "check_commands.js").read_text()
    checked = re.search(r"const TAKES = \{\n(.*?)\n\};", source, re.DOTALL)

    assert checked is not None
    assert sorted(re.findall(r"^  (\w+):", checked[1], re.MULTILINE)) == sorted(commands_of_shops())


def test_set_up_and_the_developers_link_lead_to_both() -> None:
    links = re.findall(r'href="/static/([^?"]+)', pages.get_template("steps.html").module.for_developers())  # type: ignore[attr-defined]
    sources = [(STATIC.parent / "templates" / name).read_text() for name in ("setup.html", "shared_setup.html")]

    assert links == ["snippet.txt", "beckon.d.ts.txt"]
    assert all("parts.for_developers()" in source for source in sources)
