"""Tells onboarding what is noticed of a site: at once where it is rare, at most once a minute for each kind where it is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.signals import SignalKind, SiteSignalled

SHORTEST_QUIET_SECONDS = 2.0
LONGEST_QUIET_SECONDS = 60.0


@dataclass(frozen=True)
class Sample:
    """What was noticed last."""

    path: str | None = None
    host: str | None = None
    in_head: bool | None = None
    field: str | None = None


NO_SAMPLE = Sample()


@dataclass(slots=True)
class _Pending:
    at: datetime
    sample: Sample
    count: int
    quiet_until: float
    quiet_seconds: float = SHORTEST_QUIET_SECONDS


class Signals:
    """Counts what is noticed. A signal that is due is handed to ``publish``; losing one loses a hint, nothing else.

    The quiet after a signal doubles as long as the same goes on being noticed: who tries out a code sees what it does, and a
    busy shop costs one event a minute.
    """

    def __init__(self, publish: Callable[[SiteSignalled], None], new_id: Callable[[], UUID]) -> None:
        self._publish = publish
        self._new_id = new_id
        self._pending: dict[tuple[UUID, SignalKind], _Pending] = {}

    def note(self, site_id: UUID, kind: SignalKind, sample: Sample, at: datetime, now: float) -> None:
        """Something was noticed. ``now`` is monotonic, ``at`` is for the record."""
        pending = self._pending.setdefault((site_id, kind), _Pending(at, sample, 0, quiet_until=now))
        pending.at, pending.sample, pending.count = at, sample, pending.count + 1
        if now >= pending.quiet_until:
            self._tell(site_id, kind, pending, now)

    def sweep(self, now: float) -> None:
        """Tell what has waited for its quiet to pass, and forget what was not noticed again."""
        for (site_id, kind), pending in list(self._due(now)):
            if pending.count:
                self._tell(site_id, kind, pending, now)
            else:
                del self._pending[site_id, kind]

    def _due(self, now: float) -> Iterator[tuple[tuple[UUID, SignalKind], _Pending]]:
        return ((key, pending) for key, pending in self._pending.items() if now >= pending.quiet_until)

    def _tell(self, site_id: UUID, kind: SignalKind, pending: _Pending, now: float) -> None:
        sample = pending.sample
        signal = SiteSignalled(
            event_id=self._new_id(),
            site_id=site_id,
            occurred_at=pending.at,
            received_at=pending.at,
            kind=kind,
            count=pending.count,
            path=sample.path,
            host=sample.host,
            in_head=sample.in_head,
            field=sample.field,
        )
        pending.count, pending.quiet_until = 0, now + pending.quiet_seconds
        pending.quiet_seconds = min(2 * pending.quiet_seconds, LONGEST_QUIET_SECONDS)
        self._publish(signal)
