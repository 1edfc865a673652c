"""The drill: one cause raises one alert, which reaches who is woken in its time, and is resolved once the cause is gone."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.alerting import Alerting
from tests.support.waiting import wait_for

QUIET_WITHIN = 240.0


@dataclass
class Drill:
    """``cause`` begins something; ``end`` takes it away. What was measured is kept for the report."""

    alerting: Alerting
    began: float
    measured: list[tuple[str, str, float, float]] = field(default_factory=list)

    def becomes_quiet(self) -> None:
        """Wait until nothing fires and everything that was notified is resolved."""
        wait_for("an hour without alerts", lambda: not self.alerting.firing() and not self._open(), QUIET_WITHIN, self._open)

    def _open(self) -> set[str]:
        last = {each.alert: each.status for each in self.alerting.webhook.got}
        return {alert for alert, status in last.items() if status == "firing"}

    def raises(self, cause: str, alert: str, within: float, end: Callable[[], object]) -> None:
        """Assert that this alert and no other arrives within so many seconds; end its cause, and wait until it is resolved."""
        webhook, began = self.alerting.webhook, time.monotonic()
        wait_for(alert, lambda: webhook.since(began, "firing"), within, self.alerting.firing)
        fired = time.monotonic() - began
        assert webhook.since(began, "firing") == {alert}
        end()
        ended = time.monotonic()
        wait_for(f"{alert} resolved", lambda: alert in webhook.since(ended, "resolved"), QUIET_WITHIN, self.alerting.firing)
        resolved = time.monotonic() - ended
        assert webhook.since(began, "firing") == {alert}, "one cause wakes once"
        self.measured.append((cause, alert, fired, resolved))
        self.becomes_quiet()

    def report(self) -> str:
        """A table of what was measured, in seconds."""
        rows = [f"| {cause} | {alert} | {fired:.0f} | {resolved:.0f} |" for cause, alert, fired, resolved in self.measured]
        return "\n".join(["| cause | alert | fired after | resolved after its end |", "|---|---|---|---|", *rows])
