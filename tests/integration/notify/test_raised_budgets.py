"""A budget that is met is named, and its merchant lifts it: what it kept back goes by every rule and grant again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from services.notify.rules.budgets import Limits
from services.notify.storage.protocols import Database
from shared.events.budgets import Budget, BudgetMet, DailyLimits
from shared.events.merchant import BudgetRaised
from shared.events.message import MessageDeclined, MessagePrepared, OptInHandled, QuestionPrepared
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.integration.notify.test_budgets import OTHER_SITE, decided, invented, tick
from tests.support.builders.notify import ACCOUNT, SITE, a_consent, a_site, sealed
from tests.support.builders.notify_answers import now, question_cancelled
from tests.support.processes.notify import Bench


def raised(budget: Budget, limit: int, **changes: Any) -> BudgetRaised:
    """A merchant presses the button."""
    values = {"event_id": new_uuid7(), "site_id": SITE, "occurred_at": now(), "received_at": now(), "account_id": ACCOUNT}
    until = now() + timedelta(hours=24)
    return BudgetRaised(**(values | {"budget": budget, "limit": limit, "until": until} | changes))


@asynccontextmanager
async def shop(pool: Pool, **changes: Any) -> AsyncIterator[Bench]:
    """With limits of the operator's."""
    bench = Bench(pool, limits=Limits(**changes))
    await bench.open_shop()
    yield bench
    await bench.close()


async def sent(bench: Bench, count: int) -> int:
    """Wait for so many texts, and until nothing more is evaluated."""

    async def done() -> bool:
        due = await bench.pool.fetchval(
            "SELECT count(*) FROM notify.bindings WHERE state = 'new' AND look_at < clock_timestamp() + interval '1 minute'"
        )
        return len(bench.carrier.sent) >= count and not due

    await bench.eventually(done)
    return len(bench.carrier.sent)


async def test_what_keeps_a_question_back_is_named_with_its_limit(bench: Bench) -> None:
    bench.start("transactional")

    await bench.storefront(*(tick(number, "8.8.8.8") for number in invented(8)))
    emitted = await decided(bench, 8)

    kept = [event.budget for event in emitted if event.outcome == "refused"]
    assert kept == [BudgetMet(budget=Budget.PREFIX, limit=5)] * 3


async def test_a_prefix_that_is_raised_is_asked_what_it_was_refused(bench: Bench) -> None:
    """Of that site, up to the new limit, and once however often the event comes."""
    bench.start("transactional")
    await bench.storefront(*(tick(number, "8.8.8.8") for number in invented(20)))
    await decided(bench, 20)
    event = raised(Budget.PREFIX, 12)

    await bench.merchant(event, event)
    await bench.merchant(event)

    assert await sent(bench, 12) == 12


async def test_a_raise_of_one_budget_wakes_nothing_that_another_keeps_back(bench: Bench) -> None:
    bench.start("transactional")
    await bench.storefront(*(tick(number, "8.8.8.8") for number in invented(8)))
    await decided(bench, 8)

    await bench.merchant(raised(Budget.SITE, 500), raised(Budget.RANGE, 500), raised(Budget.OTHER, 500))

    assert await sent(bench, 5) == 5


async def test_no_raise_goes_beyond_the_operators_ceiling(pool: Pool) -> None:
    async with shop(pool, questions_per_site=3, most_questions_per_site=6) as bench:
        bench.start("transactional")
        await bench.storefront(*(tick(number, f"8.{each}.8.8") for each, number in enumerate(invented(10))))
        await decided(bench, 10)

        await bench.merchant(raised(Budget.SITE, 900_000))

        assert await sent(bench, 6) == 6


async def test_a_raise_that_has_ended_allows_nothing(pool: Pool) -> None:
    async with shop(pool, questions_per_site=3) as bench:
        bench.start("transactional")
        await bench.storefront(*(tick(number, f"8.{each}.8.8") for each, number in enumerate(invented(5))))
        await decided(bench, 5)

        await bench.merchant(raised(Budget.SITE, 500, until=now() - timedelta(seconds=1)))

        assert await sent(bench, 3) == 3


async def test_a_merchants_own_limit_counts_instead_of_ours(pool: Pool) -> None:
    async with shop(pool, questions_per_site=2) as bench:
        bench.start("transactional")
        await bench.storefront(*(tick(number, f"8.{each}.8.8") for each, number in enumerate(invented(9))))
        await decided(bench, 9)

        await bench.open_shop(revision=2, daily_limits=DailyLimits(questions=7))

        assert await sent(bench, 7) == 7


async def test_what_a_raise_releases_asks_for_its_grant_and_a_buyer_is_not_asked(pool: Pool) -> None:
    async with shop(pool, questions_per_site=1) as bench:
        bench.start("questions")
        await bench.storefront(*(tick(number, f"8.{each}.8.8") for each, number in enumerate(invented(2))))

        async def one_waits() -> bool:
            return any(event.budget is not None for event in await bench.emitted(OptInHandled))

        await bench.eventually(one_waits)
        first = len(await bench.emitted(QuestionPrepared))
        await bench.merchant(raised(Budget.SITE, 2))

        async def asks() -> bool:
            return len({ask.consent_event_id for ask in await bench.emitted(QuestionPrepared)}) > 1

        await bench.eventually(asks)
        await bench.nudges(*(question_cancelled(ask) for ask in await bench.emitted(QuestionPrepared)))

        states = await pool.fetch("SELECT DISTINCT refused_reason FROM notify.bindings")
        assert (first, bench.carrier.sent) == (1, [])
        assert [row["refused_reason"] for row in states] == ["bought"]


async def a_confirmed_phone(bench: Bench, number: int) -> str:
    """A shopper of whom nothing but a due nudge is missing."""
    visitor, contact = f"{number:022d}", sealed(f"+1202556{number:04d}")
    async with bench.database.transaction() as store:
        await store.consents.add_consent(a_consent(visitor_id=visitor, contact=contact, occurred_at=now()))
        await store.recipients.confirm(SITE, visitor, contact.index, now())
    return visitor


async def test_reminders_that_fall_due_at_once_overrun_no_budget_of_texts(pool: Pool) -> None:
    async with shop(pool, messages_per_account=3) as bench:
        visitors = [await a_confirmed_phone(bench, number) for number in range(12)]
        for visitor in visitors:
            await bench.due(visitor_id=visitor)
        bench.start("dispatcher")

        async def all_decided() -> bool:
            return len(await bench.emitted(MessageDeclined)) + len(await bench.emitted(MessagePrepared)) >= 12

        await bench.eventually(all_decided)

        assert len(await bench.emitted(MessagePrepared)) == 3
        assert {event.budget for event in await bench.emitted(MessageDeclined)} == {BudgetMet(budget=Budget.ACCOUNT, limit=3)}

        await bench.merchant(raised(Budget.ACCOUNT, 5, site_id=OTHER_SITE))
        await bench.asks(5)
        assert len(await bench.emitted(MessagePrepared)) == 5


async def test_a_sites_own_limit_of_texts_keeps_its_reminders_back(pool: Pool) -> None:
    async with shop(pool) as bench:
        await bench.open_shop(revision=2, daily_limits=DailyLimits(messages=1))
        for number in range(3):
            await bench.due(visitor_id=await a_confirmed_phone(bench, number))
        bench.start("dispatcher")

        async def decided_all() -> bool:
            return len(await bench.emitted(MessageDeclined)) >= 2

        await bench.eventually(decided_all)
        kept = [event.budget for event in await bench.emitted(MessageDeclined)]
        assert kept == [BudgetMet(budget=Budget.SITE_MESSAGES, limit=1)] * 2


async def test_a_raise_lasts_until_its_end_and_is_never_taken_back(memory: Database) -> None:
    """Two sites of an account raise its budget: whichever is applied last, the higher one counts."""
    until, over = now() + timedelta(hours=1), now() - timedelta(hours=1)
    async with memory.transaction() as store:
        await store.put_site(a_site())
        await store.budgets.raise_budget(ACCOUNT, None, Budget.ACCOUNT, 900, until)
        await store.budgets.raise_budget(ACCOUNT, None, Budget.ACCOUNT, 800, until)
        await store.budgets.raise_budget(ACCOUNT, SITE, Budget.SITE, 70, until)
        await store.budgets.raise_budget(ACCOUNT, SITE, Budget.RANGE, 60, over)
        here, elsewhere = await store.budgets.raised(ACCOUNT, SITE), await store.budgets.raised(ACCOUNT, OTHER_SITE)
        nobody = await store.budgets.raised(SITE, SITE)

    assert here == {Budget.ACCOUNT: 900, Budget.SITE: 70}
    assert elsewhere == {Budget.ACCOUNT: 900}
    assert nobody == {}
