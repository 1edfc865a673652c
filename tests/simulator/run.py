"""One run: a world, its shoppers, its faults, and what came of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from services.ingest.orders.reports import order_moment
from services.notify.delivery.reconciliation import Callback, apply_callback
from services.notify.delivery.results import ResultWriter
from services.orders.grants.barrier import NotAppended
from shared.events.catalogue import MERCHANT_ACTIONS, MESSAGE_EVENTS, NUDGE_EVENTS, STOREFRONT_EVENTS
from shared.events.envelope import Event
from shared.events.message import MessageKind
from shared.runtime.clock import Clock
from shared.runtime.kafka.producer import partition_of
from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.simulator.carrier import Carrier
from tests.simulator.consumers import Group
from tests.simulator.databases import NotifyDatabase, OrdersDatabase
from tests.simulator.faults import Faults
from tests.simulator.log import Log, Place
from tests.simulator.processes import Process, World, notify_process, orders_process
from tests.simulator.promises import History, Question, Reminder, broken_promises
from tests.simulator.shop import FIRST, SECOND, Moment, Shopper, a_test_message, settings_of
from tests.simulator.virtual_time import VirtualClock, run_virtual

TROUBLED_SECONDS = 25.0
CALM_SECONDS = 25.0
SHOPPERS = 5


@dataclass(frozen=True)
class Build:
    """What a world is made of; a mutation puts something weaker in its place."""

    orders: Callable[[Faults], OrdersDatabase] = OrdersDatabase
    notify: Callable[[Faults, Clock], NotifyDatabase] = NotifyDatabase
    moment: Moment = order_moment


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    broken: list[str]
    history: History
    unfinished: int


def simulate(seed: int, build: Build | None = None) -> Result:
    """The same seed comes to the same result."""
    return run_virtual(_run(seed, build or Build()))


async def _run(seed: int, build: Build) -> Result:
    faults = Faults(seed, calm_after=TROUBLED_SECONDS)
    log, clock = Log(faults), VirtualClock()
    orders, notify = build.orders(faults), build.notify(faults, clock)
    groups = {
        "orders": Group(_partitions(STOREFRONT_EVENTS.name) + _partitions(MESSAGE_EVENTS.name)),
        "notify": Group(
            _partitions(STOREFRONT_EVENTS.name) + _partitions(NUDGE_EVENTS.name) + _partitions(MERCHANT_ACTIONS.name)
        ),
    }
    world = World(faults, log, orders, notify, Carrier(faults), groups)
    shoppers = [Shopper(faults.random.choice((FIRST, SECOND)), number, build.moment) for number in range(SHOPPERS)]
    await _open_shops(world, shoppers)
    processes = [Process(f"{kind}-{n}", world, build_one) for kind, build_one in BUILDERS.items() for n in (1, 2)]
    lives = [asyncio.create_task(_live(world, process)) for process in processes]
    moves = [asyncio.create_task(_move(world, name, group)) for name, group in groups.items()]
    others = [asyncio.create_task(_shop(world, shopper)) for shopper in shoppers]
    others += [asyncio.create_task(_tick(world, shopper)) for shopper in shoppers]
    others += [asyncio.create_task(_try_out(world, site_id)) for site_id in (FIRST, SECOND)]
    others.append(asyncio.create_task(_call_back(world)))
    await asyncio.sleep(TROUBLED_SECONDS + CALM_SECONDS)
    ended = [*lives, *moves, *others]
    world.broken += [error for task in ended if task.done() and (error := task.exception())]
    for task in ended:
        task.cancel()
    await asyncio.gather(*ended, return_exceptions=True)
    for process in processes:
        await process.kill()
    return _result(world)


BUILDERS = {"orders": orders_process, "notify": notify_process}


def _partitions(topic: str) -> list[Place]:
    counts = {each.name: each.partitions for each in (STOREFRONT_EVENTS, NUDGE_EVENTS, MESSAGE_EVENTS, MERCHANT_ACTIONS)}
    return sorted({(topic, partition_of(site, counts[topic])) for site in (FIRST, SECOND)})


async def _open_shops(world: World, shoppers: list[Shopper]) -> None:
    """Settings are read, and each shopper has once answered YES from the handset for the laptop."""
    of_orders, of_notify = world.orders.store(), world.notify.store()
    for site_id in (FIRST, SECOND):
        await of_orders.sites.put(settings_of(site_id))
        await of_notify.put_site(settings_of(site_id))
    for shopper in shoppers:
        consent = shopper.consent(world.faults.random, 0.0)
        await of_notify.consents.add_consent(consent)
        await of_notify.recipients.confirm(shopper.site_id, shopper.laptop, shopper.phone.index, consent.occurred_at)
        await _report(world, consent)


async def _report(world: World, event: Event) -> None:
    """An outbox, a browser's or onboarding's: the event is sent until it is acknowledged, so it may be there twice."""
    while True:
        try:
            await world.log.publish(event)
        except NotAppended:
            await asyncio.sleep(world.faults.random.uniform(0.1, 1.0))
        else:
            return


async def _shop(world: World, shopper: Shopper) -> None:
    """A cart is filled; perhaps they come back to it, perhaps they buy, whenever."""
    random, clock = world.faults.random, world.clock
    for event in shopper.links_tablet(random, clock.monotonic()):
        await _report(world, event)
    await asyncio.sleep(random.uniform(0, 4))
    await _report(world, shopper.cart(random, clock.monotonic(), 1))
    if random.random() < 0.6:
        await asyncio.sleep(random.uniform(0, 14))
        await _buy(world, shopper)
    elif random.random() < 0.5:
        await asyncio.sleep(random.uniform(2, 10))
        await _report(world, shopper.cart(random, clock.monotonic(), 2))
        await asyncio.sleep(random.uniform(2, 20))
        await _report(world, shopper.visit(random, clock.monotonic()))


async def _tick(world: World, shopper: Shopper) -> None:
    """They tick the box on the tablet, while their laptop shops, perhaps a second time; the number may be asked once."""
    random, clock = world.faults.random, world.clock
    await asyncio.sleep(random.uniform(0, 12))
    await _report(world, shopper.ticks(random, clock.monotonic()))
    if random.random() < 0.3:
        await asyncio.sleep(random.uniform(0, 12))
        await _report(world, shopper.ticks(random, clock.monotonic()))


async def _buy(world: World, shopper: Shopper) -> None:
    """They buy. The shop may show the bought cart once more, before or after the order is reported; some fill another one."""
    random, clock = world.faults.random, world.clock
    order = shopper.order(random, clock.monotonic())
    if random.random() < 0.5:
        await asyncio.sleep(random.uniform(5, 8))
        await _report(world, shopper.cart(random, clock.monotonic(), 1, seq=2))
        await asyncio.sleep(random.uniform(0, 2))
    await _report(world, order)
    if random.random() < 0.5:
        await asyncio.sleep(random.uniform(5, 8))
        filled = random.random() < 0.3
        await _report(world, shopper.cart(random, clock.monotonic(), 1, seq=3, acted=filled))


async def _try_out(world: World, site_id: UUID) -> None:
    """A merchant sends the reminder to a phone of their own, now and then."""
    random, clock = world.faults.random, world.clock
    while not world.faults.is_calm:
        await asyncio.sleep(random.uniform(1, 10))
        await _report(world, a_test_message(site_id, random, clock.monotonic()))


async def _live(world: World, process: Process) -> None:
    """A process runs, dies and comes back; somebody else reads its partitions meanwhile."""
    kind = process.name.split("-")[0]
    group = world.groups[kind]
    while True:
        process.start()
        for place in group.partitions:
            if not group.others(place, process.name):
                group.give(place, process.name)
        lifetime = world.faults.random.expovariate(1 / world.faults.rates.crash_every)
        if world.clock.monotonic() + lifetime > TROUBLED_SECONDS:
            await asyncio.sleep(3600)
        await asyncio.sleep(lifetime)
        await process.kill()
        for place in group.partitions:
            group.forget(place, process.name)
        await asyncio.sleep(world.faults.random.uniform(0.2, 4))


async def _move(world: World, kind: str, group: Group) -> None:
    """Partitions change hands; who had one learns it late."""
    random, names = world.faults.random, [f"{kind}-1", f"{kind}-2"]
    while not world.faults.is_calm:
        await asyncio.sleep(random.expovariate(1 / world.faults.rates.move_every))
        place, to = random.choice(group.partitions), random.choice(names)
        before = group.others(place, to)
        group.give(place, to)
        await asyncio.sleep(random.uniform(0, 6))
        for name in before:
            group.forget(place, name)
    for place in group.partitions:
        if not any(place in group.believed_by(name) for name in names):
            group.give(place, names[0])


async def _call_back(world: World) -> None:
    """The carrier reports what it has taken: late, twice, out of order."""
    random, results = world.faults.random, ResultWriter(world.faults.new_id)
    while True:
        await asyncio.sleep(random.uniform(0.5, 3))
        taken = [call for call in world.carrier.calls if call.taken]
        if not taken:
            continue
        call, status = random.choice(taken), random.choice(("queued", "sent", "delivered"))
        try:
            async with world.notify.transaction() as store:
                key = next(key for key in world.notify.tables.attempts if key[1] == call.attempt_id)
                attempt = await store.attempts.lock_attempt(*key)
                if attempt is not None:
                    callback = Callback(call.carrier_id, status, None)
                    await apply_callback(store, attempt, callback, results, world.clock.now())
        except CommitUnconfirmed:
            continue


def _result(world: World) -> Result:
    if world.broken:
        raise world.broken[0]
    records = [record for place, each in world.log.records.items() if place[0] == STOREFRONT_EVENTS.name for record in each]
    emitted = [
        record.event for place, each in world.log.records.items() if place[0] != STOREFRONT_EVENTS.name for record in each
    ]
    reminders = {
        attempt_id: Reminder(row.attempt.cause_id, site_id, row.attempt.cart_id, row.attempt.visitor_id or "")
        for (site_id, attempt_id), row in world.notify.tables.attempts.items()
        if row.attempt.cart_id is not None
    }
    open_nudges = sum(row.state != "ended" for row in world.notify.tables.nudges.values())
    questions = {
        attempt_id: Question(row.attempt.cause, site_id, row.attempt.visitor_id or "", row.attempt.recipient_index)
        for (site_id, attempt_id), row in world.notify.tables.attempts.items()
        if row.attempt.kind is MessageKind.QUESTION
    }
    causes = {key[1]: row.attempt.cause for key, row in world.notify.tables.attempts.items()}
    history = History(records, emitted, world.carrier.calls, reminders, causes, questions)
    return Result(broken_promises(history), history, open_nudges)
