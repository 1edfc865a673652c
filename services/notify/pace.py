"""How fast one sender may send: only who has a free slot asks, so a slow carrier holds nothing up but itself."""

from dataclasses import dataclass

SLOWEST = 0.1
RECOVERY_SECONDS = 60.0


@dataclass
class _Bucket:
    rate: float
    tokens: float
    at: float
    slowed_at: float


class Pace:
    """A token bucket for each sender, by this process's monotonic clock."""

    def __init__(self, rate_per_second: float, burst: int) -> None:
        self._rate = rate_per_second
        self._burst = float(burst)
        self._buckets: dict[str, _Bucket] = {}

    def take(self, sender: str, now: float) -> float:
        """Take a slot and return 0, or return the seconds until there is one."""
        bucket = self._bucket(sender, now)
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / bucket.rate

    def slow_down(self, sender: str, now: float) -> None:
        """The carrier says that we are too fast: half the pace, for a while."""
        bucket = self._bucket(sender, now)
        bucket.rate, bucket.tokens, bucket.slowed_at = max(bucket.rate / 2, SLOWEST), 0.0, now

    def _bucket(self, sender: str, now: float) -> _Bucket:
        bucket = self._buckets.setdefault(sender, _Bucket(self._rate, self._burst, now, now))
        if bucket.rate < self._rate and now - bucket.slowed_at > RECOVERY_SECONDS:
            bucket.rate, bucket.slowed_at = min(bucket.rate * 2, self._rate), now
        bucket.tokens = min(self._burst, bucket.tokens + max(0.0, now - bucket.at) * bucket.rate)
        bucket.at = now
        return bucket
