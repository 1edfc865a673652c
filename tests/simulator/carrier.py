"""A carrier that takes, refuses, hangs and forgets to answer; and what it has taken, for ever."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from services.notify.channels.results import Accepted, NotSent, Outcome, Rejected, Unknown
from services.notify.channels.sms import Listed, Sms, SmsSender
from shared.events.reasons import Reason
from tests.simulator.faults import Faults
from tests.simulator.virtual_time import VirtualClock

ANSWERS = ("accepted", "taken_unheard", "never_arrived", "too_busy", "refused")


@dataclass
class Call:
    """One call from its start. ``refused`` once its caller knows that the carrier did not take it."""

    attempt_id: str
    started_at: float
    sms: Sms
    carrier_id: str
    taken: bool = False
    refused: bool = False


class Carrier:
    """Stands behind the adapter's protocol."""

    def __init__(self, faults: Faults) -> None:
        self.calls: list[Call] = []
        self._faults = faults

    async def send(self, sender: SmsSender, sms: Sms) -> Outcome:
        """The call has started when this is entered, whatever becomes of it."""
        number = len(self.calls)
        call = Call(sms.callback, asyncio.get_running_loop().time(), sms, f"SM{number}")
        self.calls.append(call)
        weights = (1, 0, 0, 0, 0) if self._faults.is_calm else (6, 1, 1, 2, 1)
        kind = self._faults.random.choices(ANSWERS, weights)[0]
        await self._faults.pause()
        call.taken = kind in ("accepted", "taken_unheard")
        await self._faults.pause()
        return await self._answer(kind, call)

    async def _answer(self, kind: str, call: Call) -> Outcome:
        if kind == "accepted":
            return Accepted(call.carrier_id)
        if kind in ("taken_unheard", "never_arrived"):
            await asyncio.sleep(8 - 2 * 0.5)
            return Unknown()
        call.refused = True
        return NotSent(slow_down=False) if kind == "too_busy" else Rejected(Reason.CARRIER_REFUSED)

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """What it took for a number; sometimes it has not got round to listing it yet."""
        await self._faults.pause()
        if self._faults.happens(0.3):
            return []
        now = VirtualClock().now()
        taken = [call for call in self.calls if call.taken and call.sms.to == to]
        return [Listed(call.carrier_id, call.sms.body, "sent", now) for call in taken]
