"""What the routes share: sites, limits, signals, and the one way into Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ingest.admission import Refusal
from services.ingest.contacts import Contacts
from services.ingest.group_commit import GroupCommit, Outcome
from services.ingest.http.confirmation_pages import ConfirmationPages, ShownPage
from services.ingest.http.responses import Response, refusal
from services.ingest.limits import Limits
from services.ingest.metrics import IngestMetrics
from services.ingest.notes import Note
from services.ingest.orders.burst import OrderBursts
from services.ingest.orders.reports import PROVABLY_OLD
from services.ingest.orders.server_clocks import ServerClocks
from services.ingest.signals import NO_SAMPLE, Sample, Signals
from services.ingest.sites import Site, Sites
from shared.events.codec import encode
from shared.events.envelope import Event
from shared.events.signals import SignalKind
from shared.events.storefront import OrderReported, PageSeen
from shared.runtime import tracing
from shared.runtime.clock import Clock
from shared.runtime.security.sealing import ReaderPublicKey

RETRY_SECONDS = 2.0

SIGNALLED: dict[Refusal, SignalKind] = {
    Refusal.FOREIGN_ORIGIN: SignalKind.FOREIGN_ORIGIN,
    Refusal.OVER_LIMIT: SignalKind.OVER_LIMIT,
    Refusal.OVERSIZED: SignalKind.OVERSIZED,
    Refusal.MALFORMED: SignalKind.MALFORMED,
    Refusal.BOT: SignalKind.BOT,
    Refusal.TOO_OLD: SignalKind.TOO_OLD,
    Refusal.UNREADABLE_FIELD: SignalKind.UNREADABLE_FIELD,
}


@dataclass(frozen=True)
class Ingestion:
    """What every route needs to hand in what it has read: each event is durable, or its sender is answered to keep it."""

    sites: Sites
    commit: GroupCommit
    limits: Limits
    bursts: OrderBursts
    server_clocks: ServerClocks
    confirmation_pages: ConfirmationPages
    signals: Signals
    metrics: IngestMetrics
    clock: Clock
    notify_key: ReaderPublicKey
    hosted_page: str | None
    test_browsers: bool

    def contacts_of(self, site: Site) -> Contacts | None:
        """The sealer of a site, or None as long as its pepper cannot be opened."""
        if site.pepper is None:
            return None
        return Contacts(self.notify_key, site.pepper, site.site_id, site.country)

    async def keep(self, events: Sequence[Event]) -> Response | None:
        """Make events durable. None when they are, else the answer for whoever sent them."""
        started = self.clock.monotonic()
        outcome = await self.commit.append([encode(event, tracing.traceparent()) for event in events])
        self.metrics.appends[outcome].inc()
        self.metrics.seconds.observe(self.clock.monotonic() - started)
        match outcome:
            case Outcome.DURABLE:
                for event in events:
                    self.metrics.accepted.labels(event.type).inc()
                return None
            case Outcome.TOO_LARGE:
                return self.refuse(None, Refusal.OVERSIZED)
            case Outcome.FULL | Outcome.LATE | Outcome.FAILED:
                return self.refuse(None, Refusal.NOT_DURABLE, retry_after=RETRY_SECONDS)

    def refuse(
        self,
        site: Site | None,
        reason: Refusal,
        sample: Sample = NO_SAMPLE,
        *,
        retry_after: float | None = None,
    ) -> Response:
        """Count a refusal, signal it to the site's merchant, and return its answer."""
        self.count_refusal(None if site is None else site.site_id, reason, sample)
        return refusal(reason, field=sample.field, retry_after=retry_after)

    def refuse_key(self, site_key: str, host: str | None) -> Response:
        """A key of nobody, or one that was revoked: a signal shows its merchant which page still bears it."""
        if (site_id := self.sites.revoked(site_key)) is not None:
            self.note(site_id, SignalKind.REVOKED_KEY, Sample(host=host))
        return self.refuse(None, Refusal.UNKNOWN_SITE)

    def count_refusal(self, site_id: UUID | None, reason: Refusal, sample: Sample) -> None:
        """Count one refusal."""
        self.metrics.refused[reason].inc()
        kind = SIGNALLED.get(reason)
        if site_id is not None and kind is not None:
            self.note(site_id, kind, sample)

    def note(self, site_id: UUID, kind: SignalKind, sample: Sample) -> None:
        """Signal something that was noticed about a site."""
        self.signals.note(site_id, kind, sample, self.now(), self.clock.monotonic())

    def count_unread(self, notes: Sequence[Note]) -> None:
        """Count the fields of a kept event that were left empty."""
        for note in notes:
            if note.position is None:
                self.metrics.unread.labels(note.kind.value, note.field).inc()

    def note_unsigned_order(self, site_id: UUID) -> None:
        """Note an order report that anybody could have sent."""
        if self.bursts.count(site_id, self.clock.monotonic()):
            self.metrics.order_bursts.inc()
            self.note(site_id, SignalKind.ORDER_BURST, NO_SAMPLE)

    def note_server_clock(self, order: OrderReported) -> None:
        """Record how far a shop's clock is from ours, by its signed order, and signal a clock that is wrong.

        What is reported late on purpose proves nothing, and a cancellation comes long after its order.
        """
        if order.placed_at is None or order.status != "placed" or order.origin in PROVABLY_OLD:
            return
        self.server_clocks.note(order.site_id, order.received_at - order.placed_at)
        if (offset := self.server_clocks.offset(order.site_id)) is not None:
            sample = Sample(field="placed_at", offset_seconds=round(offset.total_seconds()))
            self.note(order.site_id, SignalKind.SERVER_CLOCK_SKEW, sample)

    def note_confirmation(self, event: Event, visitor_id: str, sample: Sample) -> None:
        """Note that a browser showed a page, or reported an order from one."""
        if sample.path is None:
            return
        page = ShownPage(event.site_id, sample.host, sample.path, self.now())
        match event:
            case PageSeen():
                self.confirmation_pages.note_page(visitor_id, page, self.clock.monotonic())
            case OrderReported():
                self.confirmation_pages.note_order(visitor_id, page, self.clock.monotonic())
            case _:
                pass  # no sign of a page after an order

    def sweep(self) -> None:
        """Report what has waited for long enough."""
        now = self.clock.monotonic()
        for page in self.confirmation_pages.overdue(now):
            sample = Sample(path=page.path, host=page.host)
            self.signals.note(page.site_id, SignalKind.CONFIRMATION_WITHOUT_ORDER, sample, page.at, now)
        self.signals.sweep(now)

    def now(self) -> datetime:
        """The wall clock."""
        return self.clock.now()
