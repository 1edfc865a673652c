"""Failures of a loop: a server that is away is waited for; anything else ends the work in hand and never the process."""

import structlog

from services.notify.metrics import NotifyMetrics
from services.notify.storage.protocols import Database

log = structlog.get_logger("failures")


class Failures:
    """Logs and counts what one loop could not handle. ``loop`` names the loop in the metric."""

    def __init__(self, loop: str, database: Database, metrics: NotifyMetrics) -> None:
        self._loop = loop
        self._database = database
        self._counter = metrics.failures.labels(loop)

    def record(self, error: Exception, event: str, **names: str) -> bool:
        """Return True where the failure is a bug, logged with its trace and counted; False where waiting cures it.

        ``names`` are ids that help to find the work, never a contact.
        """
        if self._database.passes(error):
            log.warning(event, loop=self._loop, error=type(error).__name__)
            return False
        self._counter.inc()
        log.error(event, loop=self._loop, error=type(error).__name__, exc_info=error, **names)
        return True
