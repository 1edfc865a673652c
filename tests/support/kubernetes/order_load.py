"""A shop's servers that report orders all the time, on connections that they keep and on new ones."""

import threading
from dataclasses import dataclass, field
from itertools import count

import httpx

KEEP, OPEN_ANEW = 4, 4
"""How many of them do which."""
PAUSE_SECONDS = 0.8
TIMEOUT = httpx.Timeout(10, connect=1)
"""Shorter than the second try of a lost SYN: a pod that is gone and still addressed is a failure, not a slow answer."""


@dataclass
class OrderLoad:
    """Each thread reports about one order a second. Start it, stop it, then see what was answered."""

    address: str
    key: str
    acknowledged: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count()
        self._stop = threading.Event()
        kinds = [True] * KEEP + [False] * OPEN_ANEW
        self._threads = [threading.Thread(target=self._report, args=(kept,), daemon=True) for kept in kinds]

    def __enter__(self) -> "OrderLoad":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _report(self, kept: bool) -> None:
        limits = httpx.Limits() if kept else httpx.Limits(max_keepalive_connections=0)
        headers = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(headers=headers, limits=limits, timeout=TIMEOUT, trust_env=False) as client:
            while not self._stop.wait(PAUSE_SECONDS):
                self._report_one(client, f"load-{next(self._numbers)}", "kept" if kept else "new")

    def _report_one(self, client: httpx.Client, order_id: str, connection: str) -> None:
        order = {"order_id": order_id, "status": "placed", "email": f"{order_id}@mail.example"}
        try:
            answer = client.post(f"{self.address}/v1/orders", json=order)
        except httpx.TransportError as error:
            self.failures.append(f"{order_id} on a {connection} connection: {type(error).__name__} {error}")
            return
        if answer.status_code == 200:
            self.acknowledged.append(order_id)
        else:
            self.failures.append(f"{order_id} on a {connection} connection: {answer.status_code} {answer.text[:200]}")
