"""Servers for the tests of the runtime."""

import os
import socket
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def database() -> AsyncIterator[str]:
    """A database of its own for one test, as its superuser."""
    server = os.environ["BECKON_POSTGRES"]
    name = f"runtime_{uuid4().hex}"
    admin = await asyncpg.connect(server)
    await admin.execute(f"CREATE DATABASE {name}")
    yield server.rsplit("/", 1)[0] + "/" + name
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()
