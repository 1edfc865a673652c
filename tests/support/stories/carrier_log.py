"""The carrier's own log: what it took, and its switches. It knows nothing of Beckon."""

import time
from typing import Any

import httpx

from tests.support.waiting import stays


class CarrierLog:
    """Reads the sandbox carrier's log and turns its switches."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=30)
        self._expected: dict[str, int] = {}
        self._expected_since = time.monotonic()

    def expects(self, number: str, reminders: int) -> None:
        """So many reminders by now, and no other before the end of all stories: ``holds`` looks again."""
        assert len(self.reminders_to(number)) == reminders
        self._expected[number] = reminders
        self._expected_since = time.monotonic()

    def holds(self, seconds: float) -> None:
        """Each number has had what was expected and nothing since, at least so long after the last was noted."""
        stays("as many reminders as expected", self._as_expected, self._expected_since + seconds - time.monotonic())
        assert self._as_expected()

    def _as_expected(self) -> bool:
        counts = {number: len(self.reminders_to(number)) for number in self._expected}
        assert counts == self._expected, "a reminder came after its story was over"
        return True

    def to(self, number: str) -> list[str]:
        """The texts that the carrier accepted for a number, in order."""
        answer = self._client.get("/_log", params={"to": number}).raise_for_status()
        return [message["body"] for message in answer.json()["messages"]]

    def reminders_to(self, number: str) -> list[str]:
        """Those with a link to a cart."""
        return [body for body in self.to(number) if "/l/" in body]

    def questions_to(self, number: str) -> list[str]:
        """The opt-in questions."""
        return [body for body in self.to(number) if "reply YES to get cart reminders by text. Up to" in body]

    def reply(self, number: str, text: str) -> None:
        """What typing on the phones page does."""
        self._client.post("/_inbound", json={"from": number, "body": text}).raise_for_status()

    def switch(self, **changes: Any) -> None:
        """Hold answers, fail, refuse."""
        self._client.post("/_control", json=changes).raise_for_status()

    def calls_to(self, number: str) -> list[dict[str, Any]]:
        """Each call that came in, also those refused."""
        answer = self._client.get("/_calls", params={"to": number}).raise_for_status()
        calls: list[dict[str, Any]] = answer.json()["calls"]
        return calls
