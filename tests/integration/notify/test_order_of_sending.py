"""Who is sent to first: answers, then reminders, then questions; and one shop's flood is not the others' wait."""

from dataclasses import replace
from uuid import UUID

from services.notify.channels.sms import SmsSender
from services.notify.rules.attempts import Attempt
from services.notify.storage.protocols import Database
from shared.events.catalogue import NUDGE_EVENTS
from shared.events.message import MessageKind
from shared.runtime.ids import new_random_id, new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import ANNA, a_consent, a_due_nudge, a_site, sealed, some_secrets
from tests.support.builders.notify_answers import granted, now
from tests.support.processes.notify import Bench

QUIET_SITE = UUID("01940000-0000-7000-8000-000000000002")
OTHER_ACCOUNT = UUID("01940000-0000-7000-8000-0000000000bb")
EVERYWHERE = range(NUDGE_EVENTS.partitions)
FLOOD = 700


async def flood(bench: Bench) -> None:
    """So many numbers tick the box of one shop at once."""
    ticks = [
        a_consent(occurred_at=now(), visitor_id=f"{number:022d}", contact=sealed(f"+1202{2000000 + number * 1000}"))
        for number in range(FLOOD)
    ]
    await bench.storefront(*ticks)


async def test_stop_and_help_are_answered_next_while_700_questions_wait(pool: Pool) -> None:
    bench = Bench(pool, per_second=1, burst=2)
    await bench.open_shop()
    await flood(bench)
    bench.start("transactional")

    async def all_slots_are_taken() -> bool:
        return len(bench.carrier.sent) >= 2

    async def answered() -> bool:
        return any("Help:" in body for body in bench.carrier.bodies) and any("opted" in body for body in bench.carrier.bodies)

    await bench.eventually(all_slots_are_taken)
    before = len(bench.carrier.sent)
    await bench.reply("HELP", number="+12025550145")
    await bench.reply("STOP")
    await bench.eventually(answered)

    await bench.close()
    questions = [body for body in bench.carrier.bodies[before:] if "reply YES" in body]
    assert len(questions) <= 1, "one may have been on its way"


async def test_a_flood_of_one_shop_keeps_no_reminder_of_another_waiting(pool: Pool) -> None:
    bench = Bench(pool, per_second=1, burst=2)
    sender = SmsSender("AC" + "1" * 32, "another secret", "+12025550199")
    await bench.open_shop()
    await bench.open_shop(site_id=QUIET_SITE, account_id=OTHER_ACCOUNT, secrets=some_secrets(QUIET_SITE, sender))
    contact = sealed(site=QUIET_SITE)
    async with bench.database.transaction() as store:
        await store.consents.add_consent(a_consent(site_id=QUIET_SITE, contact=contact, occurred_at=now()))
        await store.recipients.confirm(QUIET_SITE, a_consent().visitor_id, ANNA.index, now())
    await flood(bench)
    bench.start("transactional", "dispatcher")

    await bench.due(site_id=QUIET_SITE)
    (ask,) = await bench.asks()
    await bench.nudges(granted(ask))

    def reminders() -> list[str]:
        return [body for body in bench.carrier.bodies if "/l/" in body]

    async def reminded() -> bool:
        return bool(reminders())

    await bench.eventually(reminded)
    assert len(reminders()) == 1
    await bench.close()


async def test_nudges_and_opt_ins_are_claimed_round_robin_over_the_sites(memory: Database) -> None:
    """However many an elder flood of one site is."""
    async with memory.transaction() as store:
        await store.put_site(a_site())
        for number in range(30):
            tick = a_consent(occurred_at=now(), visitor_id=f"{number:022d}")
            await store.consents.add_consent(tick)
            await store.nudges.queue(a_due_nudge(abandoned_at=now(), nudge_id=new_uuid7()))
        await store.consents.add_consent(a_consent(site_id=QUIET_SITE, occurred_at=now()))
        await store.nudges.queue(a_due_nudge(site_id=QUIET_SITE, abandoned_at=now()))

    nudges, opt_ins = await memory.claim_nudges(EVERYWHERE, 2), await memory.claim_bindings(EVERYWHERE, 2)

    assert QUIET_SITE in [site for site, _ in nudges]
    assert QUIET_SITE in [binding.site_id for binding in opt_ins]
    assert len(await memory.claim_nudges(EVERYWHERE, 100)) == 29
    assert len(await memory.claim_bindings(EVERYWHERE, 100)) == 29


async def test_answers_are_taken_before_tests_and_round_robin_over_the_sites(memory: Database, attempt: Attempt) -> None:
    def waits(kind: MessageKind, site_id: UUID) -> Attempt:
        return replace(attempt, kind=kind, site_id=site_id, attempt_id=new_random_id(), cause=new_random_id())

    waiting = [waits(MessageKind.TEST, attempt.site_id) for _ in range(3)]
    waiting += [waits(MessageKind.ACKNOWLEDGEMENT, attempt.site_id) for _ in range(9)]
    waiting += [waits(MessageKind.ACKNOWLEDGEMENT, QUIET_SITE)]
    async with memory.transaction() as store:
        for each in waiting:
            await store.attempts.open_attempt(each)

    first = await memory.claim_transactional(2, now() - now())

    assert {site for site, _ in first} == {attempt.site_id, QUIET_SITE}
    assert {key[1] for key in first} <= {each.attempt_id for each in waiting if each.kind is MessageKind.ACKNOWLEDGEMENT}
