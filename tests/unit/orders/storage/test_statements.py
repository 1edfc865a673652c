"""Every statement names its site or its account, except the sweeps of one file."""

import ast
from pathlib import Path

FOLDER = Path(__file__).parents[4] / "services" / "orders" / "storage"
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


def statements(path: Path) -> list[str]:
    """The SQL texts of a module."""
    texts = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    return [text for text in texts if isinstance(text, str) and text.strip().startswith(VERBS)]


def test_every_statement_names_its_tenant() -> None:
    found = {path.name: statements(path) for path in sorted(FOLDER.glob("*.py"))}

    assert sum(len(texts) for texts in found.values()) > 40
    nameless = [
        (name, " ".join(text.split()))
        for name, texts in found.items()
        for text in texts
        if "site_id" not in text and "account_id" not in text
    ]
    assert {name for name, _ in nameless} == {"sweeps.py"}, nameless


def test_statements_stand_in_storage_alone_and_format_nothing() -> None:
    for path in FOLDER.parent.rglob("*.py"):
        is_storage = path.parent == FOLDER
        assert is_storage or not statements(path), path
        formatted = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)]
        assert not is_storage or not formatted, path
