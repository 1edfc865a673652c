"""Carriers behind one protocol."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.notify.channels.results import Outcome


@dataclass(frozen=True)
class SmsSender:
    """A site's account at its carrier."""

    account_sid: str
    auth_token: str = field(repr=False)
    from_number: str = field(repr=False)

    @property
    def key(self) -> str:
        """The key of the carrier's rate limit."""
        return f"{self.account_sid}|{self.from_number}"


@dataclass(frozen=True)
class Sms:
    """One message. ``callback`` is the address for this very attempt; the carrier may hold it ``valid_seconds`` at most."""

    to: str = field(repr=False)
    body: str = field(repr=False)
    callback: str
    valid_seconds: int


@dataclass(frozen=True)
class Listed:
    """A message in the carrier's list."""

    carrier_id: str
    body: str = field(repr=False)
    status: str
    created_at: datetime


class Carrier(Protocol):
    """Sends a message once and returns what is known of it."""

    async def send(self, sender: SmsSender, sms: Sms) -> Outcome:
        """One try, bounded in time, no redirects. Never raises for anything a network can do."""
        ...

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """The messages that the carrier took for this number lately. Absence proves nothing."""
        ...
