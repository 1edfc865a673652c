"""Who invents numbers is paid for each text: unproved numbers are asked within budgets, the rest beside them."""

from datetime import timedelta
from uuid import UUID

from services.notify.rules.budgets import Limits
from services.notify.storage.protocols import Database
from shared.events.envelope import ContactKind, SealedContact
from shared.events.message import OptInHandled
from shared.events.reasons import Reason
from shared.events.storefront import ConsentGiven, Witness
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from shared.runtime.security.sealing import seal_contact
from tests.support.builders.notify import ACCOUNT, KEYS, PEPPER, SITE, a_consent, an_order_report, sealed, some_secrets
from tests.support.builders.notify_answers import now
from tests.support.processes.notify import Bench

OTHER_SITE = UUID("01940000-0000-7000-8000-000000000002")
OTHER_ACCOUNT = UUID("01940000-0000-7000-8000-0000000000bb")
DAY = timedelta(days=1)


def address(ip: str, site: UUID = SITE) -> SealedContact:
    """An address as ingest seals it into a consent."""
    return seal_contact(KEYS.public_key(), PEPPER, site, ContactKind.IP, ip)


def tick(number: str, ip: str, site: UUID = SITE, **changes: object) -> ConsentGiven:
    """A box that is ticked in a browser of its own."""
    visitor = f"{number[1:]:0>22}"
    values = {"site_id": site, "visitor_id": visitor, "contact": sealed(number, site), "ip": address(ip, site)}
    return a_consent(occurred_at=now(), **(values | changes))


def invented(count: int) -> list[str]:
    """Numbers of as many ranges."""
    return [f"+1202{2000000 + 10000 * each}" for each in range(count)]


async def decided(bench: Bench, count: int) -> list[OptInHandled]:
    """What became of so many ticks."""

    async def enough() -> bool:
        return len(await bench.emitted(OptInHandled)) >= count

    await bench.eventually(enough, seconds=40)
    return await bench.emitted(OptInHandled)


async def test_150_invented_numbers_of_one_address_are_asked_within_its_budget(bench: Bench) -> None:
    """Evaluated by two processes at once; other networks and other shops are asked beside them."""
    await bench.open_shop(site_id=OTHER_SITE, account_id=OTHER_ACCOUNT, secrets=some_secrets(OTHER_SITE))
    other = Bench(bench.pool, carrier=bench.carrier)
    bench.peers.append(other)
    await bench.storefront(*(tick(number, f"8.8.8.{each}") for each, number in enumerate(invented(150))))
    bench.start("transactional")
    other.start("questions")
    await decided(bench, 150)
    await bench.storefront(tick("+14155550123", "9.9.9.9"))
    await bench.storefront(tick("+14155550124", "8.8.8.8", OTHER_SITE))
    emitted = await decided(bench, 152)

    await other.close()
    asked = [event for event in emitted if event.outcome == "asked"]
    assert len(bench.carrier.sent) == len(asked) == 5 + 2
    assert {event.reason for event in emitted if event.outcome == "refused"} == {Reason.OVER_BUDGET}
    assert {sms.to for sms in bench.carrier.sent} >= {"+14155550123", "+14155550124"}
    assert bench.registry.get_sample_value("beckon_notify_over_budget_total", {"budget": "prefix"}) is not None


async def test_numbers_of_one_block_are_asked_within_its_budget(bench: Bench) -> None:
    bench.start("transactional")

    await bench.storefront(*(tick(f"+1202555{each:04}", f"8.8.{each}.8") for each in range(100, 140)))
    await decided(bench, 40)

    assert len(bench.carrier.sent) == 10


async def test_a_shop_that_asked_its_share_waits_and_it_is_emitted_once(pool: Pool) -> None:
    bench = Bench(pool, limits=Limits(questions_per_site=20))
    await bench.open_shop()
    bench.start("transactional")
    ticks = [tick(number, f"8.8.{each}.8") for each, number in enumerate(invented(30))]

    await bench.storefront(*ticks)
    emitted = await decided(bench, 30)
    await pool.execute("UPDATE notify.bindings SET look_at = clock_timestamp()")

    async def all_wait() -> bool:
        due = "SELECT count(*) FROM notify.bindings WHERE state = 'new' AND look_at < clock_timestamp() + interval '1 minute'"
        return not await pool.fetchval(due)

    await bench.eventually(all_wait)

    await bench.close()
    states = await pool.fetch("SELECT state, count(*) FROM notify.bindings GROUP BY state ORDER BY state")
    assert len(bench.carrier.sent) == 20
    assert [tuple(row) for row in states] == [("asked", 20), ("new", 10)]
    assert sum(event.reason is Reason.OVER_BUDGET for event in emitted) == 10
    assert len(await bench.emitted(OptInHandled)) == 30


async def test_a_budget_grows_with_the_orders_that_a_server_reported(pool: Pool) -> None:
    bench = Bench(pool, limits=Limits(questions_per_site=1))
    await bench.open_shop()
    orders = [
        an_order_report(order_id=str(number // 2), witness=Witness.SERVER, verified=True, event_id=new_uuid7())
        for number in range(2 * 28)
    ]
    forged = [an_order_report(order_id=f"f{number}", event_id=new_uuid7()) for number in range(700)]
    await bench.storefront(*orders, *forged)
    bench.start("transactional")

    await bench.storefront(*(tick(number, f"8.8.{each}.8") for each, number in enumerate(invented(15))))
    await decided(bench, 15)

    await bench.close()
    assert len(bench.carrier.sent) == 12, "three for each of four orders a day"


async def test_an_account_that_spent_its_day_asks_and_reminds_nobody(pool: Pool) -> None:
    bench = Bench(pool, limits=Limits(messages_per_account=2))
    await bench.open_shop()
    bench.start("transactional", "dispatcher")
    await bench.confirm_anna()

    await bench.due()
    await bench.storefront(tick("+14155550123", "9.9.9.9"))
    emitted = await decided(bench, 2)

    async def put_off() -> bool:
        return bool(await pool.fetchval("SELECT count(*) FROM notify.nudges WHERE told_reason IS NOT NULL"))

    await bench.eventually(put_off)
    await bench.reply("STOP")

    async def answered() -> bool:
        return any("opted out" in body for body in bench.carrier.bodies)

    await bench.eventually(answered)
    await bench.close()
    assert emitted[-1].reason is Reason.OVER_BUDGET
    assert len(bench.carrier.sent) == 3, "the question, the welcome, and the answer to STOP"


async def test_only_what_may_have_been_sent_is_spent(memory: Database) -> None:
    consent = new_uuid7()
    async with memory.transaction() as store:
        await store.budgets.add_uses(ACCOUNT, SITE, ["a", "b"], consent)
        await store.budgets.note_order(SITE, "1001")
        await store.budgets.note_order(SITE, "1001")
        unsent = await store.budgets.uses(ACCOUNT, "a", DAY)
        orders = await store.budgets.orders(SITE, DAY)

    assert (unsent, orders) == (0, 1)
