"""What the sources keep to and no linter checks: every test asserts where its reader sees it."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def asserts(node: ast.AST) -> bool:
    """An assert statement, pytest's or Playwright's own, or the call of a helper whose name says that it asserts."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    return called in {"raises", "warns", "fail", "expect"} or called.removeprefix("_").startswith("assert_")


def silent_tests(source: str) -> list[str]:
    """The names of tests in whose body nothing asserts."""
    tests = [each for each in functions(ast.parse(source)) if each.name.startswith("test_")]
    return [test.name for test in tests if not any(map(asserts, ast.walk(test)))]


def test_every_test_asserts_in_its_body_or_by_a_helper_that_says_so() -> None:
    found = {path: silent_tests(path.read_text("utf-8")) for path in (REPOSITORY / "tests").rglob("test_*.py")}

    assert len(found) > 100
    assert {str(path.relative_to(REPOSITORY)): names for path, names in found.items() if names} == {}


def test_a_test_that_only_calls_is_seen() -> None:
    silent = "def test_a() -> None:\n    read(b'')\n\nasync def test_b() -> None:\n    await asserted()\n"
    plain = (
        "def test_c() -> None:\n    story.assert_silenced()\n\ndef test_d() -> None:\n    with pytest.raises(E):\n        f()\n"
    )

    assert silent_tests(silent + plain) == ["test_a", "test_b"]
