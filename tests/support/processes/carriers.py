"""A carrier and push services that take what they are given, or do what a test sets."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.notify.channels.push.sender import Push
from services.notify.channels.push.subscriptions import Subscription
from services.notify.channels.push.vapid import VapidKeys
from services.notify.channels.results import Accepted, Outcome
from services.notify.channels.sms import Listed, Sms, SmsSender


@dataclass
class FakeCarrier:
    """Keeps what it took. ``answers`` are given first, in their order; then everything is accepted."""

    answers: list[Outcome] = field(default_factory=list)
    sent: list[Sms] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    held: asyncio.Event | None = None
    listing_fails_for: str | None = None

    async def send(self, sender: SmsSender, sms: Sms) -> Outcome:
        """Take it, and answer when nothing holds the answer."""
        self.sent.append(sms)
        number = len(self.sent)
        if self.held is not None:
            await self.held.wait()
        return self.answers.pop(0) if self.answers else Accepted(f"SM{number}")

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """What a test lets it list."""
        if to == self.listing_fails_for:
            raise OverflowError("a date that no calendar has")
        return self.listed

    @property
    def bodies(self) -> list[str]:
        """What handsets would show."""
        return [sms.body for sms in self.sent]


@dataclass
class FakePush:
    """Keeps what it was given. ``answers`` are given first, in their order; then everything is accepted."""

    answers: list[Outcome] = field(default_factory=list)
    sent: list[Push] = field(default_factory=list)
    held: asyncio.Event | None = None

    async def send(self, subscription: Subscription, vapid: VapidKeys, push: Push) -> Outcome:
        """Take it, and answer when nothing holds the answer."""
        self.sent.append(push)
        if self.held is not None:
            await self.held.wait()
        return self.answers.pop(0) if self.answers else Accepted(f"/m/{len(self.sent)}")
