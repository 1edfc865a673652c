"""Work measured as a ratio: what a long input takes beside a short one, on however busy a machine.

Whatever else a machine does only adds to a measurement, so the least of several is the truest. They are taken in turns, in
this thread's own time and without the collector, until the ratio holds or there were enough.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import thread_time
from typing import TypeVar

NEGLIGIBLE = 0.002
"""Seconds that nobody notices: below them the clock's own steps and a cold cache are most of what is measured."""
FEWEST_ROUNDS = 3
MOST_ROUNDS = 30
HOPELESS = 3
"""No load makes the least of a few measurements so many times what is allowed: more of them would change nothing."""

Input = TypeVar("Input")


def holds_ratio(
    run: Callable[[Input], object], short: Input, long: Input, ratio: float = 3.0, negligible: float = NEGLIGIBLE
) -> bool:
    """Whether ``long`` takes at most ``ratio`` times as long as ``short``, or no more than ``negligible`` seconds."""
    with _no_collector():
        least_long = _seconds(run, long)
        if least_long <= negligible:
            return True
        least_short = _seconds(run, short)
        for _ in range(1, FEWEST_ROUNDS):
            least_short, least_long = min(least_short, _seconds(run, short)), min(least_long, _seconds(run, long))
        for _ in range(FEWEST_ROUNDS, MOST_ROUNDS):
            if least_long <= max(negligible, ratio * least_short):
                return True
            if least_long > HOPELESS * max(negligible, ratio * least_short):
                return False
            least_short, least_long = min(least_short, _seconds(run, short)), min(least_long, _seconds(run, long))
        return least_long <= max(negligible, ratio * least_short)


def _seconds(run: Callable[[Input], object], given: Input) -> float:
    began = thread_time()
    run(given)
    return thread_time() - began


@contextmanager
def _no_collector() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
