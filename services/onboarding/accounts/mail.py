"""Mail to merchants over the operator's SMTP server, and the links by which a forgotten password is replaced."""

import asyncio
import smtplib
import ssl
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Literal, Protocol
from uuid import UUID

import structlog
from pydantic import BaseModel

from services.onboarding.accounts.sessions import new_session_token, token_hash
from services.onboarding.accounts.throttle import subject_of
from services.onboarding.storage.passwords import PasswordStore
from shared.runtime.clock import Clock
from shared.runtime.postgres.pool import UNREACHABLE, Pool, transaction

RESET_LIVES = timedelta(hours=1)
SECONDS = 10.0
MOST_WAITING = 1_000
RESET_SUBJECT = "A new password for Beckon"
RESET_TEXT = """\
Somebody, you we hope, has asked for a new password of your account at Beckon.

Choose it here within the hour:
{link}

If you did not ask, do nothing: your password stays as it is.
"""

log = structlog.get_logger("mail")


class SmtpServer(BaseModel, frozen=True):
    """The operator's mail server. ``tls``: ``starttls`` (RFC 3207), ``tls`` from the first byte, or ``none`` in a demo."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"]
    sender: str
    user: str = ""
    password: str = ""


class Mailer(Protocol):
    """Sends one mail."""

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail.

        Raises:
            OSError: the server did not take it (``smtplib.SMTPException`` is one).
            ValueError: an address that no header can hold.
        """
        ...


class SmtpMailer:
    """One connection for each mail: there are few, and a server that was away is asked anew."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def send(self, to: str, subject: str, text: str) -> None:
        """Send a mail from a thread, for ``smtplib`` blocks."""
        await asyncio.to_thread(self._deliver, written(self._server.sender, to, subject, text))

    def _deliver(self, message: EmailMessage) -> None:
        server, context = self._server, ssl.create_default_context()
        if server.tls == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
        with connection:
            if server.tls == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(message)


def written(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """The message. The standard library's parser of addresses raises whatever it meets at one such as ``=@[.<``."""
    try:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, to, subject
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
        message.set_content(text)
        message.as_bytes()
    except Exception as error:
        raise ValueError("an address that no header can hold") from error
    return message


class ResetMails:
    """Mails links to who asks for one. The request that asks is answered before: it reveals no account."""

    def __init__(self, pool: Pool, clock: Clock, mailer: Mailer | None, console: str) -> None:
        self._pool = pool
        self._clock = clock
        self._mailer = mailer
        self._console = console
        self._asked: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)

    @property
    def can_send(self) -> bool:
        """Whether a mail server is configured."""
        return self._mailer is not None

    def ask(self, email: str) -> None:
        """Queue an address that asked for a link. Past the bound it is dropped, which is logged."""
        try:
            self._asked.put_nowait(email)
        except asyncio.QueueFull:
            log.warning("reset_mails_dropped")

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self.send_next()

    async def send_next(self) -> None:
        """Wait for the next who asked, and mail a link where there is such an account."""
        email = await self._asked.get()
        try:
            link = await self._new_link(email)
            if link is not None and self._mailer is not None:
                await self._mailer.send(email, RESET_SUBJECT, RESET_TEXT.format(link=link))
        except (*UNREACHABLE, OSError, ValueError) as error:  # ValueError: an address that no header can hold
            log.warning("reset_mail_not_sent", error=type(error).__name__)
        except Exception:
            log.exception("reset_mail_failed")

    async def _new_link(self, email: str) -> str | None:
        now = self._clock.now()
        async with transaction(self._pool) as tx:
            store = PasswordStore(tx)
            account = await store.account_named(email)
            if account is None or not await store.take_within_limit([subject_of("reset_account", email)], now):
                return None
            return await add_reset_link(store, account.account_id, self._console, now)


async def add_reset_link(store: PasswordStore, account_id: UUID, console: str, now: datetime) -> str:
    """A link that replaces a password once, within the hour. It is stored as a hash."""
    token = new_session_token()
    await store.add_reset(account_id, token_hash(token), now + RESET_LIVES, now)
    return f"{console.rstrip('/')}/reset/{token}"
