"""Tenancy: every statement names its site or its account, but for the sweeps, which are listed in one file a service."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICES = Path(__file__).parents[2] / "services"
STATEMENT = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b")
NAMES_TENANT = re.compile(r"\b(site_id|account_id)\b")
KNOWN_BY_A_SECRET = {
    # A session is known by the hash of its 256 random bits; a name is what an account is looked up by.
    "onboarding.sessions",
    "onboarding.failed_sign_ins",
    "onboarding.accounts",
    "onboarding.setup_links",
    "onboarding.pointing_links",
    "onboarding.password_resets",
}


OF_NO_SITE = {"onboarding.global_stops"}
"""What the operator decides for every site at once."""


def statements_in(path: Path) -> Iterator[str]:
    """Every literal in a module that is a statement."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\b(FROM|INTO|UPDATE)\s+\w+\.\w", node.value)
        ) and STATEMENT.search(node.value):
            yield node.value


FILES = [path for path in sorted(SERVICES.rglob("*.py")) if path.name != "sweeps.py"]
STATEMENTS = [(path.relative_to(SERVICES), text) for path in FILES for text in statements_in(path)]


def test_there_are_statements_to_check() -> None:
    assert len(STATEMENTS) > 60


@pytest.mark.parametrize(("path", "statement"), STATEMENTS, ids=lambda value: " ".join(str(value).split())[:60])
def test_a_statement_names_its_site_or_its_account(path: Path, statement: str) -> None:
    tables = set(re.findall(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(\w+\.\w+)", statement))

    assert NAMES_TENANT.search(statement) or tables <= KNOWN_BY_A_SECRET | OF_NO_SITE, f"{path}: {statement}"


@pytest.mark.parametrize(("path", "statement"), STATEMENTS, ids=lambda value: " ".join(str(value).split())[:60])
def test_a_statement_stays_in_its_own_schema(path: Path, statement: str) -> None:
    schemas = {table.split(".")[0] for table in re.findall(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+(\w+\.\w+)", statement)}
    aliases = {"excluded"}

    assert schemas - aliases <= {"sources" if path.parts[:2] == ("ingest", "sources") else path.parts[0]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SERVICES)))
def test_nothing_is_formatted_into_a_statement(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value for part in node.values if isinstance(part, ast.Constant) and isinstance(part.value, str))
            assert not re.search(r"\b(SELECT .* FROM|INSERT INTO|DELETE FROM|UPDATE \w+ SET)\b", text), text
