"""``python -m tests.integration.notify.dying_sender <dsn> <carrier> <point>``: notify that kills itself.

It claims what is due, answers its own asks with yes, and dies by SIGKILL at the named point.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from services.notify.channels.results import Outcome
from services.notify.channels.sms import Listed, Sms, SmsSender
from services.notify.channels.sms.twilio import Twilio
from services.notify.delivery.send import AttemptSender, Cleared, Refused
from services.notify.rules.attempts import Attempt
from services.notify.storage.protocols import Store
from shared.events.message import MessagePrepared
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import create_pool
from tests.support.builders.notify_answers import granted
from tests.support.processes.notify import Bench

POINTS = ("asked", "clearing", "before_the_call", "after_the_call")


def die() -> NoReturn:
    """As a machine does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a dead process does not go on")


class DyingCarrier:
    """Twilio's adapter in a process that ends before or after the one request."""

    def __init__(self, api: str, point: str) -> None:
        self._twilio = Twilio(SystemClock().now, api)
        self._point = point

    async def send(self, sender: SmsSender, sms: Sms) -> Outcome:
        """Send and die, or the other way round."""
        if self._point == "before_the_call":
            die()
        await self._twilio.send(sender, sms)
        die()

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """The list."""
        return await self._twilio.list_sent(sender, to)


class DyingSender(AttemptSender):
    """Dies inside the transaction that would write ``calling``."""

    async def _clear(self, store: Store, asked: Attempt, caller: str) -> Cleared | Refused:
        await super()._clear(store, asked, caller)
        die()


async def main(dsn: str, carrier: str, point: str) -> None:
    """Dispatch until death."""
    assert point in POINTS
    pool = await create_pool(dsn, service="notify")
    bench = Bench(pool, wire=DyingCarrier(carrier, point), sender=DyingSender if point == "clearing" else AttemptSender)
    bench.start("dispatcher")
    answered: set[str] = set()
    while True:
        for ask in await bench.emitted(MessagePrepared):
            if ask.attempt_id not in answered:
                if point == "asked":
                    die()
                answered.add(ask.attempt_id)
                await bench.nudges(granted(ask))
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
