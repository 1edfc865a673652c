"""Who is unsure calls nobody: a commit that nobody confirmed, a stopwatch that ran out, a row that another has taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from services.notify.delivery import send
from services.notify.rules.attempts import Attempt
from shared.events.message import MessagePrepared
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import ACCOUNT, ANNA
from tests.support.processes.notify import Bench

CANCEL_WAITING = """
    SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()
"""

WAITS_FOR_A_LOCK = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""


async def asked(bench: Bench) -> MessagePrepared:
    """Anna's cart has asked."""
    bench.start("dispatcher", "transactional")
    await bench.confirm_anna()
    await bench.due()
    (ask,) = await bench.asks()
    return ask


def reminders(bench: Bench) -> list[str]:
    return [body for body in bench.carrier.bodies if "you left" in body]


async def test_two_senders_of_one_attempt_make_one_call(bench: Bench) -> None:
    ask = await asked(bench)
    async with bench.database.transaction() as store:
        attempt = await store.attempts.lock_attempt(ask.site_id, ask.attempt_id)
    assert attempt is not None
    others = [Bench(bench.pool, carrier=bench.carrier) for _ in range(4)]

    await asyncio.gather(*(other.sender.call(attempt, other.clock.monotonic()) for other in others))

    assert len(reminders(bench)) == 1
    assert await bench.state_of(ask.attempt_id) == "accepted"


@pytest.fixture
async def slow_standby(bench: Bench, database: str) -> AsyncIterator[asyncpg.Connection]:
    """Commits wait for a standby that never answers; the connection may cancel their wait."""
    admin = await asyncpg.connect(database)
    yield admin
    await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()


async def first_wait_of_a_commit(admin: asyncpg.Connection, pool: Pool) -> None:
    """Commit until a commit waits, and end its wait: the setting reaches the server's processes a little later."""
    waited = False
    while not waited:
        commit = asyncio.create_task(pool.execute("SELECT pg_logical_emit_message(true, 'a commit', '')"))
        while not commit.done():
            waited |= await cancelled_wait(admin)
        await commit


async def cancelled_wait(admin: asyncpg.Connection) -> bool:
    return bool(await admin.fetchval(CANCEL_WAITING))


@asynccontextmanager
async def waiting_for_nobody(admin: asyncpg.Connection, pool: Pool) -> AsyncIterator[None]:
    await pool.execute("ALTER DATABASE " + (await admin.fetchval("SELECT current_database()")) + " SET synchronous_commit = on")
    await pool.expire_connections()
    await admin.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    await admin.execute("SELECT pg_reload_conf()")
    await first_wait_of_a_commit(admin, pool)
    yield
    await admin.execute("ALTER SYSTEM RESET synchronous_standby_names")
    await admin.execute("SELECT pg_reload_conf()")


async def test_a_commit_that_no_standby_confirmed_calls_nobody(bench: Bench, slow_standby: asyncpg.Connection) -> None:
    ask = await asked(bench)
    attempt = await stored(bench, ask)
    async with waiting_for_nobody(slow_standby, bench.pool):
        call = asyncio.create_task(bench.sender.call(attempt, bench.clock.monotonic()))
        await bench.eventually(lambda: cancelled_wait(slow_standby))
    await asyncio.wait_for(call, 10)

    refused = bench.registry.get_sample_value("beckon_notify_calls_refused_total", {"refusal": "unconfirmed"})
    assert refused == 1
    assert not reminders(bench)
    assert await bench.state_of(ask.attempt_id) == "not_sent"


async def stored(bench: Bench, ask: MessagePrepared) -> Attempt:
    async with bench.database.transaction() as store:
        attempt = await store.attempts.lock_attempt(ask.site_id, ask.attempt_id)
    assert attempt is not None
    return attempt


async def test_a_commit_that_took_a_second_calls_nobody(bench: Bench) -> None:
    """Somebody else holds the recipient: when the lock is ours the purchase check is too old."""
    attempt = await stored(bench, await asked(bench))
    async with bench.database.transaction() as store:
        await store.recipients.lock(ACCOUNT, ANNA.index)
        call = asyncio.create_task(bench.sender.call(attempt, bench.clock.monotonic()))
        await bench.eventually(lambda: bench.pool.fetchval(WAITS_FOR_A_LOCK))
        done, _ = await asyncio.wait({call}, timeout=send.COMMIT_SECONDS + 0.1)
    await call

    assert not done
    assert not reminders(bench)
    assert await bench.state_of(attempt.attempt_id) == "not_sent"


async def test_a_grant_older_than_four_seconds_calls_nobody(bench: Bench) -> None:
    attempt = await stored(bench, await asked(bench))

    await bench.sender.call(attempt, bench.clock.monotonic() - send.GRANT_SECONDS)

    assert not reminders(bench)
    assert await bench.state_of(attempt.attempt_id) == "not_sent"


async def test_who_finds_the_row_taken_leaves_it_alone(bench: Bench) -> None:
    attempt = await stored(bench, await asked(bench))
    await bench.pool.execute(
        "UPDATE notify.attempts SET state = 'calling', caller = 'another' WHERE attempt_id = $1", attempt.attempt_id
    )

    await bench.sender.call(attempt, bench.clock.monotonic())

    assert not reminders(bench)
    assert await bench.state_of(attempt.attempt_id) == "calling"
