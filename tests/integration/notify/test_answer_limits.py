"""Answers to replies have a bound for each number and day: every word is obeyed, and the first answers always go out."""

from dataclasses import replace
from uuid import UUID

from services.notify.rules.attempts import Attempt
from services.notify.rules.budgets import ANSWERS_A_DAY
from services.notify.storage.protocols import Database
from services.notify.storage.recipient_protocols import AnswersSent
from shared.events.message import MessageKind
from shared.runtime.ids import new_random_id
from tests.support.builders.notify import ACCOUNT, ANNA, ANNAS_NUMBER, SITE
from tests.support.builders.notify_answers import now
from tests.support.processes.notify import Bench

OTHER_SITE = UUID("01940000-0000-7000-8000-000000000002")


async def answers(bench: Bench, kind: str) -> int:
    """How many answers of a kind wait or went out."""
    counted: int = await bench.pool.fetchval(
        "SELECT count(*) FROM notify.attempts WHERE kind = 'acknowledgement' AND cause LIKE $1", f"{kind}:%"
    )
    return counted


async def is_suppressed(bench: Bench) -> bool:
    async with bench.database.transaction() as store:
        known = await store.recipients.suppression(ACCOUNT, ANNA.index)
    return known.suppressed_at is not None and (known.lifted_at is None or known.lifted_at < known.suppressed_at)


async def test_help_without_an_end_is_answered_a_few_times_a_day(bench: Bench) -> None:
    for _ in range(20):
        assert (await bench.reply("HELP")).status_code == 200
    await bench.reply("HELP", number="+12025550177")
    kept = bench.registry.get_sample_value("beckon_notify_answers_kept_back_total", {"meaning": "help"})

    assert (await answers(bench, "help"), kept) == (ANSWERS_A_DAY + 1, 20 - ANSWERS_A_DAY)


async def test_stop_and_start_without_an_end_are_obeyed_each_time(bench: Bench) -> None:
    """Also when the answers are used up, and however many other words came before."""
    for _ in range(9):
        await bench.reply("HELP")
    for _ in range(9):
        await bench.reply("START")
        assert not await is_suppressed(bench)
        await bench.reply("STOP")
        assert await is_suppressed(bench)

    assert (await answers(bench, "stop"), await answers(bench, "start")) == (ANSWERS_A_DAY, ANSWERS_A_DAY)


async def test_the_first_stop_from_a_handset_is_answered_though_a_link_opted_out_before(bench: Bench) -> None:
    async with bench.database.transaction() as store:
        await store.recipients.suppress(ACCOUNT, ANNA.index, now())

    for _ in range(3):
        await bench.reply("STOP")

    assert await answers(bench, "stop") == 1


async def test_a_site_answers_once_though_another_of_its_account_has_answered_often(bench: Bench) -> None:
    await bench.open_shop(site_id=OTHER_SITE)
    for _ in range(6):
        await bench.reply("HELP")
    form = {"From": ANNAS_NUMBER, "To": "+12025550100", "Body": "HELP"}
    for number in range(3):
        await bench.post_signed(f"/in/twilio/{OTHER_SITE}", form | {"MessageSid": f"SM{number}"})

    assert await answers(bench, "help") == ANSWERS_A_DAY + 1


def an_answer(attempt: Attempt, meaning: str, **changes: object) -> Attempt:
    """Of Anna's, to a reply."""
    cause = f"{meaning}:{new_random_id()}"
    values = {"kind": MessageKind.ACKNOWLEDGEMENT, "attempt_id": new_random_id(), "cause": cause}
    return replace(attempt, **(values | changes))  # type: ignore[arg-type]


async def test_what_provably_was_not_sent_is_no_answer(memory: Database, attempt: Attempt) -> None:
    async with memory.transaction() as store:
        lost = an_answer(attempt, "help")
        for each in (
            an_answer(attempt, "help"),
            an_answer(attempt, "help", site_id=OTHER_SITE),
            an_answer(attempt, "stop"),
            lost,
        ):
            await store.attempts.open_attempt(each)
        await store.attempts.write_not_sent(SITE, lost.attempt_id, None)
        counted = await store.budgets.answers(ACCOUNT, SITE, ANNA.index, "help")
        nobody = await store.budgets.answers(ACCOUNT, SITE, "i1.p1." + "b" * 22, "help")

    assert counted == AnswersSent(today=2, here_today=1, ever=2)
    assert nobody == AnswersSent(today=0, here_today=0, ever=0)
