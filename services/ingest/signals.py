"""Tells onboarding what is noticed of a site, at most once per site, kind and minute, the first at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.signals import SignalKind, SiteSignalled

QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """The first thing noticed since the last signal."""

    path: str | None = None
    host: str | None = None
    in_head: bool | None = None
    field: str | None = None


NO_SAMPLE = Sample()


@dataclass(slots=True)
class _Pending:
    last_told: float
    count: int = 0
    sample: Sample | None = None


class Signals:
    """Counts what is noticed. A signal that is due is handed to ``publish``; losing one loses a hint, nothing else."""

    def __init__(self, publish: Callable[[SiteSignalled], None], new_id: Callable[[], UUID]) -> None:
        self._publish = publish
        self._new_id = new_id
        self._pending: dict[tuple[UUID, SignalKind], _Pending] = {}

    def note(self, site_id: UUID, kind: SignalKind, sample: Sample, at: datetime, now: float) -> None:
        """Something was noticed. ``now`` is monotonic, ``at`` is for the record."""
        pending = self._pending.get((site_id, kind))
        if pending is None:
            pending = self._pending[site_id, kind] = _Pending(last_told=now - QUIET_SECONDS)
        pending.count += 1
        pending.sample = pending.sample or sample
        if now - pending.last_told >= QUIET_SECONDS:
            self._tell(site_id, kind, pending, at, now)

    def sweep(self, at: datetime, now: float) -> None:
        """Tell what has waited for its minute to pass, and forget what is long quiet."""
        for (site_id, kind), pending in list(self._due(now)):
            if pending.count:
                self._tell(site_id, kind, pending, at, now)
            else:
                del self._pending[site_id, kind]

    def _due(self, now: float) -> Iterator[tuple[tuple[UUID, SignalKind], _Pending]]:
        return ((key, pending) for key, pending in self._pending.items() if now - pending.last_told >= QUIET_SECONDS)

    def _tell(self, site_id: UUID, kind: SignalKind, pending: _Pending, at: datetime, now: float) -> None:
        sample = pending.sample or NO_SAMPLE
        signal = SiteSignalled(
            event_id=self._new_id(),
            site_id=site_id,
            occurred_at=at,
            received_at=at,
            kind=kind,
            count=pending.count,
            path=sample.path,
            host=sample.host,
            in_head=sample.in_head,
            field=sample.field,
        )
        pending.last_told, pending.count, pending.sample = now, 0, None
        self._publish(signal)
