"""What the sources keep to and no linter checks: lengths, the field's terms in names, and that every test is seen to assert."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]
ROOMS = ("services", "shared", "deploy", "tests")
LONGEST_FUNCTION, LONGEST_FILE, LONGEST_TEST_NAME = 39, 300, 80
OLD_WORDS = re.compile(
    r"(^|_)(tells?|told|telling|hears?|heard|hearing|says?|said|saying|settlement|looking|turning|last_look|pace_key|untold|applying)(_|$)"
)
"""Words that the field has a term for: emit, report, receive, record, reconciliation, evaluate, check, rate limit."""

STORED = {"told_at", "told_reason", "heard_at", "said_at"}
"""Names of columns, which stay (docs/glossary.md)."""

PURE = re.compile(r"\bPure[.:]")
"""What the docstring of a module outside ``rules/`` says, whose purity import-linter holds."""

IMPURE = re.compile(
    r"(asyncio|asyncpg|aiokafka|httpx|starlette|services\.\w+\.(storage|http|app|consumers)"
    r"|shared\.runtime\.(clock|ids|kafka|postgres|lifecycle|security\.outbound))\b"
)
"""What waits, reads a clock, makes an id, or reaches a broker, a database or an address."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> list[tuple[str, str]]:
    paths = [path for room in ROOMS for path in sorted((REPOSITORY / room).rglob("*.py"))]
    return [(str(path.relative_to(REPOSITORY)), path.read_text("utf-8")) for path in paths]


@cache
def tree_of(source: str) -> ast.Module:
    """A source, parsed once for all tests."""
    return ast.parse(source)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def names_in(tree: ast.AST) -> Iterator[str]:
    """The names that a module gives: of classes, functions, arguments, variables and attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name


def old_names(source: str) -> set[str]:
    return {name for name in names_in(tree_of(source)) if OLD_WORDS.search(name)} - STORED


def asserts(node: ast.AST) -> bool:
    """An assert statement, pytest's or Playwright's own, or the call of a helper with ``assert_`` in its name."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    return called in {"raises", "warns", "fail", "expect"} or called.removeprefix("_").startswith("assert_")


def silent_tests(source: str) -> list[str]:
    """The names of tests in whose body nothing asserts."""
    tests = [each for each in functions(tree_of(source)) if each.name.startswith("test_")]
    return [test.name for test in tests if not any(map(asserts, ast.walk(test)))]


def imported_by(source: str) -> set[str]:
    """The modules that a source imports."""
    nodes = list(ast.walk(tree_of(source)))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def impure_imports(module: str, imports: dict[str, set[str]]) -> set[str]:
    """What a module imports that waits or reaches outside, itself or through other modules of the services."""
    seen, due, found = {module}, [module], set[str]()
    while due:
        for name in imports.get(due.pop(), set()) - seen:
            seen.add(name)
            if IMPURE.match(name):
                found.add(name)
            elif name.startswith("services."):
                due.append(name)
    return found


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_every_function_fits_a_screen() -> None:
    found = [(path, each) for path, source in sources() for each in functions(tree_of(source))]

    assert len(found) > 1_000
    assert [(path, each.name) for path, each in found if lines_of(each) > LONGEST_FUNCTION] == []


def test_no_file_is_longer_than_what_is_read_in_one_sitting() -> None:
    lengths = {path: len(source.splitlines()) for path, source in sources()}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_what_calls_itself_pure_neither_waits_nor_reaches_outside() -> None:
    modules = {path.removesuffix(".py").removesuffix("/__init__").replace("/", "."): source for path, source in sources()}
    imports = {name: imported_by(source) for name, source in modules.items()}
    pure = [name for name, source in modules.items() if PURE.search((ast.get_docstring(tree_of(source)) or "").split("\n")[0])]

    assert len(pure) > 10
    assert {name: impure_imports(name, imports) for name in pure if impure_imports(name, imports)} == {}


def test_every_test_asserts_in_its_body_or_by_a_helper_named_so() -> None:
    found = {path: silent_tests(source) for path, source in sources() if path.rpartition("/")[2].startswith("test_")}

    assert len(found) > 100
    assert {path: names for path, names in found.items() if names} == {}


def test_a_test_that_only_calls_is_seen() -> None:
    silent = "def test_a() -> None:\n    read(b'')\n\nasync def test_b() -> None:\n    await asserted()\n"
    plain = (
        "def test_c() -> None:\n    story.assert_silenced()\n\ndef test_d() -> None:\n    with pytest.raises(E):\n        f()\n"
    )

    assert silent_tests(silent + plain) == ["test_a", "test_b"]


def test_names_use_the_terms_of_the_field() -> None:
    modules = {path: {path.rpartition("/")[2].removesuffix(".py")} for path, _ in sources()}
    found = {path: old_names(source) | {each for each in modules[path] if OLD_WORDS.search(each)} for path, source in sources()}

    assert {path: names for path, names in found.items() if names} == {}


def test_an_old_word_in_a_name_is_seen() -> None:
    source = "class Reader:\n    told_at: int\n    def tell(self, said: str) -> None:\n        self.heard, teller = said, 1\n"

    assert old_names(source) == {"tell", "said", "heard"}


def test_a_test_is_named_in_eighty_characters() -> None:
    tests = [each.name for _, source in sources() for each in functions(tree_of(source)) if each.name.startswith("test_")]

    assert len(tests) > 1_000
    assert [name for name in tests if len(name) > LONGEST_TEST_NAME] == []
