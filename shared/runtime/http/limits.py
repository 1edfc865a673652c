"""Limits of a public HTTP port, for one client and for all, and which connection gives way when they are used up."""

import resource
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.runtime.http.client_address import TrustedProxies
from shared.runtime.metrics import HttpMetrics

FOLLOW_UPS_AT_ONCE = 4
PROBE_CONNECTIONS = 1024
DESCRIPTORS_OF_OUR_OWN = 256 + PROBE_CONNECTIONS
"""For Kafka, PostgreSQL, carriers, files and probes: no number of strangers may take these."""


@dataclass(frozen=True)
class HttpLimits:
    """Seconds are for the whole of a thing, not between two bytes of it; bytes are counted as they arrive."""

    header_bytes: int = 32 * 1024
    header_lines: int = 100
    target_bytes: int = 8 * 1024
    header_seconds: float = 10.0
    idle_seconds: float = 30.0
    proxy_idle_seconds: float = 620.0  # load balancers keep theirs for up to 600 s, and must be who closes
    body_bytes: int = 4 * 1024 * 1024
    body_seconds: float = 20.0
    write_seconds: float = 30.0  # in which a reader takes at least WRITE_PROGRESS bytes
    linger_seconds: float = 2.0
    pipelined_requests: int = 64
    connections: int = 4096
    connections_per_client: int = 512
    sweep_seconds: float = 0.5


DEFAULT_LIMITS = HttpLimits()
PROBE_LIMITS = HttpLimits(body_bytes=4096, connections=PROBE_CONNECTIONS, connections_per_client=PROBE_CONNECTIONS // 4)
"""Of the port for probes and metrics, which a few programs ask one thing each."""


def raise_descriptor_limit() -> None:
    """Allow this process as many open files as it may allow itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == hard:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (ValueError, OSError):
        return  # no limit at all is more than a kernel gives; what there is must do


def most_connections(limits: HttpLimits) -> int:
    """Return how many connections there may be: never so many that no descriptor is left for ourselves."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return limits.connections
    return max(1, min(limits.connections, max(soft - DESCRIPTORS_OF_OUR_OWN, soft // 4)))


@dataclass(eq=False)
class Connection:
    """One connection as the limits see it. ``client`` is None for a proxy of ours, which stands for many."""

    client: str | None
    give_way: Callable[[], None]


@dataclass
class _Client:
    open: int = 0
    waiting: dict[Connection, None] = field(default_factory=dict)


class Connections:
    """The open connections of a server. At a limit the one that waits for its peer longest gives way to a new one.

    To refuse the new one instead would hand the service to whoever fills it first: those who send nothing stay, and the
    genuine one, which would have been done in a moment, is turned away.
    """

    def __init__(self, most: int, most_per_client: int) -> None:
        self._most = most
        self._most_per_client = most_per_client
        self._waiting: dict[Connection, None] = {}
        self._clients: dict[str, _Client] = {}
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, connection: Connection) -> bool:
        """Take a connection in, and return whether there was room for it."""
        client = None if connection.client is None else self._clients.get(connection.client)
        if client is not None and client.open >= self._most_per_client and not self._make_room(client.waiting):
            return False
        if len(self._open) >= self._most and not self._make_room(self._waiting):
            return False
        self._open.add(connection)
        if connection.client is not None:
            self._clients.setdefault(connection.client, _Client()).open += 1
        self.waits(connection)
        return True

    def waits(self, connection: Connection) -> None:
        """The connection waits for its peer from now on: to ask, to send its body, to read its answer."""
        if connection not in self._open:
            return
        for waiting in self._queues(connection):
            waiting.pop(connection, None)
            waiting[connection] = None

    def works(self, connection: Connection) -> None:
        """The server works on a request from now on, and the connection gives way to no other."""
        for waiting in self._queues(connection):
            waiting.pop(connection, None)

    def remove(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        if connection not in self._open:
            return
        self.works(connection)
        self._open.discard(connection)
        if connection.client is not None:
            client = self._clients[connection.client]
            client.open -= 1
            if not client.open:
                del self._clients[connection.client]

    def _queues(self, connection: Connection) -> tuple[dict[Connection, None], ...]:
        client = None if connection.client is None else self._clients.get(connection.client)
        return (self._waiting,) if client is None else (self._waiting, client.waiting)

    def _make_room(self, waiting: dict[Connection, None]) -> bool:
        longest = next(iter(waiting), None)
        if longest is None:
            return False
        self.remove(longest)
        longest.give_way()
        return True


class FollowUps:
    """Requests that stood behind another one of their connection: few are in hand at once, over all connections.

    A thousand connections may bring sixty requests each in one packet. Were all that can be begun begun at once, whoever
    comes next would wait for a thousand of them at each step. A place is free at the answer's end, or when its reader is slow.
    """

    def __init__(self, at_once: int = FOLLOW_UPS_AT_ONCE) -> None:
        self._left = at_once
        self._waiting: deque[Callable[[], bool]] = deque()

    def add(self, begin: Callable[[], bool]) -> None:
        """Call ``begin`` once a place is free. It returns whether there still was something to begin."""
        self._waiting.append(begin)
        self._begin()

    def done(self) -> None:
        """A place is free again: the next one begins."""
        self._left += 1
        self._begin()

    def _begin(self) -> None:
        while self._left and self._waiting:
            self._left -= self._waiting.popleft()()


@dataclass
class Edge:
    """What all connections of one server share."""

    limits: HttpLimits
    proxies: TrustedProxies
    connections: Connections
    metrics: HttpMetrics | None
    follow_ups: FollowUps = field(default_factory=FollowUps)
    is_draining: bool = False

    def count(self, reason: str) -> None:
        """Count a connection that was ended for what its peer did or did not do."""
        if self.metrics is not None:
            self.metrics.refused.labels(reason).inc()
