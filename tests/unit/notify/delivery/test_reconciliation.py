"""Unresolved calls are reconciled side by side, and a carrier that hangs for one site holds up no other."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from prometheus_client import CollectorRegistry

from services.notify.channels.sms import Listed, SmsSender
from services.notify.delivery.reconciliation import RECONCILED_AT_ONCE, RECONCILED_AT_ONCE_OF_A_SITE, Reconciliation
from services.notify.delivery.results import ResultWriter
from services.notify.delivery.send import AttemptSender
from services.notify.metrics import NotifyMetrics
from services.notify.rules.attempts import Attempt, AttemptState
from shared.events.message import MessageKind
from shared.runtime.clock import SystemClock
from shared.runtime.ids import new_random_id, new_uuid7
from tests.support.builders.notify import ACCOUNT, LAPTOP, SENDER, SITE, a_site, sealed, some_routes, some_secrets
from tests.support.builders.notify_answers import now
from tests.support.memory.notify import MemoryDatabase
from tests.support.processes.carriers import FakeCarrier, FakePush

SLOW = replace(SENDER, account_sid="AC" + "9" * 32)


class CountingCarrier(FakeCarrier):
    """Lists what a test lets it; ``SLOW``'s list comes when the test lets it, and the others' when enough are asked at once."""

    def __init__(self, enough: int) -> None:
        super().__init__()
        self.now_at, self.most_at_once, self.enough = dict[str, int](), dict[str, int](), asyncio.Event()
        self.asked_at_once, self.wanted, self.released = 0, enough, asyncio.Event()

    async def list_sent(self, sender: SmsSender, to: str) -> Sequence[Listed]:
        """One read of a list."""
        key = sender.account_sid
        self.now_at[key] = self.now_at.get(key, 0) + 1
        self.most_at_once[key] = max(self.most_at_once.get(key, 0), self.now_at[key])
        self.asked_at_once = max(self.asked_at_once, sum(self.now_at.values()))
        if sum(self.now_at.values()) >= self.wanted:
            self.enough.set()
        await (self.released if sender == SLOW else self.enough).wait()
        self.now_at[key] -= 1
        return [Listed(f"SM{to}", "words", "sent", now())]


def a_lost_call(site: UUID, number: int) -> Attempt:
    """Its caller died."""
    contact, cause = sealed(f"+1202{5560000 + number}", site), new_uuid7()
    return Attempt(
        site_id=site,
        attempt_id=new_random_id(),
        account_id=ACCOUNT,
        kind=MessageKind.REMINDER,
        channel="sms",
        cause=str(cause),
        nudge_id=cause,
        cart_id=new_uuid7(),
        visitor_id=LAPTOP,
        recipient_kind="phone",
        recipient_index=contact.index,
        box=contact.box,
        body="words",
        link_id=None,
        state=AttemptState.PREPARED,
        try_number=1,
        send_before=now() + timedelta(hours=1),
    )


async def a_reconciliation(
    carrier: CountingCarrier, calls: dict[UUID, tuple[SmsSender, int]]
) -> tuple[Reconciliation, MemoryDatabase]:
    """With so many lost calls of each site."""
    clock, metrics = SystemClock(), NotifyMetrics(CollectorRegistry())
    memory, routes = MemoryDatabase(clock), some_routes(clock)
    async with memory.transaction() as store:
        for site, (sender, count) in calls.items():
            await store.put_site(a_site(site_id=site, secrets=some_secrets(site, sender)))
            for number in range(count):
                attempt = a_lost_call(site, number)
                await store.attempts.open_attempt(attempt)
                await store.attempts.start_call(site, attempt.attempt_id, "died")
                await store.attempts.record_result(site, attempt.attempt_id, AttemptState.UNRESOLVED, None)
    attempt_sender = AttemptSender(
        memory, carrier, FakePush(), routes, clock, new_random_id, lambda each: each.attempt_id, lambda: None, metrics
    )
    results = ResultWriter(new_random_id)
    return Reconciliation(memory, carrier, attempt_sender, clock, timedelta(hours=1), lambda: None, metrics, results), memory


def accepted(memory: MemoryDatabase, site: UUID) -> int:
    rows = [row.attempt for row in memory.tables.attempts.values()]
    return sum(each.site_id == site and each.state is AttemptState.ACCEPTED for each in rows)


async def test_calls_are_reconciled_side_by_side_within_their_bound() -> None:
    carrier = CountingCarrier(enough=RECONCILED_AT_ONCE)
    sites = {UUID(int=number): (SENDER, 6) for number in range(1, 7)}
    reconciliation, memory = await a_reconciliation(carrier, sites)

    async with asyncio.timeout(5):  # one after another there would never be enough
        await reconciliation.run_once()

    assert carrier.asked_at_once == RECONCILED_AT_ONCE
    assert [accepted(memory, site) for site in sites] == [6] * 6


async def test_a_carrier_that_hangs_for_one_site_leaves_room_for_the_others() -> None:
    carrier = CountingCarrier(enough=1)
    reconciliation, memory = await a_reconciliation(carrier, {SITE: (SLOW, 30), UUID(int=2): (SENDER, 5)})
    run_once = asyncio.create_task(reconciliation.run_once())

    async with asyncio.timeout(5):
        while accepted(memory, UUID(int=2)) < 5:
            await asyncio.sleep(0.01)

    assert carrier.most_at_once[SLOW.account_sid] == RECONCILED_AT_ONCE_OF_A_SITE
    assert accepted(memory, SITE) == 0
    carrier.released.set()
    await run_once
    assert accepted(memory, SITE) == 30
