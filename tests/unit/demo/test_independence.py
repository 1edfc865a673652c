"""The demo meets Beckon by its public faces alone."""

import ast
from pathlib import Path

DEMO = Path(__file__).parents[3] / "deploy" / "demo"


def imported_by(source: Path) -> set[str]:
    """The top-level packages that a module names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def test_the_demo_imports_nothing_of_the_services() -> None:
    modules = list(DEMO.rglob("*.py"))

    assert len(modules) > 20
    assert {module.name for module in modules if imported_by(module) & {"services", "shared"}} == set()
