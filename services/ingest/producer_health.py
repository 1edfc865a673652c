"""Notices a producer that only fails: it never recovers by itself, so its process has to end."""

import structlog

from services.ingest.metrics import IngestMetrics
from shared.runtime.clock import Clock

FATAL_SECONDS = 20.0

log = structlog.get_logger("producer_health")


class ProducerHealth:
    """Remembers since when no batch went through. A broker that is away does not count: then batches wait."""

    def __init__(self, metrics: IngestMetrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._since: float | None = None

    def on_batch(self, records: int, error: Exception | None) -> None:
        """Record how one batch ended."""
        self._metrics.batch_records.observe(records)
        if error is None:
            self._since = None
            return
        log.warning("batch_failed", records=records, error=type(error).__name__)
        if self._since is None:
            self._since = self._clock.monotonic()

    def error(self) -> str | None:
        """Why the process must end; None while it need not."""
        if self._since is None or self._clock.monotonic() - self._since < FATAL_SECONDS:
            return None
        return f"every batch has failed for {FATAL_SECONDS:.0f} s"
