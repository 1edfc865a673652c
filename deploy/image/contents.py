"""What each image holds of this repository: the modules that its programs import, and the files that these read."""

import ast
from functools import cache
from pathlib import Path

SERVICES = ("ingest", "sources", "orders", "notify", "onboarding")
IMAGES = (*SERVICES, "migrate")
OURS = ("services", "shared", "deploy")
COMMAND = "deploy.command.__main__"
PACKAGES = {"sources": "services.ingest.sources"}
"""Of a service that lies within another."""
READ_BY_ALL = ("services/**/migrations/*.sql", "shared/runtime/postgres/*.sql")
"""``beckon`` is in each image, and knows the schema of every service."""
READ_BY = {
    "ingest": ("services/ingest/snippet/built/*",),
    "notify": ("services/notify/templates/*",),
    "onboarding": (
        "services/onboarding/templates/**/*",
        "services/onboarding/static/**/*",
        "services/onboarding/platforms/*.toml",
    ),
}
"""Files beside code that a program reads at run time, by image."""


def programs_of(image: str) -> tuple[str, ...]:
    """The modules that an image's processes begin with."""
    return (f"{PACKAGES.get(image, f'services.{image}')}.__main__", COMMAND) if image in SERVICES else (COMMAND,)


def files_of(image: str, checkout: Path) -> list[Path]:
    """Everything of the checkout that an image holds, as sorted paths relative to it."""
    patterns = READ_BY_ALL + READ_BY.get(image, ())
    read = {path.relative_to(checkout) for pattern in patterns for path in checkout.glob(pattern) if path.is_file()}
    return sorted(read | {path.relative_to(checkout) for path in modules_of(programs_of(image), checkout).values()})


def modules_of(programs: tuple[str, ...], checkout: Path) -> dict[str, Path]:
    """The programs and all modules of ours that they import, at once or in a function, each with its packages."""
    found: dict[str, Path] = {}
    waiting = list(programs)
    while waiting:
        name = waiting.pop()
        if name in found or (path := _file_of(name, checkout)) is None:
            continue
        found[name] = path
        waiting += [*_packages_above(name), *_imported(path)]
    return found


def _file_of(module: str, checkout: Path) -> Path | None:
    """The file of a module of ours; None for all others, and for names that are no modules."""
    if module.split(".")[0] not in OURS:
        return None
    path = checkout.joinpath(*module.split("."))
    return next((file for file in (path / "__init__.py", path.with_suffix(".py")) if file.is_file()), None)


def _packages_above(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


@cache
def _imported(path: Path) -> tuple[str, ...]:
    """Each name that could be a module: ``from a import b`` may mean the module ``a.b``. The house has no relative imports."""
    return tuple(name for node in ast.walk(ast.parse(path.read_text())) for name in _names_in(node))


def _names_in(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str(module)):
            return [module, *(f"{module}.{alias.name}" for alias in node.names)]
        case _:
            return []
