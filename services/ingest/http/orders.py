"""``POST /v1/orders``: what a shop's own server reports, signed with a secret key."""

from services.ingest.admission import Refusal
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, to_json
from services.ingest.ingestion import RETRY_SECONDS, Ingestion
from services.ingest.orders.api_keys import signer_of
from services.ingest.orders.reports import NoIdentity, Report, read_server_order
from services.ingest.orders.warnings import warnings_of
from services.ingest.signals import NO_SAMPLE, Sample
from services.ingest.wire_fields import read_json
from shared.events.signals import SignalKind


async def take_order(request: Request, ingestion: Ingestion) -> Response:
    """Take one order. The site is the key's, whatever the body names. A repeat gets the same event id."""
    received_at = ingestion.now()
    signer = signer_of(
        request.header("authorization"),
        request.header("beckon-signature"),
        request.body,
        received_at.timestamp(),
        ingestion.sites,
    )
    if isinstance(signer, Refusal):
        return ingestion.refuse(None, signer)
    site = ingestion.sites.by_id(signer)
    contacts = None if site is None else ingestion.contacts_of(site)
    if site is None or contacts is None:
        return ingestion.refuse(None, Refusal.NOT_READY, retry_after=RETRY_SECONDS)
    wait = ingestion.limits.refuse_silencing(site.site_id, "server", 1, ingestion.clock.monotonic())
    if wait:
        return ingestion.refuse(site, Refusal.OVER_LIMIT, retry_after=wait)
    try:
        fields = read_json(request.body)
    except ValueError:
        return ingestion.refuse(site, Refusal.MALFORMED)
    if not isinstance(fields, dict):
        return ingestion.refuse(site, Refusal.MALFORMED)
    try:
        report = read_server_order(fields, received_at, site, contacts, ingestion.server_clocks.lag(site.site_id))
    except NoIdentity:
        return ingestion.refuse(site, Refusal.NO_IDENTITY)
    if (refused := await ingestion.keep([report.event])) is not None:
        return refused
    return _acknowledge(report, ingestion)


def _acknowledge(report: Report, ingestion: Ingestion) -> Response:
    """The answer to an order that is durable: its event id, and a warning for each field that was left empty."""
    event, warnings = report.event, warnings_of(report.notes)
    ingestion.count_unread(report.notes)
    ingestion.signals.note_kept(event, report.notes, NO_SAMPLE, ingestion.now(), ingestion.clock.monotonic())
    ingestion.note_server_clock(event)
    if not warnings:
        ingestion.note(event.site_id, SignalKind.SERVER_ORDER_READ, NO_SAMPLE)
        return to_json(200, {"event_id": str(event.event_id)})
    ingestion.note(event.site_id, SignalKind.SERVER_FIELD_UNREAD, Sample(field=warnings[0]["field"]))
    return to_json(200, {"event_id": str(event.event_id), "warnings": warnings})
