"""Every command in the documents and runbooks is run, with the environment of the service that its line names."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon
from shared.runtime.kafka.connection import KafkaConnection
from shared.runtime.kafka.topics import ensure_topics
from shared.runtime.postgres.tables import Schema
from tests.support.processes.databases import Database, database
from tests.support.processes.servers import kafka_server

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted(
    [*ROOT.glob("docs/**/*.md"), *ROOT.glob("deploy/**/*.md"), *ROOT.glob("services/*/README.md"), ROOT / "README.md"]
)
FENCE = re.compile(r"^\s*```")
IN_FENCE = re.compile(r"^(?:\$ )?(?:kubectl\s.*\s--\s+)?beckon\s+(?P<arguments>\S.*)$")
IN_SENTENCE = re.compile(r"`((?:kubectl\s[^`]*\s--\s+)?beckon\s+(?P<arguments>[a-z-][^`]*))`")
POD = re.compile(r"\bdeploy(?:ment)?/(\w+)")
PATTERN = re.compile(r"[\[\]<>|…]|(?<![\w-])[A-Z]{2,}(?![\w-])")
"""Marks a line that describes a command and is none: its optional parts and its placeholders."""
NAME_ALONE = re.compile(r"[a-z-]+(?: (?:list|show|replay|discard|release|reset-password))?")
SCHEMAS: tuple[Schema, ...] = get_args(Schema)


@dataclass(frozen=True)
class Documented:
    """A command as a document has it; ``pod`` is the service in whose pod it is to run."""

    document: str
    arguments: str
    pod: str | None
    in_sentence: bool


def documented() -> list[Documented]:
    """All of them, each once for each environment."""
    found: dict[tuple[str, str | None], Documented] = {}
    for path in DOCUMENTS:
        fenced = False
        for line in path.read_text().splitlines():
            if FENCE.match(line):
                fenced = not fenced
                continue
            matches = [IN_FENCE.match(line.strip())] if fenced else list(IN_SENTENCE.finditer(line))
            for match in (each for each in matches if each is not None):
                pod = POD.search(match[0])
                one = Documented(path.relative_to(ROOT).as_posix(), match["arguments"], pod[1] if pod else None, not fenced)
                found.setdefault((one.arguments, one.pod), one)
    return list(found.values())


def ids_of(one: Documented) -> str:
    return f"{one.pod or 'operator'}: {one.arguments}"


def is_described(one: Documented) -> bool:
    """Whether a line has placeholders, or a sentence only mentions a command by its name."""
    return PATTERN.search(one.arguments) is not None or (one.in_sentence and NAME_ALONE.fullmatch(one.arguments) is not None)


COMMANDS = [one for one in documented() if not is_described(one)]
DESCRIBED = [one for one in documented() if is_described(one)]


@pytest.fixture
async def made() -> AsyncIterator[Database]:
    await ensure_topics(KafkaConnection(kafka_server()))
    async with database(*SCHEMAS) as made:
        yield made


@pytest.fixture
async def scratch() -> AsyncIterator[Database]:
    async with database("orders") as scratch:
        yield scratch


async def run(one: Documented, made: Database, scratch: Database) -> Result:
    """Run it as its document says: in a pod, or where everything can be reached."""
    own = {"BECKON_PROFILE": "demo", "BECKON_KAFKA": kafka_server(), "BECKON_PUBLIC_CONSOLE": "http://c.example", "USER": "sam"}
    if one.pod in SCHEMAS:
        own["BECKON_POSTGRES"] = made.dsn(one.pod)
    elif one.pod is None:
        own |= {f"BECKON_{service.upper()}_POSTGRES": made.dsn(service) for service in SCHEMAS}
        own |= {"BECKON_POSTGRES": made.dsn("onboarding"), "BECKON_SCRATCH_POSTGRES": scratch.dsn("orders")}
    arguments = shlex.split(one.arguments, comments=True)
    return await asyncio.to_thread(CliRunner().invoke, beckon, arguments, env=own)


async def test_every_command_of_a_document_runs(made: Database, scratch: Database) -> None:
    assert len(COMMANDS) > 20
    wrong = {}
    for one in COMMANDS:
        result = await run(one, made, scratch)
        if result.exit_code not in (0, 1) or not isinstance(result.exception, SystemExit | None):
            wrong[f"{one.document}: {ids_of(one)}"] = (result.exit_code, result.stderr or repr(result.exception))

    assert wrong == {}


@pytest.mark.parametrize("one", DESCRIBED, ids=ids_of)
def test_a_described_command_exists_with_its_options(one: Documented) -> None:
    words = re.sub(r"[\[\]]", " ", one.arguments).split()
    command: click.Command = beckon
    while isinstance(command, click.Group):
        assert words[0] in command.commands, f"{one.document}: beckon has no command {words[0]}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}

    assert {word for word in words if word.startswith("--")} <= known


def test_the_reference_names_every_command() -> None:
    reference = (ROOT / "docs" / "command.md").read_text()

    def names(group: click.Group, path: str) -> list[str]:
        found = []
        for name, command in group.commands.items():
            found += names(command, f"{path} {name}") if isinstance(command, click.Group) else [f"{path} {name}"]
        return found

    assert [name for name in names(beckon, "beckon") if f"`{name}" not in reference] == []
