"""A daily limit that keeps messages back is shown to its merchant, who allows more for a day or sets limits of the own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.onboarding.consumers import apply_message_events
from shared.events.budgets import Budget, BudgetMet, DailyLimits
from shared.events.codec import decode
from shared.events.envelope import ContactKind, Recipient
from shared.events.merchant import BudgetRaised
from shared.events.message import MessageDeclined, OptInHandled
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ConsoleClient

CHIP = "A daily limit is holding messages back"
SOMEBODY = Recipient(kind=ContactKind.PHONE, index="i1.p1.AbCdEfGhIjKlMnOpQrStUv")


def stamped(site_id: UUID, at: datetime) -> dict[str, Any]:
    return {"event_id": new_uuid7(), "site_id": site_id, "occurred_at": at, "received_at": at, "reason": Reason.OVER_BUDGET}


def a_question(site_id: UUID, budget: Budget, limit: int, at: datetime) -> OptInHandled:
    """It was kept back."""
    met = BudgetMet(budget=budget, limit=limit)
    return OptInHandled(**stamped(site_id, at), visitor_id="v" * 22, recipient=SOMEBODY, outcome="refused", budget=met)


def a_reminder(site_id: UUID, budget: Budget, limit: int, at: datetime) -> MessageDeclined:
    """It waits."""
    met = BudgetMet(budget=budget, limit=limit)
    return MessageDeclined(**stamped(site_id, at), nudge_id=new_uuid7(), cart_id=new_uuid7(), budget=met)


async def apply_events(pool: Pool, *events: OptInHandled | MessageDeclined) -> None:
    """By notify."""
    async with transaction(pool) as tx:
        await apply_message_events(events, tx)


async def emitted(pool: Pool, kind: type[BudgetRaised] | type[SiteConfigured]) -> list[Any]:
    """What waits to leave."""
    rows = await pool.fetch("SELECT topic, value FROM onboarding.outbox ORDER BY id")
    events = [decode(row["topic"], row["value"]) for row in rows]
    return [event for event in events if isinstance(event, kind)]


async def limits_of(anna: ConsoleClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await anna.http.get(f"/api{anna.site('/limits')}")).json()
    return answer


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


async def test_a_limit_that_is_met_is_shown_on_every_page_with_what_it_kept_back(anna: ConsoleClient, pool: Pool) -> None:
    question = a_question(anna.site_id, Budget.PREFIX, 5, ago(hours=2))
    more = [a_question(anna.site_id, Budget.PREFIX, 5, ago(hours=1)) for _ in range(3)]
    before = await anna.http.get(anna.site())

    await apply_events(pool, question, question, *more, a_reminder(anna.site_id, Budget.ACCOUNT, 5000, ago(minutes=1)))
    await apply_events(pool, question)

    page, overview = [await anna.http.get(path) for path in (anna.site("/limits"), anna.site())]
    account, prefix = (await limits_of(anna))["limits"]
    assert CHIP not in before.text
    assert CHIP in overview.text
    assert "4 questions, 0 reminders" in page.text
    assert "somebody who types invented numbers" in page.text
    assert (prefix["budget"], prefix["limit"], prefix["questions"], prefix["can_be_raised_to"]) == ("prefix", 5, 4, 10)
    assert datetime.fromisoformat(prefix["since"]) < ago(minutes=119)
    assert (account["budget"], account["reminders"]) == ("account", 1)


async def test_a_merchant_allows_twice_as_many_for_a_day_and_it_is_recorded(anna: ConsoleClient, pool: Pool) -> None:
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 50, ago(minutes=1)))

    first = await anna.posts(anna.site("/limits/raise"), budget="site")
    again = await anna.posts(anna.site("/limits/raise"), budget="site")

    (raised,) = await emitted(pool, BudgetRaised)
    page = await anna.http.get(anna.site("/limits"))
    (change,) = (await limits_of(anna))["changes"]
    assert (first.status_code, again.status_code) == (303, 422)
    assert (raised.site_id, raised.budget, raised.limit) == (anna.site_id, Budget.SITE, 100)
    assert timedelta(hours=23) < raised.until - datetime.now(UTC) <= timedelta(hours=24)
    assert (CHIP in page.text, "100 until" in page.text) == (False, True)
    assert (change["changed_by"], change["was"], change["became"]) == (anna.email, 50, 100)


async def test_a_raised_limit_that_is_met_again_is_shown_again(anna: ConsoleClient, pool: Pool) -> None:
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 50, ago(minutes=1)))
    await anna.posts(anna.site("/limits/raise"), budget="site")
    late = a_question(anna.site_id, Budget.SITE, 50, ago(minutes=1))

    await apply_events(pool, late)
    still_raised = (await limits_of(anna))["limits"][0]["is_met"]
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 100, ago(seconds=-1)))

    (shown,) = (await limits_of(anna))["limits"]
    assert not still_raised, "what notify had emitted before it read of the raise"
    assert (shown["is_met"], shown["limit"], shown["questions"], shown["can_be_raised_to"]) == (True, 100, 1, 200)


async def test_a_limit_that_kept_nothing_back_for_a_day_is_not_met(anna: ConsoleClient, pool: Pool) -> None:
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 50, ago(hours=25)))

    refused = await anna.posts(anna.site("/limits/raise"), budget="site")

    assert (await limits_of(anna))["limits"] == []
    assert CHIP not in refused.text
    assert refused.status_code == 422


async def test_limits_of_the_own_are_settings_and_recorded(anna: ConsoleClient, pool: Pool) -> None:
    await anna.posts(anna.site("/limits"), questions_per_day="1,000", messages_per_day="200")
    await anna.posts(anna.site("/limits"), questions_per_day=" ", messages_per_day="200")

    emitted_settings = [event.daily_limits for event in await emitted(pool, SiteConfigured)]
    answer = await limits_of(anna)
    assert emitted_settings[-2:] == [DailyLimits(questions=1000, messages=200), DailyLimits(messages=200)]
    assert (answer["questions_per_day"], answer["messages_per_day"]) == (None, 200)
    assert [(each["budget"], each["was"], each["became"]) for each in answer["changes"]] == [
        ("site", 1000, None),
        ("site_messages", None, 200),
        ("site", None, 1000),
    ]


async def test_a_limit_beyond_the_operators_is_refused_and_its_field_named(anna: ConsoleClient, pool: Pool) -> None:
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 1000, ago(minutes=1)))

    own = await anna.posts(anna.site("/limits"), questions_per_day="1001")
    raised = await anna.posts(anna.site("/limits/raise"), budget="site")

    assert (own.status_code, raised.status_code) == (422, 422)
    assert 'href="#questions_per_day"' in own.text
    assert (await limits_of(anna))["questions_per_day"] is None
    assert await emitted(pool, BudgetRaised) == []


async def test_nobody_sees_or_raises_the_limits_of_another_account(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    await mallory.opens_a_shop()
    await apply_events(pool, a_question(anna.site_id, Budget.SITE, 50, ago(minutes=1)))

    raised = await mallory.posts(anna.site("/limits/raise"), budget="site")
    own = await mallory.posts(mallory.site("/limits/raise"), budget="site")

    assert (raised.status_code, own.status_code) == (404, 422)
    assert CHIP not in (await mallory.http.get(mallory.site())).text
    assert await emitted(pool, BudgetRaised) == []


async def test_a_raise_of_the_accounts_limit_is_shown_at_each_of_its_shops(anna: ConsoleClient, pool: Pool) -> None:
    first = anna.site_id
    await anna.opens_a_shop()
    for site in (first, anna.site_id):
        await apply_events(
            pool, a_reminder(site, Budget.ACCOUNT, 5000, ago(minutes=1)), a_question(site, Budget.SITE, 50, ago(minutes=1))
        )

    await anna.posts(anna.site("/limits/raise"), budget="account")
    here = {each["budget"]: each["is_met"] for each in (await limits_of(anna))["limits"]}
    anna.site_id = first
    there = {each["budget"]: each["is_met"] for each in (await limits_of(anna))["limits"]}

    assert here == there == {"account": False, "site": True}
