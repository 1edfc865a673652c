"""The subscription of a service to one topic."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.runtime.postgres.pool import Transaction


@dataclass(frozen=True)
class Subscription:
    """``apply`` records events in the transaction that also moves the offset; it neither opens nor commits it.

    ``holds`` names which unreadable records silence their site: any, or those that their writer marked as silencing.
    ``wanted`` names the event types to read; others are passed over unparsed, unless they are marked as silencing.
    ``after_commit`` sees what was applied, once that is certain. ``apply`` and ``after_commit`` get the topic's events.
    """

    topic: str
    apply: Callable[[Sequence[Any], Transaction], Awaitable[None]]
    holds: Literal["any", "silencing"]
    wanted: frozenset[str] | None = None
    after_commit: Callable[[Sequence[Any]], Awaitable[None]] | None = None
