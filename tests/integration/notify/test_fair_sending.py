"""Sites that share one number to send from: a stranger's flood is nobody's wait."""

from uuid import UUID

from shared.events.message import MessagePrepared, QuestionPrepared
from shared.runtime.postgres.pool import Pool
from tests.integration.notify.test_budgets import invented, tick
from tests.support.builders.notify import SITE, a_consent, sealed
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.notify import Bench

SIBLING = UUID("01940000-0000-7000-8000-000000000002")
FLOOD = 700


async def reminders(bench: Bench, site: UUID, count: int, first: int) -> None:
    """So many carts of confirmed shoppers fall due."""
    for number in range(first, first + count):
        visitor, contact = f"{number:022d}", sealed(f"+1202{5560000 + number}", site)
        async with bench.database.transaction() as store:
            await store.consents.add_consent(a_consent(site_id=site, visitor_id=visitor, contact=contact, occurred_at=now()))
            await store.recipients.confirm(site, visitor, contact.index, now())
        await bench.due(site_id=site, visitor_id=visitor)


async def test_a_flood_of_one_provider_holds_up_no_answer_and_no_reminder(pool: Pool) -> None:
    """700 invented numbers from as many /48s of one /32, at two sites that share a sender."""
    bench = Bench(pool, per_second=4, burst=2)
    await bench.open_shop()
    await bench.open_shop(site_id=SIBLING)
    await reminders(bench, SITE, 2, first=0)
    await reminders(bench, SIBLING, 2, first=100)
    ticks = [
        tick(number, f"2a00:1450:{place:x}::1", SITE if place % 2 else SIBLING) for place, number in enumerate(invented(FLOOD))
    ]
    await bench.storefront(*ticks)
    bench.start("transactional", "dispatcher")
    await bench.reply("HELP", number="+12025550145")
    await bench.reply("STOP", number="+12025550146")
    granted_asks: set[str] = set()

    async def all_went_out() -> bool:
        asking = await pool.fetchval("SELECT count(*) FROM notify.attempts WHERE kind = 'reminder' AND state = 'prepared'")
        for ask in await bench.emitted(MessagePrepared) if asking else []:
            if ask.attempt_id not in granted_asks:
                granted_asks.add(ask.attempt_id)
                await bench.nudges(granted(ask))
        words = [body for body in bench.carrier.bodies if "/l/" in body or "Help:" in body or "opted out" in body]
        return len(words) >= 6

    await bench.eventually(all_went_out, seconds=30)

    await bench.close()
    asked = {ask.consent_event_id for ask in await bench.emitted(QuestionPrepared)}
    assert len(asked) <= 25, "a day's budget of the /32, at both sites together"
    assert len(bench.carrier.sent) <= 6 + 25
