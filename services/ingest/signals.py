"""Reports to onboarding what is noticed of a site: at once where it is rare, else at most once a minute for each kind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from pydantic import ValidationError

from services.ingest.notes import Note
from shared.events.envelope import ContactKind, Event, Origin
from shared.events.signals import MOST_SAMPLED_LINES, SampledCart, SampledLine, SignalKind, SiteSignalled
from shared.events.storefront import CartUpdated, ConsentGiven, PageSeen, ShopperIdentified

SHORTEST_QUIET_SECONDS = 2.0
LONGEST_QUIET_SECONDS = 60.0
MOST_PENDING = 20_000

SEEN: dict[str, SignalKind] = {
    "page.seen": SignalKind.BEACON_SEEN,
    "order.reported": SignalKind.ORDER_SEEN,
    "consent.given": SignalKind.OPT_IN_SEEN,
}

log = structlog.get_logger("signals")


@dataclass(frozen=True)
class Sample:
    """What was noticed last, as the stranger wrote it: what does not fit is left out when the signal is made."""

    path: str | None = None
    host: str | None = None
    in_head: bool | None = None
    field: str | None = None
    offset_seconds: int | None = None
    position: int | None = None
    cart: CartUpdated | None = None


NO_SAMPLE = Sample()


@dataclass(slots=True)
class _Pending:
    at: datetime
    sample: Sample
    count: int
    quiet_until: float
    quiet_seconds: float = SHORTEST_QUIET_SECONDS


def _nothing() -> None:
    pass


class Signals:
    """Counts what is noticed and hands a signal that is due to ``publish``. Nothing here raises: a signal is only a hint.

    The quiet after a signal doubles as long as the same goes on being noticed: who tries out a code sees what it does, and a
    busy shop costs one event a minute. ``on_lost`` counts what could not be kept or published.
    """

    def __init__(
        self, publish: Callable[[SiteSignalled], None], new_id: Callable[[], UUID], on_lost: Callable[[], None] = _nothing
    ) -> None:
        self._publish = publish
        self._new_id = new_id
        self._on_lost = on_lost
        self._pending: dict[tuple[UUID, SignalKind], _Pending] = {}

    @property
    def waiting(self) -> int:
        """How many pairs of site and kind are remembered."""
        return len(self._pending)

    def note(self, site_id: UUID, kind: SignalKind, sample: Sample, at: datetime, now: float) -> None:
        """Note something that was noticed. ``now`` is monotonic, ``at`` is for the record."""
        pending = self._pending.get((site_id, kind))
        if pending is None:
            if len(self._pending) >= MOST_PENDING:
                self._on_lost()
                return
            pending = self._pending[site_id, kind] = _Pending(at, sample, 0, quiet_until=now)
        pending.at, pending.sample, pending.count = at, sample, pending.count + 1
        if now >= pending.quiet_until:
            self._report(site_id, kind, pending, now)

    def note_kept(self, event: Event, notes: Sequence[Note], sample: Sample, at: datetime, now: float) -> None:
        """Note that an event was kept, some of its fields left empty: the merchant's checklist may be waiting for it.

        An order with a keyword that nobody replaced is as good as any, and no proof that the confirmation code works.
        """
        for note in notes:
            shown = Sample(path=sample.path, host=sample.host, field=note.field, position=note.position)
            self.note(event.site_id, note.kind, shown, at, now)
        if all(note.kind is not SignalKind.KEYWORD_NOT_REPLACED for note in notes):
            for kind, shown in signals_in(event, sample):
                self.note(event.site_id, kind, shown, at, now)

    def sweep(self, now: float) -> None:
        """Report what has waited for its quiet to pass, and forget what was not noticed again."""
        due = [(key, pending) for key, pending in self._pending.items() if now >= pending.quiet_until]
        for (site_id, kind), pending in due:
            if pending.count:
                self._report(site_id, kind, pending, now)
            else:
                del self._pending[site_id, kind]

    def _report(self, site_id: UUID, kind: SignalKind, pending: _Pending, now: float) -> None:
        count, pending.count = pending.count, 0
        pending.quiet_until = now + pending.quiet_seconds
        pending.quiet_seconds = min(2 * pending.quiet_seconds, LONGEST_QUIET_SECONDS)
        try:
            self._publish(_signal(self._new_id(), site_id, kind, pending.at, count, pending.sample))
        except Exception as error:  # whatever it was, the request that was noticed has its answer
            self._on_lost()
            log.error("signal_lost", kind=kind.value, error=type(error).__name__, exc_info=error)


def _signal(event_id: UUID, site_id: UUID, kind: SignalKind, at: datetime, count: int, sample: Sample) -> SiteSignalled:
    """The event without what it cannot hold: a host or a path of any length may come from anybody."""

    def made(sample_fields: dict[str, Any]) -> SiteSignalled:
        return SiteSignalled(
            event_id=event_id, site_id=site_id, occurred_at=at, received_at=at, kind=kind, count=count, **sample_fields
        )

    sample_fields = {**vars(sample), "cart": None if sample.cart is None else sampled_cart(sample.cart)}
    try:
        return made(sample_fields)
    except ValidationError as error:
        unfit = {fault["loc"][0] for fault in error.errors(include_input=False, include_url=False)}
        return made({name: value for name, value in sample_fields.items() if name not in unfit})


def sampled_cart(event: CartUpdated) -> SampledCart:
    """The lines and the total of a cart, without whose it is."""
    shown = event.items[:MOST_SAMPLED_LINES]
    return SampledCart(
        lines=tuple(SampledLine(name=i.name or i.product_id, quantity=i.quantity, unit_price=i.unit_price) for i in shown),
        further_lines=len(event.items) - len(shown),
        unread_lines=event.unread_lines,
        total=event.total,
        reader=event.reader,
    )


def signals_in(event: Event, sample: Sample) -> list[tuple[SignalKind, Sample]]:
    """The signals that an event is: that it was seen, and what is wrong with the code that sent it."""
    seen = [(SEEN[event.type], sample)] if event.type in SEEN else []
    match event:
        case ConsentGiven(box_state="pre_ticked"):
            return [(SignalKind.OPT_IN_PRE_TICKED, sample)]
        case PageSeen(origin=Origin.UNKNOWN):
            return []  # a checkout without the tracking code, of which it proves nothing
        case PageSeen(in_head=False):
            return [(SignalKind.CODE_IN_BODY, sample), *seen]
        case ShopperIdentified() if event.contact.kind is ContactKind.PHONE:
            return [(SignalKind.PHONE_SEEN, sample)]
        case ShopperIdentified() if event.contact.kind is ContactKind.EMAIL:
            return [(SignalKind.EMAIL_SEEN, sample)]
        case CartUpdated() if event.items or event.unread_lines:
            return [(SignalKind.CART_SEEN, replace(sample, cart=event))]
        case _:
            return seen
