"""``POST /v1/orders``: what a shop's own server reports, signed with a secret key."""

import json
from collections.abc import Sequence

from services.ingest.admission import Refusal
from services.ingest.http.requests import Request
from services.ingest.http.responses import Response, to_json
from services.ingest.ingestion import RETRY_SECONDS, Ingestion
from services.ingest.notes import Note
from services.ingest.orders.api_keys import signer_of
from services.ingest.orders.bodies import SeveralOrders, read_order
from services.ingest.orders.reports import NoIdentity, Report, read_server_order
from services.ingest.orders.spelled_fields import Spelled, spelled
from services.ingest.orders.warnings import unknown_fields, warnings_of
from services.ingest.signals import NO_SAMPLE, Sample
from services.ingest.sites import Site
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
        sent = spelled(read_order(request.body))
    except SeveralOrders:
        return ingestion.refuse(site, Refusal.SEVERAL_ORDERS)
    except ValueError:
        return ingestion.refuse(site, Refusal.MALFORMED)
    try:
        report = read_server_order(sent.fields, received_at, site, contacts, ingestion.server_clocks.lag(site.site_id))
    except NoIdentity as nobody:
        return _refuse_nameless(site, nobody.notes, sent, ingestion)
    if (refused := await ingestion.keep([report.event])) is not None:
        return refused
    return _acknowledge(report, sent, ingestion)


def _refuse_nameless(site: Site, notes: Sequence[Note], sent: Spelled, ingestion: Ingestion) -> Response:
    """The answer to an order that names nobody, with a warning for each field that could not be read: one may be a contact."""
    if unread := _unread(notes, sent):
        ingestion.note(site.site_id, SignalKind.SERVER_FIELD_UNREAD, Sample(field=unread[0]))
    answer, warnings = ingestion.refuse(site, Refusal.NO_IDENTITY), _warnings(notes, sent)
    return to_json(answer.status, json.loads(answer.body) | ({"warnings": warnings} if warnings else {}), answer.headers)


def _acknowledge(report: Report, sent: Spelled, ingestion: Ingestion) -> Response:
    """The answer to an order that is durable: its event id, and a warning for each field that was left empty or is unknown."""
    event, warnings = report.event, _warnings(report.notes, sent)
    ingestion.count_unread(report.notes)
    ingestion.signals.note_kept(event, report.notes, NO_SAMPLE, ingestion.now(), ingestion.clock.monotonic())
    ingestion.note_server_clock(event)
    if unread := _unread(report.notes, sent):
        ingestion.note(event.site_id, SignalKind.SERVER_FIELD_UNREAD, Sample(field=unread[0]))
    else:
        ingestion.note(event.site_id, SignalKind.SERVER_ORDER_READ, NO_SAMPLE)
    return to_json(200, {"event_id": str(event.event_id)} | ({"warnings": warnings} if warnings else {}))


def _warnings(notes: Sequence[Note], sent: Spelled) -> list[dict[str, str]]:
    return [*warnings_of(notes), *unknown_fields(sent.unknown)]


def _unread(notes: Sequence[Note], sent: Spelled) -> list[str]:
    """Fields that the merchant is shown. A name like one of ours is as good as unread; any other is the shop's own."""
    return [*(note.field for note in notes if note.position is None), *(meant for _, meant in sent.unknown if meant)]
