"""Regular expressions of the product: where they are, and how each is called."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "shared")
SCRIPTS = ROOT / "services" / "ingest" / "snippet"
FUNCTIONS = frozenset({"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
PASSED_TO_OTHERS = frozenset({"pattern", "regex"})
"""Names of the arguments by which others, as pydantic, are given an expression."""
SCRIPT_EXPRESSION = re.compile(
    r"(?:[(,=>:\[!&|?{};]|return|^)\s*/(?![/*])((?:[^\\/\[\n]|\\.|\[(?:[^\\\]\n]|\\.)*+\])++)/([a-z]*)", re.M
)

CONSTRUCTED = re.compile(r"\bRegExp\(")
PART_OF_CONSTRUCTED = re.compile(r"\s*(?:'((?:[^'\\]|\\.)*)'|([\w.]+)|(\+))")


@dataclass(frozen=True)
class Expression:
    """One expression by its name, and the methods that it is called by; none where that is not known."""

    name: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]

    def run(self, text: str | bytes) -> object:
        """Search a whole text, as it is searched in the product: the costliest way where that is not known."""
        for cheap in ({"fullmatch"}, {"match", "fullmatch"}, {"search", "match", "fullmatch"}):
            if self.methods and self.methods <= cheap:
                return [getattr(self.pattern, method)(text) for method in self.methods]
        return sum(1 for _ in self.pattern.finditer(text))

    def written(self, text: str) -> str | bytes:
        """The text as this expression takes it."""
        return text.encode("latin-1", "replace") if isinstance(self.pattern.pattern, bytes) else text


def expressions() -> list[Expression]:
    """All of services/ and shared/: those that modules hold, those written where they are used, and those of scripts."""
    sources = {path: path.read_text() for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))}
    everything = "\n".join(sources.values())
    found = [each for path, source in sources.items() for each in _of_module(path, source, everything)]
    found += [each for path in sorted(SCRIPTS.rglob("*.js")) if "built" not in path.parts for each in _of_script(path)]
    return list({(each.name, each.pattern): each for each in found}.values())


def hidden_expressions() -> list[str]:
    """Where an expression is made while the product runs, out of what no test can see."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    calls = [(path, call) for path in paths for call in _calls_in(path.read_text())]
    return [
        f"{path.relative_to(ROOT)}: {call.within}" for path, call in calls if call.literal is None and not call.is_at_the_top
    ]


@dataclass(frozen=True)
class _Call:
    function: str
    within: str
    literal: str | bytes | None
    flags: int
    is_at_the_top: bool


def _of_module(path: Path, source: str, everything: str) -> Iterator[Expression]:
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    calls = _calls_in(source)
    if any(call.function == "compile" for call in calls):
        for name, value in vars(import_module(module)).items():
            patterns = list(_patterns_in(value))
            if patterns and re.search(rf"^{name}\b[^\n=]*=", source, re.MULTILINE):  # and is not imported
                methods = _methods_of(name, source if name.startswith("_") else everything)
                yield from (Expression(f"{module}.{name}", pattern, methods) for pattern in patterns)
    for call in calls:
        if call.literal is not None and call.function != "compile":
            methods = frozenset({call.function}) - PASSED_TO_OTHERS
            yield Expression(f"{module}.{call.within}", re.compile(call.literal, call.flags), methods)


@cache
def _calls_in(source: str) -> tuple[_Call, ...]:
    return tuple(_find_calls(source))


def _find_calls(source: str) -> Iterator[_Call]:
    for top in ast.parse(source).body:
        is_at_the_top = not isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        within = getattr(top, "name", "top")
        for node in ast.walk(top):
            if not isinstance(node, ast.Call):
                continue
            if (function := _function_of(node)) is not None and node.args:
                yield _Call(function, within, _literal(node.args[0]), _flags_of(node), is_at_the_top)
            for keyword in node.keywords:
                if keyword.arg in PASSED_TO_OTHERS and not _is_of_the_module(keyword.value):
                    yield _Call(str(keyword.arg), within, _literal(keyword.value), 0, is_at_the_top=False)


def _function_of(call: ast.Call) -> str | None:
    match call.func:
        case ast.Attribute(value=ast.Name(id="re"), attr=function) if function in FUNCTIONS:
            return function
        case ast.Name(id="compile"):
            return "compile"
        case _:
            return None


def _is_of_the_module(node: ast.expr) -> bool:
    """Whether this names an expression that the module holds, and that is found there: a private name in capitals."""
    return isinstance(node, ast.Name) and node.id.startswith("_") and node.id.isupper()


def _literal(node: ast.expr) -> str | bytes | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) else None


def _flags_of(call: ast.Call) -> int:
    given = [*call.args[1:], *(each.value for each in call.keywords if each.arg == "flags")]
    names = {name for each in given for name in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(each))}
    return sum(re.RegexFlag[name] for name in names)


def _patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    match value:
        case re.Pattern():
            yield value
        case dict():
            yield from _patterns_in([*value, *value.values()])
        case list() | tuple() | set() | frozenset():
            for each in value:
                yield from _patterns_in(each)


def _methods_of(name: str, source: str) -> frozenset[str]:
    """By which methods it is called. None where it is handed on under another name."""
    mentioned = re.findall(rf"\b{name}\b(?![^\n=(]*=[^=])(?:\.(\w+)\()?", source)
    return frozenset(mentioned) if all(mentioned) else frozenset()


def _of_script(path: Path) -> Iterator[Expression]:
    """Those of a script of the snippet, as Python writes them: both search by backtracking."""
    source = path.read_text()
    for pattern, flags in [*SCRIPT_EXPRESSION.findall(source), *((each, "i") for each in _constructed(source))]:
        modes = re.ASCII | (re.IGNORECASE if "i" in flags else 0) | (re.MULTILINE if "m" in flags else 0)
        methods: frozenset[str] = frozenset() if "g" in flags else frozenset({"search"})
        yield Expression(str(path.relative_to(SCRIPTS)), re.compile(re.sub(r"\(\?<(?=\w)", "(?P<", pattern), modes), methods)


def _constructed(source: str) -> Iterator[str]:
    """The patterns that a script puts together of texts and names; what a name holds is a plain word."""
    for begin in CONSTRUCTED.finditer(source):
        pattern, at = "", begin.end()
        while (part := PART_OF_CONSTRUCTED.match(source, at)) is not None:
            text, name, _ = part.groups()
            pattern += "word" if name else re.sub(r"\\(.)", r"\1", text or "")
            at = part.end()
        yield pattern
