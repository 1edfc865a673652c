"""A password that is changed at the server before the mounted file: services wait, name the setting, and recover."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from structlog.testing import capture_logs

from shared.runtime.postgres.pool import Pool, create_pool, is_away
from tests.support.waiting import eventually


async def superuser(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def answers(pool: Pool) -> bool:
    """Whether a statement passes; what does not is an outage, which every loop waits for."""
    try:
        return bool(await pool.fetchval("SELECT true"))
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        if not is_away(error):
            raise
        return False


def causes(logs: list[Any]) -> set[str]:
    return {entry["cause"] for entry in logs if entry["event"] == "postgres_refuses"}


async def test_a_pool_goes_on_once_the_file_of_its_dsn_has_the_new_password(database: str, tmp_path: Path) -> None:
    role, file = f"renewed_{uuid4().hex}", tmp_path / "dsn"
    at = database.rpartition("@")[2]
    await superuser(database, f"CREATE ROLE {role} LOGIN PASSWORD 'of-last-year'")
    file.write_text(f"postgresql://{role}:of-last-year@{at}\n")
    pool = await create_pool(file.read_text().strip(), service="orders", size=2, file=file)
    assert await answers(pool)

    with capture_logs() as logs:
        await superuser(
            database,
            f"ALTER ROLE {role} PASSWORD 'of-this-year'",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'renewed_%'",
        )
        await eventually(lambda: _is(pool, answering=False))
        file.write_text(f"postgresql://{role}:of-this-year@{at}\n")
        await eventually(lambda: _is(pool, answering=True))

    assert causes(logs) == {f'BECKON_POSTGRES_FILE: password authentication failed for user "{role}"'}
    await pool.close()
    await superuser(database, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


async def _is(pool: Pool, *, answering: bool) -> bool:
    try:
        return await answers(pool) is answering
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.AdminShutdownError):
        return False  # the session that was ended, which the pool is just giving up
