"""What a store of asks and questions promises, held by the one in PostgreSQL and by the one in memory alike."""

from dataclasses import replace

import pytest

from services.orders.rules.granting import Ask, Cancelled, Withheld
from services.orders.rules.opt_in import Question, QuestionAsk
from services.orders.storage.protocols import Database
from shared.events.reasons import Reason
from tests.support.builders.orders import (
    NOON,
    SITE,
    an_id,
    at,
)
from tests.support.builders.stored_orders import OTHER_SITE, PLACE, a_question_ask, an_open_ask


async def test_an_ask_of_the_question_is_read_as_it_was_kept(stores: Database) -> None:
    asks: list[Ask | QuestionAsk] = [a_question_ask(1), an_open_ask(2), a_question_ask(3)]
    async with stores.transaction() as store:
        await store.asks.add([(ask, PLACE) for ask in asks], NOON)
        await store.asks.add([(a_question_ask(1), PLACE)], at(5))
    claimed = await stores.claim_asks(PLACE, "m" * 32, NOON, 10)
    async with stores.transaction() as store:
        await store.asks.pass_markers([(SITE, "m" * 32)], NOON)
        read = [await store.asks.lock_open(SITE, ask.attempt_id, "m" * 32) for ask in asks]
        newest = [await store.asks.newest_try(SITE, an_id(name)) for name in ("consent", "nudge", "nobody")]

    assert len(claimed) == 3
    assert read == asks
    assert newest == [3, 2, 0]


@pytest.mark.parametrize("final", [None, Withheld(Reason.TEST_MODE), Cancelled(Reason.BOUGHT)])
async def test_a_question_keeps_its_due_moment_and_its_final_answer(
    stores: Database, final: Withheld | Cancelled | None
) -> None:
    async with stores.transaction() as store:
        first = await store.asks.lock_question(SITE, an_id("consent"), NOON)
        again = await store.asks.lock_question(SITE, an_id("consent"), at(5))
        await store.asks.put_question(replace(first, final=final, due_at=at(7)))
    async with stores.transaction() as store:
        kept = await store.asks.lock_question(SITE, an_id("consent"), at(9))

    assert first == again == Question(SITE, an_id("consent"), NOON)
    assert kept == Question(SITE, an_id("consent"), at(7), final)


async def test_a_marker_answers_the_asks_that_were_claimed_for_it(stores: Database) -> None:
    async with stores.transaction() as store:
        await store.asks.add([(an_open_ask(1), PLACE), (an_open_ask(2, OTHER_SITE), PLACE)], at(1))
        await store.asks.add([(replace(an_open_ask(1), try_number=5), PLACE)], at(2))
    assert await stores.partitions_with_asks() == [PLACE]
    claimed = await stores.claim_asks(PLACE, "m" * 32, at(2), 10)
    assert {ask.attempt_id for ask in claimed} == {f"{1:032x}", f"{2:032x}"}
    assert await stores.partitions_with_asks() == []
    bears = claimed[0].marker_site_id
    async with stores.transaction() as store:
        await store.asks.add([(an_open_ask(3), PLACE)], at(3))
        assert await store.asks.lock_open(SITE, f"{1:032x}", "m" * 32) is None  # no row of the marker yet
        await store.asks.pass_markers([(bears, "m" * 32), (bears, "m" * 32)], at(3))

    assert await stores.is_marked(bears, "m" * 32)
    async with stores.transaction() as store:
        assert await store.asks.lock_open(SITE, f"{1:032x}", "n" * 32) is None
        assert await store.asks.lock_open(SITE, f"{3:032x}", "m" * 32) is None
        assert await store.asks.lock_open(SITE, f"{1:032x}", "m" * 32) == an_open_ask(1)
        assert await store.asks.newest_try(SITE, an_id("nudge")) == 3
        assert await store.asks.has_open(SITE, an_id("nudge"), at(2))
        await store.asks.close(SITE, f"{1:032x}", "postponed", at(3))
        assert await store.asks.lock_open(SITE, f"{1:032x}", "m" * 32) is None
    assert await stores.asks_without_grant(NOON) == 3
    async with stores.transaction() as store:
        await store.asks.close(OTHER_SITE, f"{2:032x}", "granted", at(3))
    assert await stores.asks_without_grant(NOON) == 0
