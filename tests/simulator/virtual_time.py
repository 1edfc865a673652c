"""An event loop in which waiting costs nothing: time jumps to the next thing that is due."""

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
NOON = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)


class _JumpingSelector(selectors.SelectSelector):
    """Where a real one would sleep until something happens, this one reports that the time has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else, for ever")
        self.seconds += max(timeout, 0.0)
        return []  # there are no sockets to look at


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs as fast as it can; two runs of the same program take the same steps."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since this loop was made."""
        return self._jumping.seconds


class VirtualClock:
    """Both clocks of a process, by the running loop. Clocks of machines differ by less than our reports' uncertainty."""

    def now(self) -> datetime:
        """The wall clock."""
        return NOON + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The stopwatch."""
        return asyncio.get_running_loop().time()


class SteppingClock(VirtualClock):
    """A process whose wall clock is wrong, and is set anew at each of these moments (seconds of the loop, hours of error)."""

    def __init__(self, steps: Sequence[tuple[float, float]]) -> None:
        self._steps = steps

    def now(self) -> datetime:
        """The wall clock, as wrong as it is now."""
        wrong = [hours for since, hours in self._steps if since <= self.monotonic()]
        return super().now() + timedelta(hours=wrong[-1] if wrong else 0.0)


def run_virtual(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
