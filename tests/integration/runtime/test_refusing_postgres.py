"""What PostgreSQL refuses for good ends a service with one line; what may pass is waited for, with its cause."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.runtime.cancellation import cancel
from shared.runtime.postgres.pool import create_pool
from shared.runtime.service import WrongSetting

SSL_REQUEST = 80_877_103
"""What a client begins with where it would rather speak TLS (PostgreSQL, 53.2.11)."""


async def test_what_the_server_refuses_is_a_wrong_setting_and_no_outage(database: str) -> None:
    host = database.rsplit("@", 1)[1].rsplit("/", 1)[0]
    credentials = database.rsplit("@", 1)[0]
    refused = {
        f"postgresql://nobody:of-that-name@{host}/postgres": "nobody",
        f"{credentials}-and-more@{host}/postgres": "password authentication failed",
        f"{credentials}@{host}/not_made": "not_made",
    }

    for dsn, cause in refused.items():
        with pytest.raises(WrongSetting, match=cause) as raised:
            await create_pool(dsn, service="orders")
        assert str(raised.value).startswith("BECKON_POSTGRES: ")
        assert credentials.rsplit(":", 1)[1] not in str(raised.value)


REFUSALS = {
    "a pooler": ("08P01", "unsupported startup parameter: lock_timeout", r"pooler.*lock_timeout"),
    "a pooler without the database": ("08P01", "no such database: beckon", "no such database: beckon"),
    "TLS required": ("28000", 'no pg_hba.conf entry for host "127.0.0.1", no encryption', "no encryption"),
    "a password of last year": ("28P01", 'password authentication failed for user "beckon"', "password authentication failed"),
    "a role that may not sign in": ("28000", 'role "beckon" is not permitted to log in', "not permitted to log in"),
    "a database that there is not": ("3D000", 'database "beckon" does not exist', "does not exist"),
    "no right to connect": ("42501", 'permission denied for database "beckon"', "permission denied for database"),
}


@asynccontextmanager
async def a_refusing_server(code: str, message: str) -> AsyncIterator[str]:
    """A server that is there, takes no TLS and refuses each session so."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while int.from_bytes((head := await reader.readexactly(8))[4:]) == SSL_REQUEST:
            writer.write(b"N")
        await reader.readexactly(int.from_bytes(head[:4]) - 8)
        fields = f"SFATAL\0C{code}\0M{message}\0\0".encode()
        writer.write(b"E" + (len(fields) + 4).to_bytes(4) + fields)
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        yield f"postgresql://beckon:kT5v-0qWz@127.0.0.1:{server.sockets[0].getsockname()[1]}/beckon"


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_whatever_a_server_refuses_for_good_is_a_wrong_setting(refusal: str) -> None:
    code, message, cause = REFUSALS[refusal]

    async with a_refusing_server(code, message) as dsn:
        with pytest.raises(WrongSetting, match=cause) as raised:
            await asyncio.wait_for(create_pool(dsn, service="orders"), 10)

    assert str(raised.value).startswith("BECKON_POSTGRES: ")
    assert "kT5v-0qWz" not in str(raised.value)


async def test_a_server_without_tls_where_it_is_asked_for_is_a_wrong_setting() -> None:
    async with a_refusing_server("28000", "never reached") as dsn:
        with pytest.raises(WrongSetting, match="speaks no TLS"):
            await asyncio.wait_for(create_pool(f"{dsn}?sslmode=require", service="orders"), 10)


OUTAGES = {
    "a name that does not resolve": ("postgresql://beckon:kT5v-0qWz@postgres.beckon.invalid/beckon", "does not resolve"),
    "nobody listens": ("postgresql://beckon:kT5v-0qWz@127.0.0.1:1/beckon", "takes no connections"),
}
STARTING = {
    "starting": ("57P03", "the database system is starting up"),
    "full": ("53300", "sorry, too many clients already"),
}


async def first_cause_of(dsn: str) -> str:
    """What a pool that waits reports; it goes on waiting."""
    causes: asyncio.Queue[str] = asyncio.Queue()
    waiting = asyncio.create_task(create_pool(dsn, service="orders", report=causes.put_nowait))
    cause = await asyncio.wait_for(causes.get(), 10)
    assert not waiting.done()
    await cancel([waiting])
    return cause


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_server_that_cannot_be_reached_is_waited_for_with_its_cause(outage: str) -> None:
    dsn, cause = OUTAGES[outage]

    reported = await first_cause_of(dsn)

    assert cause in reported
    assert "kT5v-0qWz" not in reported


@pytest.mark.parametrize("state", STARTING)
async def test_a_server_that_takes_no_session_yet_is_waited_for_with_its_cause(state: str) -> None:
    async with a_refusing_server(*STARTING[state]) as dsn:
        assert await first_cause_of(dsn) == STARTING[state][1]
