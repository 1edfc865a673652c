"""The composition root of onboarding: takes a merchant from sign-up to a live shop, and shows the results."""

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler

from services.onboarding import consumers
from services.onboarding.accounts.mail import ResetMails, SmtpMailer
from services.onboarding.accounts.password_checks import PasswordChecks
from services.onboarding.accounts.password_routes import PasswordPages
from services.onboarding.accounts.routes import AccountPages
from services.onboarding.accounts.sessions import Passwords
from services.onboarding.campaign.routes import CampaignPages
from services.onboarding.live.activity_routes import ActivityPages
from services.onboarding.live.routes import LivePages
from services.onboarding.metrics import OnboardingMetrics
from services.onboarding.people.data_request_routes import DataRequestPages, DataRequests
from services.onboarding.people.replies import ReplyReader
from services.onboarding.people.reply_routes import ReplyPages
from services.onboarding.people.routes import PeoplePages
from services.onboarding.pointing.routes import PointingPages
from services.onboarding.results.coverage_routes import CoverageGauge, CoveragePages
from services.onboarding.results.observe_routes import ObservePages
from services.onboarding.results.routes import ResultPages
from services.onboarding.settings import OnboardingSettings
from services.onboarding.setup.review_routes import ReviewPages
from services.onboarding.setup.routes import SetupPages
from services.onboarding.setup.shop_checks import ShopChecks
from services.onboarding.setup.statement_routes import StatementPages
from services.onboarding.shop.limit_routes import LimitPages
from services.onboarding.shop.look_routes import LookPages
from services.onboarding.shop.routes import SettingsPages
from services.onboarding.shop.site_routes import SitePages
from services.onboarding.shop.sites import Readers
from services.onboarding.shop_pages.shop_check import Fetcher, ShopFetcher
from services.onboarding.storage.live import Notifier
from services.onboarding.storage.sweeps import RETENTION
from services.onboarding.texting.routes import TextingPages
from services.onboarding.web.event_contract import contract_routes
from services.onboarding.web.headers import SafeHeaders
from services.onboarding.web.json_api import twins
from services.onboarding.web.openapi import API, DOCUMENT, describe
from services.onboarding.web.order_contract import order_contract_routes
from services.onboarding.web.pages import STATIC, Web
from services.onboarding.web.static_files import StaticFiles
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import Health, HealthServer
from shared.runtime.http.metering import metered_server
from shared.runtime.kafka.consumer import Consuming
from shared.runtime.kafka.outbox import Relay
from shared.runtime.kafka.reach import BrokerChecks
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.lifecycle import drain, open_database, open_kafka, shut_down, until_stopped
from shared.runtime.logging import configure_logging
from shared.runtime.loops import Loops
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.pool import Pool, connecting
from shared.runtime.postgres.retention import Retention, RetentionMetrics
from shared.runtime.postgres.tables import Tables
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey
from shared.runtime.service import Stop, end_within
from shared.runtime.tracing import configure_tracing

log = structlog.get_logger("console")


def console(
    web: Web,
    settings: OnboardingSettings,
    notifier: Notifier,
    checks: ShopChecks,
    fetcher: Fetcher,
    mails: ResetMails,
    passwords: PasswordChecks,
) -> Starlette:
    """The console: pages, the same as JSON, documents and static files."""
    readers = readers_of(settings)
    keys = ReaderKeys.parse(settings.reader_keys.get_secret_value())
    requests, replies = DataRequests(keys), ReplyReader(keys)
    pages = (
        AccountPages(web, readers, fetcher, passwords),
        PasswordPages(web, passwords, mails),
        SitePages(web, readers),
        SetupPages(web, settings.public_ingest, settings.public_notify, checks),
        StatementPages(web),
        ReviewPages(web, readers, checks, fetcher),
        SettingsPages(web, readers, settings.profile),
        LookPages(web, fetcher),
        CampaignPages(web, settings.public_notify, settings.profile),
        TextingPages(web),
        PeoplePages(web, requests),
        DataRequestPages(web, requests, replies),
        ReplyPages(web, replies),
        LimitPages(web, settings),
        PointingPages(web, settings.public_console, settings.profile),
        LivePages(web, settings.public_notify),
        ObservePages(web, settings.public_notify),
        CoveragePages(web),
        ActivityPages(web, notifier),
        ResultPages(web, checks),
    )
    routes = [*(route for part in pages for route in part.routes()), *contract_routes(web)]
    routes += twins(routes)
    files = [*document_routes(web, routes, settings), Mount("/static", StaticFiles(STATIC))]
    return Starlette(routes=[*routes, *files], middleware=[Middleware(SafeHeaders)], exception_handlers=error_handlers(web))


def readers_of(settings: OnboardingSettings) -> Readers:
    """Those for whom the console seals."""
    keys = (settings.notify_public_key, settings.ingest_public_key, settings.sources_public_key)
    return Readers(*(ReaderPublicKey.parse(key) for key in keys))


def document_routes(web: Web, routes: Sequence[BaseRoute], settings: OnboardingSettings) -> list[Route]:
    """The OpenAPI document of these routes and of the order API, and the page of the latter."""
    document = describe(routes, settings.public_console, settings.public_ingest)

    async def openapi(request: Request) -> Response:
        return JSONResponse(document)

    return [Route(DOCUMENT, openapi), *order_contract_routes(web, settings.public_ingest)]


def error_handlers(web: Web) -> dict[int | type[Exception], ExceptionHandler]:
    """What a client gets for an address that there is not, and for a fault of ours."""

    async def not_found(request: Request, error: Exception) -> Response:
        if request.scope["path"].startswith(API):
            return JSONResponse({"reason": "not_found", "remedy": f"{DOCUMENT} lists what there is."}, 404)
        return web.not_found(request)

    async def failed(request: Request, error: Exception) -> Response:
        log.error("request_failed", error=type(error).__name__)
        return web.page("message.html", 500, title="That did not work", text="It is our fault. Try again in a minute.")

    return {404: not_found, 405: not_found, Exception: failed}


SUBSCRIPTIONS = (
    Subscription("cart-events", consumers.apply_cart_events, "silencing"),
    Subscription("nudge-events", consumers.apply_nudge_events, "silencing"),
    Subscription("message-events", consumers.apply_message_events, "silencing"),
    Subscription("site-signals", consumers.apply_site_signals, "silencing"),
)


def reset_mails(settings: OnboardingSettings, pool: Pool, clock: Clock) -> ResetMails:
    """Mails that replace a password; without a server for mail none is sent."""
    server = settings.smtp_server
    return ResetMails(pool, clock, None if server is None else SmtpMailer(server), settings.public_console)


def waiting_health() -> Health:
    """The health of a process that is still waiting for Kafka and PostgreSQL."""
    health = Health()
    health.wait_for("kafka", "its topics")
    health.wait_for("postgres", "its schema")
    return health


def notifier_of(settings: OnboardingSettings) -> Notifier:
    """What wakes open pages, over a connection of its own."""
    return Notifier(connecting(settings.postgres.get_secret_value(), settings.postgres_file))


async def serve(settings: OnboardingSettings, stop: Stop) -> None:
    """Run until ``stop`` is asked; end in order: requests, consuming, outbox, clients."""
    configure_logging("onboarding", settings.log_level)
    configure_tracing("onboarding")
    health = waiting_health()
    probes = HealthServer(health, REGISTRY, settings.metrics_host, settings.metrics_port)
    pool = await open_database(settings, "onboarding", health)
    producer, cluster = await open_kafka(settings.kafka_connection, health)
    runtime, clock = RuntimeMetrics(service="onboarding", pool=pool), SystemClock()
    relay = Relay(pool, Tables("onboarding"), producer, runtime)
    web, notifier = Web(pool, clock, relay.wake), notifier_of(settings)
    fetcher = ShopFetcher(settings.profile)
    checks = ShopChecks(pool, fetcher, clock, settings.public_ingest)
    mails = reset_mails(settings, pool, clock)
    app = console(web, settings, notifier, checks, fetcher, mails, PasswordChecks(web, Passwords()))
    http = metered_server(app, settings, clock)
    kafka, coverage = settings.kafka_connection, CoverageGauge(pool, OnboardingMetrics())
    consuming = Consuming(kafka, pool, "onboarding", SUBSCRIPTIONS, clock=clock, metrics=runtime, relay=relay)
    retention = Retention(pool, RETENTION, clock, RetentionMetrics(RETENTION))
    loops: list[asyncio.Task[None]] = []
    try:
        health.alive = consuming.error
        await consuming.start(cluster)
        loops += Loops("onboarding", clock).start(outbox=relay, shop_checks=checks, retention=retention, coverage=coverage)
        loops += [asyncio.create_task(each.run()) for each in (notifier, mails, BrokerChecks(kafka))]  # they wait for somebody
        await http.start()
        health.reached("kafka")
        health.started = True
        await until_stopped(stop, consuming.fatal, loops)
        await drain(health, http, settings.drain_seconds)
    finally:
        health.stopping = True
        end_within()
        notifier.close()
        await http.stop()
        await shut_down(consuming, loops, relay, pool)
        await producer.stop()
        await fetcher.close()
        probes.close()
