"""SQL of passwords: tries that are counted, keys of known devices, links that replace a forgotten password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.onboarding.accounts.devices import DeviceKey
from services.onboarding.accounts.throttle import KEPT_TRIES, WINDOW, is_over_limit
from shared.runtime.postgres.pool import Transaction


@dataclass(frozen=True)
class Account:
    """What a sign-in needs to know of an account."""

    account_id: UUID
    email: str
    password_hash: str
    device_key: bytes

    @property
    def owner(self) -> DeviceKey:
        """The account and the key with which the cookies of its devices are signed."""
        return DeviceKey(self.account_id, self.device_key)


class PasswordStore:
    """One transaction's view."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def count_try(self, subjects: Sequence[str], now: datetime) -> dict[str, int]:
        """Count a try as failed before it is made. Returns the failures of each subject within the window before it.

        Counted under a lock on each subject: guesses that arrive together would all see the same few failures.
        """
        for subject in sorted(subjects):  # one order for all, so that two tries never wait for each other
            await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
        before = await self._tries(subjects, now)
        await self._tx.execute(
            "INSERT INTO onboarding.failed_sign_ins (subject, failed_at) SELECT u, $2 FROM UNNEST($1::text[]) AS u",
            list(subjects),
            now,
        )
        await self._tx.execute("DELETE FROM onboarding.failed_sign_ins WHERE failed_at < $1", now - KEPT_TRIES)
        return before

    async def take_within_limit(self, subjects: Sequence[str], now: datetime) -> bool:
        """Count something that has a hard limit. False where a subject has reached it; that is not counted."""
        for subject in sorted(subjects):
            await self._tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", subject)
        if is_over_limit(await self._tries(subjects, now)):
            return False
        await self.count_try(subjects, now)
        return True

    async def take_back_try(self, subjects: Sequence[str], now: datetime) -> None:
        """Take a counted try back: the password was right. An earlier failure stays counted."""
        await self._tx.execute(
            "DELETE FROM onboarding.failed_sign_ins WHERE subject = ANY($1::text[]) AND failed_at = $2", list(subjects), now
        )

    async def _tries(self, subjects: Sequence[str], now: datetime) -> dict[str, int]:
        rows = await self._tx.fetch(
            """
            SELECT subject, count(*) AS n FROM onboarding.failed_sign_ins
             WHERE subject = ANY($1::text[]) AND failed_at > $2 GROUP BY subject
            """,
            list(subjects),
            now - WINDOW,
        )
        return dict.fromkeys(subjects, 0) | {row["subject"]: row["n"] for row in rows}

    async def account_named(self, email: str) -> Account | None:
        """The account of an e-mail address."""
        row = await self._tx.fetchrow(
            "SELECT account_id, email, password_hash, device_key FROM onboarding.accounts WHERE email = $1", email
        )
        return None if row is None else Account(**row)

    async def account(self, account_id: UUID) -> Account:
        """The account of who is signed in."""
        row = await self._tx.fetchrow(
            "SELECT account_id, email, password_hash, device_key FROM onboarding.accounts WHERE account_id = $1", account_id
        )
        assert row is not None, "who is signed in has an account"
        return Account(**row)

    async def put_password(self, account_id: UUID, password_hash: str) -> None:
        """Store another password. Links that are out end, and no device is known any more."""
        await self._tx.execute(
            """
            UPDATE onboarding.accounts
               SET password_hash = $2,
                   device_key = decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
             WHERE account_id = $1
            """,
            account_id,
            password_hash,
        )
        await self._tx.execute("DELETE FROM onboarding.password_resets WHERE account_id = $1", account_id)

    async def end_sessions(self, account_id: UUID, *, but: bytes | None = None) -> None:
        """End every session of an account, browsers' and API clients', but the one that is named by its hash."""
        await self._tx.execute(
            "DELETE FROM onboarding.sessions WHERE account_id = $1 AND token_hash IS DISTINCT FROM $2", account_id, but
        )

    async def add_reset(self, account_id: UUID, token_hash: bytes, expires_at: datetime, now: datetime) -> None:
        """Store one more link. An earlier one works until it is used or too old, so that nobody can end it by asking again."""
        await self._tx.execute("DELETE FROM onboarding.password_resets WHERE expires_at <= $1", now)
        await self._tx.execute(
            "INSERT INTO onboarding.password_resets (account_id, token_hash, expires_at) VALUES ($1, $2, $3)",
            account_id,
            token_hash,
            expires_at,
        )

    async def has_reset(self, token_hash: bytes, now: datetime) -> bool:
        """Whether a link is neither used nor too old."""
        found: bool = await self._tx.fetchval(
            "SELECT EXISTS (SELECT FROM onboarding.password_resets WHERE token_hash = $1 AND expires_at > $2)", token_hash, now
        )
        return found

    async def take_reset(self, token_hash: bytes, now: datetime) -> UUID | None:
        """Use a link up: of two that bring it together one gets the account."""
        taken: UUID | None = await self._tx.fetchval(
            "DELETE FROM onboarding.password_resets WHERE token_hash = $1 AND expires_at > $2 RETURNING account_id",
            token_hash,
            now,
        )
        return taken
