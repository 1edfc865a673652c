"""The rate limiter of senders: only a message with a free slot asks, so a slow carrier delays its own messages alone."""

from dataclasses import dataclass, field

from shared.events.message import MessageKind

SLOWEST = 0.1
RECOVERY_SECONDS = 60.0
RESERVED_FROM = {
    MessageKind.ACKNOWLEDGEMENT: 0,
    MessageKind.REMINDER: 1,
    MessageKind.TEST: 1,
    MessageKind.QUESTION: 2,
}
"""How many slots each kind leaves to the kinds before it: a STOP is answered before any other message is sent, and however
many questions wait, a reminder finds a slot. A slot that was taken comes back to the first kind that wants it."""
MOST_RESERVED = max(RESERVED_FROM.values())
PATIENCE_SECONDS = 1.0
"""How much later than the returned wait a site may come back and still keep its place in the queue."""


@dataclass
class _FairQueue:
    """Sites that want slots of one kind: start-time fair queueing, so each gets its share however many messages it has."""

    level: float = 0.0
    ends: dict[str, float] = field(default_factory=dict)
    waits_until: dict[str, float] = field(default_factory=dict)

    def is_next(self, site: str, now: float) -> bool:
        self.waits_until = {each: until for each, until in self.waits_until.items() if until > now}
        return all(self._start(site) <= self._start(other) for other in self.waits_until if other != site)

    def serve(self, site: str) -> None:
        self.level = self._start(site)
        self.waits_until.pop(site, None)
        self.ends = {each: end for each, end in self.ends.items() if end > self.level} | {site: self.level + 1}

    def _start(self, site: str) -> float:
        return max(self.level, self.ends.get(site, 0.0))


@dataclass
class _Bucket:
    rate: float
    tokens: float
    at: float
    slowed_at: float
    queues: dict[MessageKind, _FairQueue] = field(default_factory=dict)


class RateLimiter:
    """A token bucket for each sender, by this process's monotonic clock.

    ``burst`` is what the last kind finds in a full bucket; what is reserved for the kinds before it is on top of that.
    """

    def __init__(self, rate_per_second: float, burst: int) -> None:
        self._rate = rate_per_second
        self._burst = float(burst + MOST_RESERVED)
        self._buckets: dict[str, _Bucket] = {}

    def take(self, sender: str, kind: MessageKind, now: float, site: str = "") -> float:
        """Take a slot and return 0, or return the seconds until there is one for a message of this kind and site.

        Sites that share a sender are served round robin: one that waits for a slot gets it before one that had more of them.
        """
        bucket = self._bucket(sender, now)
        needed, queue = 1 + RESERVED_FROM[kind], bucket.queues.setdefault(kind, _FairQueue())
        if bucket.tokens >= needed and queue.is_next(site, now):
            bucket.tokens -= 1
            queue.serve(site)
            return 0.0
        wait = max(needed - bucket.tokens, 0.0) / bucket.rate or min(1 / bucket.rate, PATIENCE_SECONDS)
        queue.waits_until[site] = now + wait + PATIENCE_SECONDS
        return wait

    def slow_down(self, sender: str, now: float) -> None:
        """The carrier reports that we are too fast: half the rate, for a while."""
        bucket = self._bucket(sender, now)
        bucket.rate, bucket.tokens, bucket.slowed_at = max(bucket.rate / 2, SLOWEST), 0.0, now

    def _bucket(self, sender: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(sender, _Bucket(self._rate, self._burst, now, now))
        if bucket.rate < self._rate and now - bucket.slowed_at > RECOVERY_SECONDS:
            bucket.rate, bucket.slowed_at = min(bucket.rate * 2, self._rate), now
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * bucket.rate)
        bucket.at = now
        return bucket
