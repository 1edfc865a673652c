"""How an outbox empties: in order, by one process at a time, and again where an answer was lost."""

import asyncio

from services.orders.grants.barrier import NotAppended
from tests.simulator.databases import NotifyDatabase, OrdersDatabase
from tests.simulator.faults import Faults
from tests.simulator.log import Log

LEASE_SECONDS = 5.0


async def relay(name: str, database: OrdersDatabase | NotifyDatabase, log: Log, faults: Faults) -> None:
    """Send until killed, as ``shared/runtime/kafka/outbox.py`` does."""
    while True:
        try:
            sent = await _run_once(name, database, log)
        except (NotAppended, TimeoutError):
            sent = 0
        if not sent:
            await asyncio.sleep(faults.random.uniform(0.05, 0.25))


async def _run_once(name: str, database: OrdersDatabase | NotifyDatabase, log: Log) -> int:
    if not database.tables.emitted:
        return 0
    now, lease = asyncio.get_running_loop().time(), database.lease
    if lease.holder != name and lease.until > now:
        return 0
    lease.holder, lease.until = name, now + LEASE_SECONDS
    events = (await database.outbox())[:10]
    async with asyncio.timeout(LEASE_SECONDS - 1):
        for event in events:
            await log.publish(event)
    await database.forget_sent(events)
    return len(events)
