"""How much a site and a client may send: token buckets, in the memory of this process."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass

from shared.runtime.http.client_address import client_prefix

MOST_BUCKETS = 50_000


@dataclass(frozen=True)
class Rate:
    """So many events a second for as long as one likes, and ``burst`` at once."""

    per_second: float
    burst: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Buckets:
    """One bucket per key. The least recently used are forgotten first, which only ever gives a sender more."""

    def __init__(self, rate: Rate, most: int = MOST_BUCKETS) -> None:
        self._rate = rate
        self._most = most
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def wait_for(self, key: Hashable, amount: int, now: float) -> float:
        """Seconds until ``amount`` may be taken; nothing is taken yet. ``now`` is monotonic."""
        bucket = self._filled(key, now)
        lacking = min(amount, self._rate.burst) - bucket.tokens
        return max(0.0, lacking / self._rate.per_second)

    def take(self, key: Hashable, amount: int, now: float) -> None:
        """Take ``amount``."""
        self._filled(key, now).tokens -= amount

    def _filled(self, key: Hashable, now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._rate.burst, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(key)
        grown = bucket.tokens + (now - bucket.filled_at) * self._rate.per_second
        bucket.tokens, bucket.filled_at = min(self._rate.burst, grown), now
        return bucket


@dataclass(frozen=True)
class Limits:
    """Buckets for what could cause a message, and generous ones of their own for what silences.

    A client is all of the addresses that one subscriber may choose among.
    """

    site: Buckets
    client: Buckets
    silencing_client: Buckets

    def refuse_speech(self, site: Hashable, client: str, amount: int, now: float) -> float:
        """Seconds to wait, or zero when the events may come in, which are then counted."""
        sender = (site, client_prefix(client))
        wait = max(self.site.wait_for(site, amount, now), self.client.wait_for(sender, amount, now))
        if wait == 0:
            self.site.take(site, amount, now)
            self.client.take(sender, amount, now)
        return wait

    def refuse_silencing(self, site: Hashable, client: str, amount: int, now: float) -> float:
        """The same for order reports and withdrawals: no flood of carts ever keeps an order out."""
        sender = (site, client_prefix(client))
        wait = self.silencing_client.wait_for(sender, amount, now)
        if wait == 0:
            self.silencing_client.take(sender, amount, now)
        return wait
