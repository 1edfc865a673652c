"""``POST /v1/webhooks/orders?site=``: orders as a shop's platform reports them, signed with the shop's own secret."""

from uuid import UUID

from services.ingest.admission import BODY_BYTES, Refusal
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, to_json
from services.ingest.ingestion import RETRY_SECONDS, Ingestion
from services.ingest.orders.platform_orders import Delivery, PlatformOrder, read_platform_order
from services.ingest.orders.reports import NoIdentity, Report
from services.ingest.orders.webhooks import WEBHOOK_BYTES, WEBHOOKS, OrderWebhook
from services.ingest.signals import NO_SAMPLE, Sample
from services.ingest.sites import Site, Sites
from services.ingest.wire_fields import Fields, read_json
from shared.events.signals import SignalKind
from shared.runtime.http.order_api import WEBHOOKS_PATH


async def take_order_webhook(request: Request, ingestion: Ingestion) -> Response:
    """Take one delivery. Its signature is over the bytes as they came, and checked before any of them is read.

    A platform repeats what is not answered 2xx and in the end gives the webhook up: what is signed and no order, or an order of
    nobody, is answered 200.
    """
    site = _site(request.query.get("site", ""), ingestion.sites)
    if site is None:
        return ingestion.refuse(None, Refusal.NOT_FOUND)
    webhook = WEBHOOKS.get(site.platform)
    signature = "" if webhook is None else request.header(webhook.signature)
    if webhook is not None and webhook.is_ping(request.body, signature):
        return _not_kept(Delivery.PING, ingestion)
    if webhook is None or not webhook.proves(site.webhook_secret, request.body, signature):
        ingestion.note(site.site_id, SignalKind.WEBHOOK_REFUSED, Sample(field="signature"))
        return ingestion.refuse(site, Refusal.BAD_SIGNATURE)
    body = _read(request.body)
    event = webhook.event_of(request.header, body)
    if event not in webhook.orders:
        ingestion.note(site.site_id, SignalKind.WEBHOOK_REFUSED, Sample(field="event"))
        return _not_kept(Delivery.NO_ORDER, ingestion)
    if request.header(webhook.is_test) == "true":
        return _tested(Delivery.TEST, site, ingestion)
    if body is None:
        ingestion.note(site.site_id, SignalKind.WEBHOOK_REFUSED, Sample(field="format"))
        return ingestion.refuse(site, Refusal.MALFORMED)
    if wait := ingestion.limits.refuse_silencing(site.site_id, "webhook", 1, ingestion.clock.monotonic()):
        return ingestion.refuse(site, Refusal.OVER_LIMIT, retry_after=wait)
    order = webhook.read(body, event)
    if order is None:
        return _tested(Delivery.NOT_PLACED, site, ingestion)
    return await _take(order, webhook, site, ingestion)


def body_limit(path: str, query: bytes, sites: Sites) -> int:
    """How many bytes a body may have: more for a webhook of a site that there is, whose id nobody guesses."""
    if path != WEBHOOKS_PATH or _site(query.decode("latin-1").removeprefix("site="), sites) is None:
        return BODY_BYTES
    return WEBHOOK_BYTES


async def _take(order: PlatformOrder, webhook: OrderWebhook, site: Site, ingestion: Ingestion) -> Response:
    received_at, contacts = ingestion.now(), ingestion.contacts_of(site)
    if contacts is None:
        return ingestion.refuse(None, Refusal.NOT_READY, retry_after=RETRY_SECONDS)
    if order.is_late(received_at, webhook.latest):
        ingestion.count_refusal(site.site_id, Refusal.TOO_OLD, Sample(field="updated_at"))
        return _not_kept(Delivery.TOO_OLD, ingestion)
    try:
        report = read_platform_order(order, received_at, site, contacts)
    except NoIdentity:
        ingestion.count_refusal(site.site_id, Refusal.NO_IDENTITY, NO_SAMPLE)
        return _not_kept(Delivery.NO_IDENTITY, ingestion)
    if (refused := await ingestion.keep([report.event])) is not None:
        return refused
    return _acknowledge(report, ingestion)


def _acknowledge(report: Report, ingestion: Ingestion) -> Response:
    """The answer to an order that is durable. It proves that the webhook works, and nothing of the confirmation code.

    Nor is it late by a clock of the shop's: platforms deliver late at times, and have good clocks.
    """
    ingestion.count_unread(report.notes)
    ingestion.metrics.webhooks.labels(Delivery.KEPT.value).inc()
    ingestion.note(report.event.site_id, SignalKind.WEBHOOK_SEEN, NO_SAMPLE)
    return to_json(200, {"event_id": str(report.event.event_id)})


def _tested(outcome: Delivery, site: Site, ingestion: Ingestion) -> Response:
    """The answer to a delivery that is no order, and proves that address and secret are right."""
    ingestion.note(site.site_id, SignalKind.WEBHOOK_TESTED, NO_SAMPLE)
    return _not_kept(outcome, ingestion)


def _not_kept(outcome: Delivery, ingestion: Ingestion) -> Response:
    ingestion.metrics.webhooks.labels(outcome.value).inc()
    return to_json(200, {"kept": False, "reason": outcome.value})


def _read(body: bytes) -> Fields | None:
    try:
        read = read_json(body)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _site(text: str, sites: Sites) -> Site | None:
    try:
        return sites.by_id(UUID(text))
    except ValueError:
        return None
