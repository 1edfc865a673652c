"""What a request may see: the sites of its own account, whatever a statement selects."""

import asyncpg
import pytest

from services.onboarding.storage.accounts import AccountStore
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

TABLES = ("sites", "pauses", "carts", "timeline", "orders", "signals")


async def test_every_table_of_a_site_has_a_policy_that_binds_its_owner_too(pool: Pool) -> None:
    rows = await pool.fetch(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS bound
          FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'site_id'
         WHERE c.relnamespace = 'onboarding'::regnamespace AND c.relkind = 'r'
        """
    )

    bound = {row["relname"] for row in rows if row["bound"]}
    assert bound >= set(TABLES)


async def test_a_statement_that_forgot_its_account_finds_nothing_of_anothers(anna: ConsoleClient, pool: Pool) -> None:
    async with transaction(pool) as tx:
        await AccountStore(tx).see_only(new_uuid7())
        as_another = await tx.fetchval("SELECT count(*) FROM onboarding.sites")
    async with transaction(pool) as tx:
        as_a_consumer = await tx.fetchval("SELECT count(*) FROM onboarding.sites")

    assert (as_another, as_a_consumer) == (0, 1)


async def test_a_row_of_anothers_site_cannot_be_written(anna: ConsoleClient, pool: Pool) -> None:
    async with transaction(pool) as tx:
        await AccountStore(tx).see_only(new_uuid7())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with tx.transaction():
                await tx.execute("INSERT INTO onboarding.pauses VALUES ($1, true, clock_timestamp())", anna.site_id)


@pytest.mark.parametrize("path", ["", "/carts", "/setup", "/settings"])
async def test_pages_are_there_for_their_merchant_alone(anna: ConsoleClient, mallory: ConsoleClient, path: str) -> None:
    own, others = await anna.http.get(anna.site(path)), await mallory.http.get(anna.site(path))

    assert (own.status_code, others.status_code) == (200, 404)


async def test_reading_a_page_does_not_wait_for_a_change(anna: ConsoleClient, pool: Pool) -> None:
    async with transaction(pool) as tx:
        await tx.execute("SELECT FROM onboarding.sites WHERE site_id = $1 FOR UPDATE", anna.site_id)
        answer = await anna.http.get(anna.site("/settings"))

    assert answer.status_code == 200
