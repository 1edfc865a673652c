"""``POST /v1/beacons`` and ``GET /v1/p.gif``: what browsers report."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import structlog

from services.ingest.admission import Candidate, Refusal, refuse
from services.ingest.beacons.events import ReadBeacon, knows, read_beacon
from services.ingest.beacons.parsing import Beacon, Sender
from services.ingest.beacons.reader_names import READER_FAILED, ReaderFailure, read_failure
from services.ingest.http.body import Body, MalformedBody, OversizedBody, RawEvent, read_body
from services.ingest.http.cors import headers_for
from services.ingest.http.requests import Request
from services.ingest.http.responses import NO_CONTENT, Rejected, Response, refusal, some_rejected
from services.ingest.ingestion import RETRY_SECONDS, Ingestion
from services.ingest.orders.reports import NoIdentity, to_visitor
from services.ingest.origin import RequestOrigin, request_origin_of, runs_code_in_sandboxes
from services.ingest.signals import Sample
from services.ingest.sites import Site
from services.ingest.wire_fields import Unreadable, path_within
from shared.events.envelope import Origin
from shared.events.signals import SignalKind
from shared.events.storefront import OrderReported, PageSeen

PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
CLOCKS_DIFFER = timedelta(minutes=10)
NO_STORE = (("cache-control", "no-store"),)

log = structlog.get_logger("beacons")


@dataclass(frozen=True)
class _Sorted:
    """A body's events: read, or rejected, and whether some were left for later because of the rate.

    ``failures`` are readers of the shop's pages that have failed there: signalled, and no events.
    """

    taken: tuple[tuple[ReadBeacon, Sample], ...]
    rejected: tuple[Rejected, ...]
    wait_seconds: float
    failures: tuple[ReaderFailure, ...] = ()


async def take_beacons(request: Request, ingestion: Ingestion) -> Response:
    """Take a body of events. One refused event never costs its neighbours."""
    try:
        body = read_body(request.body)
    except OversizedBody:
        return ingestion.refuse(None, Refusal.OVERSIZED)
    except MalformedBody as error:
        answer = ingestion.refuse(None, Refusal.MALFORMED)
        return replace(answer, body=answer.body.replace(b'"remedy": "', f'"remedy": "{error} '.encode(), 1))
    site = ingestion.sites.by_key(body.site_key)
    if site is None:
        return ingestion.refuse_key(body.site_key, request.page_host)
    answer = await _take(body, request, site, ingestion)
    return replace(answer, headers=answer.headers + headers_for(request.header("origin"), site))


async def _take(body: Body, request: Request, site: Site, ingestion: Ingestion) -> Response:
    sender = _sender(request, site, body.visitor_id, ingestion)
    if sender is None:
        return ingestion.refuse(None, Refusal.NOT_READY, retry_after=RETRY_SECONDS)
    found = _sort(body.events, sender, request, ingestion)
    for one in found.rejected:
        ingestion.count_refusal(site.site_id, one.reason, Sample(host=request.page_host, field=one.field))
    for failure in found.failures:
        ingestion.note(site.site_id, SignalKind.READER_FAILED, Sample(failure.path, request.page_host, field=failure.what))
    if found.taken and (refused := await ingestion.keep([read.event for read, _ in found.taken])) is not None:
        return refused
    for read, sample in found.taken:
        _notice(read, sample, sender, ingestion)
        if body.visitor_id is not None:
            ingestion.note_confirmation(read.event, body.visitor_id, sample)
    offset = timedelta(0) if body.sent_at is None else sender.received_at - body.sent_at
    if found.taken and abs(offset) > CLOCKS_DIFFER:
        sample = Sample(host=request.page_host, offset_seconds=round(offset.total_seconds()))
        ingestion.note(site.site_id, SignalKind.CLOCK_SKEW, sample)
    return _answer(found, site, ingestion)


def _answer(found: _Sorted, site: Site, ingestion: Ingestion) -> Response:
    if found.wait_seconds:
        # What silences is durable all the same; the sender keeps all of it and its repeat changes nothing.
        return ingestion.refuse(site, Refusal.OVER_LIMIT, retry_after=found.wait_seconds)
    if not found.rejected:
        return NO_CONTENT
    if not found.taken and {one.reason for one in found.rejected} == {Refusal.FOREIGN_ORIGIN}:
        return refusal(Refusal.FOREIGN_ORIGIN)
    return some_rejected(found.rejected)


def _sender(request: Request, site: Site, visitor_id: str | None, ingestion: Ingestion) -> Sender | None:
    contacts = ingestion.contacts_of(site)
    if contacts is None:
        return None
    return Sender(
        site=site,
        contacts=contacts,
        request_origin=request_origin_of(
            request.page_host,
            site.hosts,
            site.back_office_hosts,
            ingestion.hosted_page,
            in_sandbox=request.is_of_opaque_origin and runs_code_in_sandboxes(site.platform),
        ),
        visitor_id=visitor_id,
        received_at=ingestion.now(),
        ip=request.client,
        user_agent=request.header("user-agent")[:512],
    )


def _sort(events: Sequence[RawEvent], sender: Sender, request: Request, ingestion: Ingestion) -> _Sorted:
    """Read what the rules and the rates let in."""
    now, site_id = ingestion.clock.monotonic(), sender.site.site_id
    silencing = sum(event.silences for event in events)
    speech = len(events) - silencing
    wait = ingestion.limits.refuse_silencing(site_id, request.client, silencing, now) if silencing else 0.0
    if wait:
        return _Sorted((), (), wait)
    wait = ingestion.limits.refuse_speech(site_id, request.client, speech, now) if speech else 0.0
    taken: list[tuple[ReadBeacon, Sample]] = []
    rejected: list[Rejected] = []
    failures: list[ReaderFailure] = []
    for event in events:
        if wait and not event.silences:
            continue
        match _read(event, sender, ingestion):
            case ReadBeacon() as read:
                taken.append((read, _sample(read, event, request)))
            case Rejected() as one:
                rejected.append(one)
            case ReaderFailure() as failure:
                failures.append(failure)
    return _Sorted(tuple(taken), tuple(rejected), wait, tuple(failures))


def _read(event: RawEvent, sender: Sender, ingestion: Ingestion) -> ReadBeacon | Rejected | ReaderFailure:
    if not knows(event.type) and event.type != READER_FAILED:
        return Rejected(event.named, Refusal.UNKNOWN_TYPE if event.type else Refusal.MALFORMED)
    candidate = Candidate(event.type, sender.request_origin, event.age, sender.user_agent, event.size, event.depth)
    if (reason := refuse(candidate, test_browsers=ingestion.test_browsers)) is not None:
        return Rejected(event.named, reason)
    if event.type == READER_FAILED:
        return read_failure(event.at(sender.received_at))
    try:
        return read_beacon(event.at(sender.received_at), sender)
    except Unreadable as error:
        return Rejected(event.named, Refusal.UNREADABLE_FIELD, error.field)
    except NoIdentity:
        return Rejected(event.named, Refusal.NO_IDENTITY)
    except Exception as error:  # a bug that one event meets must not cost its neighbours, nor be sent again for ever
        log.error("event_not_read", type=event.type, error=type(error).__name__, exc_info=error)
        return Rejected(event.named, Refusal.MALFORMED)


def _sample(read: ReadBeacon, event: RawEvent, request: Request) -> Sample:
    head = read.event.in_head if isinstance(read.event, PageSeen) else None
    return Sample(path=path_within(event.content.get("p"), frozenset()), host=request.page_host, in_head=head)


def _notice(read: ReadBeacon, sample: Sample, sender: Sender, ingestion: Ingestion) -> None:
    ingestion.count_unread(read.notes)
    ingestion.signals.note_kept(read.event, read.notes, sample, ingestion.now(), ingestion.clock.monotonic())
    if isinstance(read.event, OrderReported):
        ingestion.note_unsigned_order(read.event.site_id)
        if read.event.origin is Origin.UNKNOWN and sender.request_origin is not RequestOrigin.SANDBOX:
            ingestion.note(read.event.site_id, SignalKind.FOREIGN_ORIGIN, sample)


async def take_pixel(request: Request, ingestion: Ingestion) -> Response:
    """Take a confirmation from a page without scripts. It can only name a visitor."""
    query = request.query
    site = ingestion.sites.by_key(query.get("k", ""))
    if site is None:
        return ingestion.refuse(None, Refusal.UNKNOWN_SITE)
    sender = _sender(request, site, to_visitor(query.get("u")), ingestion)
    if sender is None:
        return ingestion.refuse(None, Refusal.NOT_READY, retry_after=RETRY_SECONDS)
    wait = ingestion.limits.refuse_silencing(site.site_id, request.client, 1, ingestion.clock.monotonic())
    if wait:
        return ingestion.refuse(site, Refusal.OVER_LIMIT, retry_after=wait)
    fields = {"orderID": query.get("o"), "total": query.get("t"), "currency": query.get("c")}
    # A reload is a repeat; the same order number on another day may be another order, and silences again.
    name = sha256("|".join([str(fields), sender.received_at.date().isoformat()]).encode()).hexdigest()[:22]
    try:
        read = read_beacon(Beacon("order.reported", name, sender.received_at, None, fields), sender)
    except NoIdentity:
        return ingestion.refuse(site, Refusal.NO_IDENTITY)
    if (refused := await ingestion.keep([read.event])) is not None:
        return refused
    _notice(read, Sample(host=request.page_host), sender, ingestion)
    return Response(200, PIXEL, "image/gif", NO_STORE)
