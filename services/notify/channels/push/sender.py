"""Sends one push: encrypted, signed, once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.notify.channels.push.encryption import encrypt
from services.notify.channels.push.responses import outcome_of
from services.notify.channels.push.subscriptions import Subscription
from services.notify.channels.push.vapid import Tokens, VapidKeys
from services.notify.channels.results import NotSent, Outcome, Rejected, Unknown
from services.notify.channels.retry_after import seconds_until
from shared.events.reasons import Reason
from shared.runtime.security.outbound import Forbidden, Interrupted, NotReached, Outbound

CALL_SECONDS = 8.0
LARGEST_ANSWER = 4096


@dataclass(frozen=True)
class Push:
    """One push. The push service may keep it ``ttl_seconds`` and replaces one of the same topic."""

    payload: str = field(repr=False)
    topic: str
    ttl_seconds: int


class PushCarrier(Protocol):
    """Sends a message once and returns what is known of it."""

    async def send(self, subscription: Subscription, vapid: VapidKeys, push: Push) -> Outcome:
        """One try, bounded in time, no redirects. Never raises for anything a network can do."""
        ...


class PushSender:
    """RFC 8030 over connections that reach push services and nothing else."""

    def __init__(self, outbound: Outbound, subject: str, now: Callable[[], datetime]) -> None:
        self._outbound = outbound
        self._tokens = Tokens(subject)
        self._now = now

    async def send(self, subscription: Subscription, vapid: VapidKeys, push: Push) -> Outcome:
        """POST a push once; returns what is known of it."""
        body = encrypt(subscription.keys, push.payload.encode())
        headers = {
            "Host": subscription.origin.removeprefix("https://"),
            "Authorization": self._tokens.authorization(vapid, subscription.origin, self._now()),
            "TTL": str(max(0, push.ttl_seconds)),
            "Urgency": "normal",
            "Topic": push.topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(body)),
        }
        try:
            answer = await self._outbound.request(
                "POST", subscription.endpoint, headers=headers, content=body, seconds=CALL_SECONDS, most_bytes=LARGEST_ANSWER
            )
        except NotReached:
            return NotSent()
        except Forbidden:
            return Rejected(Reason.CONTACT_INVALID)
        except Interrupted:
            return Unknown()
        wait = seconds_until(answer.headers.get("retry-after"), self._now())
        return outcome_of(answer.status, answer.headers.get("location", "")[:200], wait)

    async def close(self) -> None:
        """Close the connections."""
        await self._outbound.close()
