"""SIGTERM in every state: who still waits for a server ends at once, who serves finishes what it was sent first."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from shared.runtime.postgres.tables import Schema
from tests.support.processes.databases import database
from tests.support.processes.one_service import a_service
from tests.support.processes.servers import free_port
from tests.support.waiting import wait_for

LIMIT_SECONDS = 5
"""Each ends within one second on a quiet machine; who finished its attempt to connect first would take ten and more."""
WITH_DATABASE: tuple[Schema, ...] = ("sources", "orders", "notify", "onboarding")


@contextmanager
def a_silent_server() -> Iterator[str]:
    """An address where connections are taken, and nothing is ever answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("name", ["ingest", "sources", "orders", "notify", "onboarding"])
async def test_a_service_that_waits_for_its_servers_ends_at_once(name: str, tmp_path: Path) -> None:
    async with database(*WITH_DATABASE) as made, database() as empty:
        with ExitStack() as stack:
            nobody, silent = f"127.0.0.1:{free_port()}", stack.enter_context(a_silent_server())
            role: Schema = next((role for role in WITH_DATABASE if role == name), "orders")
            states = [(made.dsn(role), silent)]
            if name in WITH_DATABASE:
                states += [(f"postgresql://beckon@{silent}/beckon", nobody), (empty.dsn(role), nobody)]
            if name in ("ingest", "orders"):
                states += [(made.dsn(role), nobody), (f"postgresql://beckon@{nobody}/beckon", nobody)]
            waiting = [stack.enter_context(a_service(name, tmp_path, postgres=each, kafka=kafka)) for each, kafka in states]
            for each in waiting:
                wait_for(each.name, each.answers_probes)

            seconds = {each.name: each.seconds_to_end() for each in waiting}

    assert {state: took for state, took in seconds.items() if took > LIMIT_SECONDS} == {}
