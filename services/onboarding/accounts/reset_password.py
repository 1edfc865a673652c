"""``python -m services.onboarding.accounts.reset_password <e-mail>``: prints a link by which a merchant chooses a new password.

For the operator of an installation, who has its database anyway. The link works once, for an hour; only its hash is stored.
"""

import asyncio
import sys
from datetime import datetime

from services.onboarding.accounts.mail import add_reset_link
from services.onboarding.settings import CommandSettings
from services.onboarding.storage.passwords import PasswordStore
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import create_pool, transaction
from shared.runtime.service import read_settings


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


def main(arguments: list[str]) -> int:
    """0 with the link on standard output; 1 where there is no such account; 2 where the command was given wrongly."""
    if len(arguments) != 1:
        print("name one e-mail address", file=sys.stderr)
        return 2
    settings: CommandSettings = read_settings(CommandSettings)
    if not settings.public_console:
        print("BECKON_PUBLIC_CONSOLE: the link begins with the console's address", file=sys.stderr)
        return 2
    link = asyncio.run(
        make_link(settings.postgres.get_secret_value(), settings.public_console, arguments[0], SystemClock().now())
    )
    if link is None:
        print("no account has this address", file=sys.stderr)
        return 1
    print(link)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
