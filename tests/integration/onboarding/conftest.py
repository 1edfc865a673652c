"""The console over a database of its own, without a socket: requests go straight to the application."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import SecretStr
from starlette.applications import Starlette

from services.onboarding.accounts.mail import ResetMails
from services.onboarding.accounts.password_checks import PasswordChecks
from services.onboarding.accounts.sessions import Passwords
from services.onboarding.app import console
from services.onboarding.settings import OnboardingSettings
from services.onboarding.setup.shop_checks import ShopChecks
from services.onboarding.shop_pages.shop_check import Fetcher, ShopFetcher
from services.onboarding.storage.live import Notifier
from services.onboarding.web.pages import Web
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, connecting, create_pool
from shared.runtime.security.sealing import to_base64url
from tests.support.processes.databases import Database, database
from tests.support.processes.mail_outbox import Outbox
from tests.support.processes.shop_pages import Shop
from tests.support.stories.console_client import ADDRESS, CONSOLE_KEYS_TEXT, ConsoleClient


@pytest.fixture
async def made() -> AsyncIterator[Database]:
    async with database("onboarding") as made:
        yield made


@pytest.fixture
async def pool(made: Database) -> AsyncIterator[Pool]:
    pool = await create_pool(made.dsn("onboarding"), service="onboarding")
    yield pool
    await pool.close()


@pytest.fixture
async def notifier(made: Database) -> AsyncIterator[Notifier]:
    """Notified by whoever writes; awaited by streams."""
    notifier = Notifier(connecting(made.dsn("onboarding"), None))
    listening = asyncio.create_task(notifier.run())
    yield notifier
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.fixture
def waits() -> list[float]:
    """How long each password check was held back, in seconds. Nobody waits in these tests."""
    return []


@pytest.fixture
def gate() -> asyncio.Event:
    """Lets every password check pass. A test that closes it has them wait together until it is opened again."""
    gate = asyncio.Event()
    gate.set()
    return gate


@pytest.fixture
def outbox() -> Outbox:
    """What a mail server would have got."""
    return Outbox()


@pytest.fixture
def mails(pool: Pool, outbox: Outbox) -> ResetMails:
    """Sends when a test triggers it."""
    return ResetMails(pool, SystemClock(), outbox, ADDRESS)


@pytest.fixture
def app(
    pool: Pool, made: Database, notifier: Notifier, mails: ResetMails, waits: list[float], gate: asyncio.Event
) -> Starlette:
    """The console."""

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await gate.wait()

    settings = OnboardingSettings(
        kafka="nowhere:1",
        metrics_port=0,
        postgres=made.dsn("onboarding"),
        public_console=ADDRESS.replace("http:", "https:"),
        public_ingest="https://in.example",
        public_notify="https://go.example",
        reader_keys=SecretStr(CONSOLE_KEYS_TEXT),
        notify_public_key=a_public_key("n1"),
        ingest_public_key=a_public_key("g1"),
        sources_public_key=a_public_key("s1"),
    )
    fetcher = ShopFetcher(settings.profile)
    checks = ShopChecks(pool, fetcher, SystemClock(), "http://in.example")
    web = Web(pool, SystemClock(), lambda: None)
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return console(web, settings, notifier, checks, fetcher, mails, PasswordChecks(web, cheap, sleep))


@pytest.fixture
def transport(app: Starlette) -> httpx.ASGITransport:
    return httpx.ASGITransport(app, raise_app_exceptions=False)


@pytest.fixture
async def anna(transport: httpx.ASGITransport) -> AsyncIterator[ConsoleClient]:
    """A merchant with a shop."""
    async with ConsoleClient(transport, "anna@shop.example") as anna:
        await anna.signs_up()
        await anna.opens_a_shop()
        yield anna


@pytest.fixture
async def mallory(transport: httpx.ASGITransport) -> AsyncIterator[ConsoleClient]:
    """Another merchant, without one."""
    async with ConsoleClient(transport, "mallory@shop.example") as mallory:
        await mallory.signs_up()
        yield mallory


def a_public_key(kid: str) -> str:
    """Of a reader that nobody is."""
    return f"{kid}:{to_base64url(X25519PrivateKey.generate().public_key().public_bytes_raw())}"


@pytest.fixture
def shop() -> Shop:
    """A shop that ``checks`` looks at."""
    return Shop()


@pytest.fixture
def checks(pool: Pool, shop: Shop) -> ShopChecks:
    fetcher: Fetcher = shop
    return ShopChecks(pool, fetcher, SystemClock(), "https://in.example")
