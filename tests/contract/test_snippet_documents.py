"""What a shop's developer reads of the commands, and what his compiler knows of them, is what the snippet has."""

import json
import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from services.ingest.http.app import ROUTES
from services.ingest.items import PAGE
from services.ingest.snippet_build import FOLDER
from services.onboarding.web.pages import STATIC, pages
from services.onboarding.web.static_files import StaticFiles
from tests.support import developers_document as document

ROOT = Path(__file__).parents[2]
TYPES = FOLDER / "types"
DECLARED = (TYPES / "beckon.d.ts").read_text()


def commands_of_shops() -> list[str]:
    """The snippet's commands in front of ``said``, with which begins what its own files need."""
    source = (FOLDER / "commands.js").read_text()
    table = source[source.index("const commands = {") : source.index("    said: {}")]
    return re.findall(r"^ {2,4}(\w+)(?=: |\()", table, re.MULTILINE)


def test_the_types_have_every_command_of_a_shop_and_no_other() -> None:
    typed = re.search(r"interface Commands \{\n(.*?)\n\}", DECLARED, re.DOTALL)

    assert typed is not None
    assert sorted(re.findall(r"^  (\w+)\(", typed[1], re.MULTILINE)) == sorted(commands_of_shops())


def test_the_document_has_every_command_of_a_shop_with_an_example_and_no_other() -> None:
    examples = document.commands()

    assert [name for name, example in examples.items() if not example.startswith(f"['{name}'")] == []
    assert sorted(examples) == sorted(document.parameters()) == sorted(commands_of_shops())


def fields_of(interface: str) -> dict[str, bool]:
    """The fields of an interface of the types, also those that it takes over; with each whether it may be left out."""
    found = re.search(rf"interface {interface}(?: extends (\w+))? \{{\n(.*?)\n\}}", DECLARED, re.DOTALL)
    assert found is not None
    own = re.findall(r"^  (\w+)(\??):", found[2], re.MULTILINE)
    return {name: bool(mark) for name, mark in own} | (fields_of(found[1]) if found[1] else {})


@pytest.mark.parametrize("command", document.commands())
def test_a_commands_fields_are_the_same_in_the_document_and_in_the_types(command: str) -> None:
    taken = re.search(rf"^  {command}\((?:\w+: (\w+))?", DECLARED, re.MULTILINE)
    assert taken is not None
    documented = re.match(r"`\{(.*?)\}`", document.parameters()[command])
    fields = [] if documented is None else re.findall(r"(?:^|, )(\w+)(\??)", documented[1])
    typed = fields_of(taken[1]) if f"interface {taken[1]} " in DECLARED else {}

    assert {name: bool(mark) for name, mark in fields} == typed


def test_each_field_that_a_warning_asks_for_is_one_of_the_commands() -> None:
    source = (FOLDER / "readers" / "check_commands.js").read_text()
    asked = dict(re.findall(r"^  (\w+): \[/.*/, ['\"]\{(\w+)", source, re.MULTILINE))

    assert {*asked} >= {"setCart", "setCartItem", "setOrder", "identify", "setConsent"}
    assert [name for name, field in asked.items() if f"{{{field}" not in document.parameters()[name]] == []


def test_a_carts_line_has_the_fields_that_are_read_of_it() -> None:
    assert {*fields_of("CartLine")} == {*vars(PAGE).values()}


def test_the_package_of_types_is_complete_and_under_our_licence() -> None:
    package = json.loads((TYPES / "package.json").read_text())

    packed = {package["types"], *package["files"], "package.json", "README.md", "LICENSE"}  # npm adds the last three by itself
    assert {path.name for path in TYPES.iterdir()} == packed
    assert (TYPES / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "Apache License" in (TYPES / "LICENSE").read_text()
    assert package["license"] == "Apache-2.0"


def test_the_examples_of_proxies_pass_every_address_of_pages_and_servers_to_ingest() -> None:
    of_nginx = re.search(r"^location ~ (\S+) \{", document.DOCUMENT, re.MULTILINE)
    of_caddy = re.search(r"@beckon path (.*)", document.DOCUMENT)
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

    assert [answer.text for answer in answers] == [document.DOCUMENT, DECLARED]
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
