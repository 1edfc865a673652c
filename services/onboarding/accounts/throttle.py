"""Rate limits of signing in: guessing gets slower, nobody is locked out, and a known browser has a budget of its own.

A limit that refuses the right password is a weapon: whoever knows a merchant's e-mail address could keep the merchant out.
So a try that follows many failures waits before it is answered (``delay_seconds``), and only so many wait side by side for
one address (``WaitingRoom``). OWASP, Authentication Cheat Sheet, and its page on device cookies.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

WINDOW = timedelta(minutes=15)
KEPT_TRIES = timedelta(hours=1)
FREE_TRIES = {"account": 5, "address": 50, "device": 10, "change": 5}
"""Failures within the window that cost no time: of one account, of one address behind which a whole office may sit,
of a browser that has signed in before, of a session that wants another password."""
HARD_LIMITS = {"signup": 20, "reset_account": 3, "reset_address": 20}
"""Within the window. Reaching one of these keeps nobody out: there is an account already, or a link in the mailbox."""
FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 15.0
MOST_WAITING_EACH = 5
MOST_WAITING = 200
RETRY_AFTER_SECONDS = 5


def subject_of(kind: str, value: str) -> str:
    """What tries are counted for: a hash, so that neither names nor addresses are kept."""
    return f"{kind}:{hashlib.sha256(value.encode()).hexdigest()[:32]}"


def kind_of(subject: str) -> str:
    """The kind of a subject, as the limits name it."""
    return subject.partition(":")[0]


def delay_seconds(failures: Mapping[str, int]) -> float:
    """How long a try waits, given the failures of each of its subjects before it: doubled by each past the free ones."""
    over = max((count - FREE_TRIES[kind_of(subject)] for subject, count in failures.items()), default=0)
    return 0.0 if over < 0 else min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(over, 16))


def is_over_limit(tries: Mapping[str, int]) -> bool:
    """Whether one of these subjects has used up what it may within the window."""
    return any(count >= HARD_LIMITS[kind_of(subject)] for subject, count in tries.items())


class WaitingRoom:
    """Bounds how many tries are in hand at once, for each client and in all, so that waiting costs no memory without end."""

    def __init__(self, each: int = MOST_WAITING_EACH, most: int = MOST_WAITING) -> None:
        self._each = each
        self._most = most
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def admit(self, client: str) -> Iterator[bool]:
        """Admit one try of a client; False where too many wait."""
        if self._waiting[client] >= self._each or self._waiting.total() >= self._most:
            yield False
            return
        self._waiting[client] += 1
        try:
            yield True
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]
