"""The carrier's own word: what it took, and its switches. It knows nothing of Beckon."""

from typing import Any

import httpx


class CarrierLog:
    """Reads the sandbox carrier's log and turns its switches."""

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=10)

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
