"""``POST /v1/orders``: what a shop's own server reports, signed with a secret key."""

from services.ingest.admission import Refusal
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, to_json
from services.ingest.ingestion import RETRY_SECONDS, Ingestion
from services.ingest.orders.api_keys import signer_of
from services.ingest.orders.reports import NoIdentity, read_server_order
from services.ingest.signals import NO_SAMPLE
from services.ingest.wire_fields import read_json


async def take_order(request: Request, intake: Ingestion) -> Response:
    """Take one order. The site is the key's, whatever the body says. A repeat gets the same event id."""
    received_at = intake.now()
    signer = signer_of(
        request.header("authorization"),
        request.header("beckon-signature"),
        request.body,
        received_at.timestamp(),
        intake.sites,
    )
    if isinstance(signer, Refusal):
        return intake.refuse(None, signer)
    site = intake.sites.by_id(signer)
    contacts = None if site is None else intake.contacts_of(site)
    if site is None or contacts is None:
        return intake.refuse(None, Refusal.NOT_READY, retry_after=RETRY_SECONDS)
    wait = intake.limits.refuse_silencing(site.site_id, "server", 1, intake.clock.monotonic())
    if wait:
        return intake.refuse(site, Refusal.OVER_LIMIT, retry_after=wait)
    try:
        told = read_json(request.body)
    except ValueError:
        return intake.refuse(site, Refusal.MALFORMED)
    if not isinstance(told, dict):
        return intake.refuse(site, Refusal.MALFORMED)
    try:
        report = read_server_order(told, received_at, site, contacts, intake.server_clocks.lag(site.site_id))
    except NoIdentity:
        return intake.refuse(site, Refusal.NO_IDENTITY)
    if (trouble := await intake.keep([report.event])) is not None:
        return trouble
    intake.note_kept(report.event, report.notes, NO_SAMPLE)
    intake.note_server_clock(report.event)
    return to_json(200, {"event_id": str(report.event.event_id)})
