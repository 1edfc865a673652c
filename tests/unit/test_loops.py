"""No loop of a service ends its process for one piece of work: whatever is raised there is logged, and the loop goes on."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENDS_THE_PROCESS = {
    "services/orders/timers.py",  # what one timer meets is put off; what every one would meet is not
    "shared/runtime/kafka/outbox.py",  # what nobody relays must be seen: all else waits behind it
    "shared/runtime/kafka/table_reader.py",  # each record is taken by itself
}
"""Loops in which an error that no piece of work can cause is raised, and another process takes over."""


def loops() -> Iterator[tuple[str, ast.ClassDef, ast.AsyncFunctionDef]]:
    """Every method ``run`` that goes on until it is cancelled."""
    for path in sorted([*(ROOT / "services").rglob("*.py"), *(ROOT / "shared").rglob("*.py")]):
        for owner in ast.walk(ast.parse(path.read_text())):
            if isinstance(owner, ast.ClassDef):
                runs = [each for each in owner.body if isinstance(each, ast.AsyncFunctionDef) and each.name == "run"]
                endless = [each for each in runs if any(isinstance(node, ast.While) for node in ast.walk(each))]
                yield from ((str(path.relative_to(ROOT)), owner, method) for method in endless)


def catches_everything(owner: ast.ClassDef, method: ast.AsyncFunctionDef) -> bool:
    """Whether an error of any kind is caught and not raised again, in the loop or in the one method that it calls."""
    handlers = [node for node in ast.walk(method) if isinstance(node, ast.ExceptHandler)]
    if not handlers:
        called = {node.attr for node in ast.walk(method) if isinstance(node, ast.Attribute)}
        methods = [each for each in owner.body if isinstance(each, ast.AsyncFunctionDef) and each.name in called]
        handlers = [node for each in methods for node in ast.walk(each) if isinstance(node, ast.ExceptHandler)]
    of_all = [each for each in handlers if isinstance(each.type, ast.Name) and each.type.id == "Exception"]
    return any(not any(isinstance(node, ast.Raise) for node in ast.walk(each)) for each in of_all)


def test_every_loop_goes_on_after_an_error() -> None:
    found = list(loops())

    assert len(found) >= 10
    assert {path for path, owner, method in found if not catches_everything(owner, method)} == ENDS_THE_PROCESS
