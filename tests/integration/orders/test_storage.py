"""What a store promises, held by the one in PostgreSQL and by the one in memory alike."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.orders.handlers.order_reports import fences_of
from services.orders.rules.attribution import Sent
from services.orders.rules.cart_history import CartHistory
from services.orders.rules.carts import Cart, CartState, after_reports, erased, first_seen
from services.orders.rules.erasure import Subject
from services.orders.rules.evidence import Fence, Sighting, VisitorSeen, visitor_key
from services.orders.rules.granting import Ask, Cancelled, Withheld
from services.orders.rules.nudges import Nudge, NudgeState, lapsed
from services.orders.rules.opt_in import Question, QuestionAsk
from services.orders.rules.reconciliation import order_key_of
from services.orders.rules.timers import Timer, TimerKind
from services.orders.rules.withdrawals import Confirmation, Withdrawal
from services.orders.storage.postgres import SqlDatabase
from services.orders.storage.protocols import Database
from shared.events.envelope import CartItem
from shared.events.reasons import Reason
from shared.runtime.postgres.pool import Pool
from tests.support.builders.orders import (
    ACCOUNT,
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    a_cart_update,
    a_site,
    an_id,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders import MemoryDatabase

OTHER_SITE = UUID("0198f0aa-0000-7000-8000-000000000002")
PLACE = 7


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest, pool: Pool) -> Database:
    return MemoryDatabase() if request.param == "memory" else SqlDatabase(pool)


def a_cart(visitor_id: str = LAPTOP, **changes: Any) -> Cart:
    return replace(first_seen(a_cart_update(visitor_id, items=2)), **changes)


def a_nudge(cart: Cart, step: int = 1) -> Nudge:
    return Nudge(
        site_id=SITE,
        nudge_id=an_id(f"nudge {cart.cart_id} {step}"),
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=1,
        campaign_id="default",
        step=step,
        channels=("push", "sms"),
        due_at=at(30),
        not_after=at(60),
    )


def an_open_ask(number: int, site_id: UUID = SITE) -> Ask:
    return Ask(site_id, f"{number:032x}", an_id("nudge"), an_id("cart"), LAPTOP, "sms", "i1.p1.x", number)


def a_question_ask(number: int) -> QuestionAsk:
    return QuestionAsk(
        SITE, f"{number:032x}", an_id("consent"), LAPTOP, "sms", "i1.p1.x", number, ticked_at=at(1), not_after=at(2881)
    )


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


async def test_the_carts_that_were_there_at_a_tick_are_those_opened_by_then(stores: Database) -> None:
    carts = [a_cart(cart_id=an_id(f"cart {minute}"), opened_at=at(minute)) for minute in (0, 5, 10)]
    bought = a_cart(cart_id=an_id("bought"), opened_at=at(2), state=CartState.BOUGHT, closed_by=an_id("order"))
    async with stores.transaction() as store:
        await store.carts.put([*carts, bought, a_cart(PHONE)])
        found = await store.carts.opened_before(SITE, LAPTOP, at(5))

    assert {cart.cart_id for cart in found} == {carts[0].cart_id, carts[1].cart_id, bought.cart_id}


async def test_carts_are_found_by_what_they_are(stores: Database) -> None:
    open_cart, left = a_cart(), a_cart(PHONE, state=CartState.ABANDONED, abandoned_at=at(30), abandonment=1)
    gone = a_cart(TABLET, state=CartState.BOUGHT, closed_by=an_id("order"), abandoned_at=at(20), abandonment=2, total=None)
    async with stores.transaction() as store:
        await store.carts.put([open_cart, left])
        await store.carts.put([gone, replace(open_cart, version=9)])

    async with stores.transaction() as store:
        assert await store.carts.lock([(SITE, open_cart.cart_id), (SITE, an_id())]) == [replace(open_cart, version=9)]
        assert await store.carts.lock_abandoned([(SITE, LAPTOP), (SITE, PHONE), (OTHER_SITE, PHONE)]) == [left]
        living = await store.carts.lock_living(SITE, [LAPTOP, PHONE, TABLET])
        assert {cart.cart_id for cart in living} == {open_cart.cart_id, left.cart_id}
        around = (SITE, [LAPTOP, PHONE, TABLET], at(40))
        assert await store.carts.abandoned_before(*around, []) == [left.cart_id]
        assert await store.carts.abandoned_before(*around, [an_id("order")]) == [left.cart_id, gone.cart_id]


async def test_a_cart_keeps_what_all_its_snapshots_held(stores: Database) -> None:
    acted = a_cart_update(items=3, version=2, when=at(1)).model_copy(update={"acted_at": at(0.5)})
    emptied = a_cart_update(items=0, version=3, when=at(2))
    cart = after_reports(a_cart(), [acted, emptied])
    assert cart is not None
    async with stores.transaction() as store:
        await store.carts.put([cart])

    async with stores.transaction() as store:
        (found,) = await store.carts.lock([(SITE, cart.cart_id)])
        assert found.history == cart.history
        assert (found.history.acted_at, found.history.emptied_at) == (at(0.5), at(2))
        assert [product for product, _ in found.history.most] == ["w-0", "w-1", "w-2"]
        assert found.history.full == found.history.most
        await store.carts.erase(SITE, [LAPTOP])
        (gone,) = await store.carts.lock([(SITE, cart.cart_id)])
        assert gone.history == CartHistory()


async def test_a_cart_from_before_there_were_histories_has_had_what_it_has(pool: Pool) -> None:
    database = SqlDatabase(pool)
    async with database.transaction() as store:
        await store.carts.put([a_cart()])
    await pool.execute("UPDATE orders.carts SET history = NULL")

    async with database.transaction() as store:
        (found,) = await store.carts.lock([(SITE, a_cart().cart_id)])
    assert found == a_cart()


async def test_carts_and_reports_around_a_purchase_are_found(stores: Database) -> None:
    early, ended = a_cart(opened_at=at(-5)), a_cart(PHONE, opened_at=at(1), state=CartState.BOUGHT)
    emitted = an_order(when=at(5)).model_copy(update={"items": (CartItem(product_id="W-1", quantity=2),)})
    unreported = an_order(when=at(6))
    async with stores.transaction() as store:
        await store.carts.put([early, ended, a_cart(TABLET)])
        await store.reports.add([(emitted, an_id()), (unreported, an_id())])

    async with stores.transaction() as store:
        assert await store.carts.opened_since(SITE, [LAPTOP, PHONE], at(-5)) == [ended, early]
        assert await store.carts.opened_since(SITE, [LAPTOP, PHONE], at(0)) == [ended]
        assert await store.carts.opened_since(OTHER_SITE, [LAPTOP], at(-9)) == []
        assert await store.reports.items_of(SITE, [emitted.event_id, unreported.event_id, an_id()]) == {
            emitted.event_id: emitted.items
        }
        assert await store.reports.items_of(OTHER_SITE, [emitted.event_id]) == {}


async def test_erased_carts_name_nobody(stores: Database) -> None:
    living, gone = a_cart(), a_cart(PHONE, state=CartState.EXPIRED)
    async with stores.transaction() as store:
        await store.carts.put([living, gone])
        await store.carts.erase(SITE, [PHONE])

        found = await store.carts.lock([(SITE, living.cart_id), (SITE, gone.cart_id)])

    assert sorted(found, key=lambda cart: cart.visitor_id) == [replace(erased(gone), visitor_id=""), living]


async def test_nudges_keep_their_plan_and_change_their_state(stores: Database) -> None:
    cart = a_cart()
    first, second = a_nudge(cart), a_nudge(cart, 2)
    async with stores.transaction() as store:
        await store.nudges.put([second, first])
        assert await store.nudges.lock_planned([(SITE, cart.cart_id)]) == [first, second]
        await store.nudges.put([replace(first, state=NudgeState.GRANTED, granted_attempt="a" * 32)])
        await store.nudges.put([lapsed(second, Reason.TOO_LATE)])

    async with stores.transaction() as store:
        assert await store.nudges.lock_planned([(SITE, cart.cart_id)]) == []
        granted = await store.nudges.get(SITE, first.nudge_id)
        assert granted == replace(first, state=NudgeState.GRANTED, granted_attempt="a" * 32)
        assert await store.nudges.lock(SITE, second.nudge_id) == lapsed(second, Reason.TOO_LATE)
        assert await store.nudges.lock(OTHER_SITE, first.nudge_id) is None


async def test_a_timer_is_set_once_and_taken_only_as_it_was_seen(stores: Database) -> None:
    timer = Timer(SITE, TimerKind.ABANDON, an_id("cart"), at(30))
    async with stores.transaction() as store:
        await store.nudges.arm([timer, Timer(SITE, TimerKind.EXPIRE, an_id("cart"), at(50))])
        await store.nudges.arm([replace(timer, due_at=at(10))])

    assert await stores.due_timers(NOON, at(29), 10) == []
    assert await stores.due_timers(NOON, at(30), 10) == [timer]
    assert await stores.due_timers(at(30), at(30), 10) == []
    async with stores.transaction() as store:
        assert not await store.nudges.take(replace(timer, due_at=at(29)))
        assert await store.nudges.take(timer)
        await store.nudges.set_again(timer, at(45))
    assert await stores.due_timers(NOON, at(60), 1) == [replace(timer, due_at=at(45))]
    async with stores.transaction() as store:
        await store.nudges.set_again(timer, None)
    assert [found.kind for found in await stores.due_timers(NOON, at(60), 10)] == [TimerKind.EXPIRE]


async def test_evidence_only_grows_and_keeps_to_its_site(stores: Database) -> None:
    fence = Fence("email:a", an_id("report"), at(5), at(6), at(4))
    async with stores.transaction() as store:
        await store.evidence.add_sightings(
            [(SITE, Sighting(LAPTOP, "email:a", at(2))), (SITE, Sighting(PHONE, "email:a", at(3)))]
        )
        await store.evidence.add_sightings(
            [(SITE, Sighting(LAPTOP, "email:a", at(1))), (OTHER_SITE, Sighting(TABLET, "email:a", at(1)))]
        )
        await store.evidence.add_sightings(
            [(SITE, Sighting(PHONE, "phone:b", at(3))), (SITE, Sighting(TABLET, "phone:b", at(3)))]
        )
        await store.evidence.add_fences([(SITE, fence), (SITE, replace(fence, stands_until=at(8)))])
        await store.evidence.add_fences([(SITE, fence), (OTHER_SITE, Fence("email:a", an_id(), at(1), at(1), at(1)))])
        await store.evidence.see_visitors([VisitorSeen(SITE, PHONE, at(4), True), VisitorSeen(SITE, PHONE, at(3), False)])

    async with stores.transaction() as store:
        around = await store.evidence.neighbourhood(SITE, LAPTOP)
        assert set(around.sightings) == {
            Sighting(LAPTOP, "email:a", at(1)),
            Sighting(PHONE, "email:a", at(3)),
            Sighting(PHONE, "phone:b", at(3)),
        }
        assert around.fences == (replace(fence, stands_until=at(8)),)
        assert (around.back_office_visitors, around.complete) == (frozenset({PHONE}), True)
        assert await store.evidence.last_active(SITE, PHONE) == at(4)
        assert await store.evidence.last_active(SITE, LAPTOP) is None
        assert await store.evidence.visitors_around(SITE, [LAPTOP], []) == sorted([LAPTOP, PHONE])
        assert await store.evidence.visitors_around(SITE, [], ["phone:b"]) == sorted([LAPTOP, PHONE, TABLET])
        assert await store.evidence.keys_of(SITE, PHONE) == ["email:a", "phone:b"]
        await store.erasures.forget_reported(SITE, Subject(frozenset({PHONE})))
        assert await store.evidence.visitors_naming(SITE, ["email:a", "phone:b"]) == sorted([LAPTOP, TABLET])


async def test_the_last_withdrawals_and_confirmations_of_a_binding_are_found(stores: Database) -> None:
    no = Withdrawal(SITE, "sms", "i1.p1.a", an_id(), at(1), Reason.CONTACT_INVALID, from_shop=False)
    browser = Withdrawal(SITE, "push", visitor_key(LAPTOP), an_id(), at(1))
    tick = an_id("tick")
    yes = Confirmation(SITE, "sms", "i1.p1.a", LAPTOP, an_id(), at(2), tick)
    async with stores.transaction() as store:
        await store.evidence.add_opt_ins([(SITE, tick), (SITE, tick)])
        await store.evidence.add_withdrawals([no, browser, no])
        await store.evidence.add_confirmations([yes, yes, replace(yes, confirmed_at=at(9))])
        noes, yeses = await store.evidence.consent_history(SITE, "sms", "i1.p1.a", LAPTOP)
        others = await store.evidence.consent_history(SITE, "sms", "i1.p1.a", PHONE)
        pushed, _ = await store.evidence.consent_history(SITE, "push", "i1.p1.b", LAPTOP)
        ticked = await store.evidence.opt_in_position(SITE, tick)
        unknown = await store.evidence.opt_in_position(SITE, an_id("other"))

    assert [replace(each, position=0) for each in noes] == [no]
    assert [replace(each, position=0, consent_position=None) for each in yeses] == [yes]
    assert [replace(each, position=0) for each in pushed] == [browser]
    assert (others[0], others[1], unknown) == (noes, [], None)
    assert ticked is not None
    assert yeses[0].consent_position == ticked < noes[0].position < pushed[0].position < yeses[0].position
    async with stores.transaction() as store:
        assert await store.evidence.visitors_confirming(SITE, ["i1.p1.a", "i1.p1.b"]) == [LAPTOP]
        assert await store.evidence.visitors_confirming(OTHER_SITE, ["i1.p1.a"]) == []


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


async def test_of_settings_pauses_and_sources_the_newest_event_counts(stores: Database) -> None:
    async with stores.transaction() as store:
        assert await store.sites.get(SITE) is None
        await store.sites.put(a_site(revision=3))
        await store.sites.put(a_site(revision=2))
        await store.sites.put_pause(SITE, paused=False, cause=an_id("resumed"), now=at(2))
        await store.sites.put_pause(SITE, paused=True, cause=an_id("paused"), now=at(1))  # received later, by a slower clock
        await store.sites.put_source_sync(SITE, "nexternal", at(5))
        await store.sites.put_source_sync(SITE, "nexternal", at(4))

    async with stores.transaction() as store:
        site = await store.sites.get(SITE)
        assert site is not None
        assert site.revision == 3
        assert await store.sites.is_paused(SITE)
        assert not await store.sites.is_paused(OTHER_SITE)
        assert await store.sites.source_fresh_through(SITE) == at(5)
        assert await store.sites.source_fresh_through(OTHER_SITE) is None
        await store.sites.put_pause(SITE, paused=False, cause=an_id("resumed"), now=at(3))
        assert await store.sites.is_paused(SITE)  # what was applied before changes nothing
        await store.sites.put_pause(SITE, paused=False, cause=an_id("resumed again"), now=at(3))
        assert not await store.sites.is_paused(SITE)
        await store.sites.put_pause(UUID(int=0), paused=True, cause=an_id("stop"), now=at(3))
        assert await store.sites.is_paused(OTHER_SITE)
        assert not await store.sites.is_held(SITE)


async def test_an_arm_holds_for_thirty_days(stores: Database) -> None:
    async with stores.transaction() as store:
        assert await store.sites.control_arm(ACCOUNT, "i1.p1.a", drawn=True, now=NOON)
        later = NOON + timedelta(days=29)
        assert await store.sites.control_arm(ACCOUNT, "i1.p1.a", drawn=False, now=later)
        assert not await store.sites.control_arm(ACCOUNT, "i1.p1.a", drawn=False, now=NOON + timedelta(days=30))
        await store.sites.suppress(ACCOUNT, "i1.p1.a")
        await store.sites.suppress(ACCOUNT, "i1.p1.a")
        assert await store.sites.is_suppressed(ACCOUNT, "i1.p1.a")
        assert not await store.sites.is_suppressed(SITE, "i1.p1.a")


async def test_reports_and_links_are_kept_once_and_found_by_whom_they_name(stores: Database) -> None:
    first = an_order(visitor(LAPTOP), email("anna"), when=at(5))
    second = an_order(email("anna"), when=at(6), verified=True)
    sent = Sent(an_id("nudge"), an_id("cart"), at(1), None)
    async with stores.transaction() as store:
        await store.evidence.add_fences([(SITE, fence) for order in (first, second) for fence in fences_of(order)])
        key = order_key_of(first)
        assert await store.reports.add([(first, key), (first, key)]) == {first.event_id}
        assert await store.reports.add([(first, key), (second, key)]) == {second.event_id}
        await store.reports.add_accepted(SITE, "a" * 32, "l" * 32, sent)
        for moment in (at(2), at(2), at(3)):
            await store.reports.add_followed(SITE, "l" * 32, PHONE, moment)

    async with stores.transaction() as store:
        assert await store.reports.of_order(SITE, key) == [first, second]
        assert await store.reports.orders_near(SITE, [visitor_key(LAPTOP)], at(4), at(5)) == [key]
        assert await store.reports.orders_near(SITE, [visitor_key(LAPTOP)], at(6), at(9)) == []
        followed = {replace(sent, followed_at=at(2)), replace(sent, followed_at=at(3))}
        assert set(await store.reports.sent_to(SITE, [LAPTOP], [sent.cart_id])) == {sent, *followed}
        assert set(await store.reports.sent_to(SITE, [PHONE], [])) == followed
        assert await store.reports.sent_to(SITE, [LAPTOP], []) == []
        await store.erasures.forget_reported(SITE, Subject(frozenset({PHONE, LAPTOP})))
        assert await store.reports.of_order(SITE, key) == [second]
        assert await store.reports.sent_to(SITE, [PHONE], []) == []


async def test_a_transaction_that_fails_leaves_nothing(stores: Database) -> None:
    async def fail() -> None:
        async with stores.transaction() as store:
            await store.carts.put([a_cart()])
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        await fail()

    async with stores.transaction() as store:
        assert await store.carts.lock_living(SITE, [LAPTOP]) == []
