"""A link by which a merchant chooses a new password, for the operator, who has the database anyway (``beckon user``).

The link works once, for an hour; only its hash is stored.
"""

from datetime import datetime

from services.onboarding.accounts.mail import add_reset_link
from services.onboarding.storage.passwords import PasswordStore
from shared.runtime.postgres.pool import create_pool, transaction


async def make_link(dsn: str, console: str, email: str, now: datetime) -> str | None:
    """A link for the account of this address; None where there is none."""
    pool = await create_pool(dsn, service="onboarding")
    try:
        async with transaction(pool) as tx:
            store = PasswordStore(tx)
            account = await store.account_named(email.strip().lower())
            return None if account is None else await add_reset_link(store, account.account_id, console, now)
    finally:
        await pool.close()
