"""What a store promises, held by the one in PostgreSQL and by the one in memory alike."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.orders.rules.cart_history import CartHistory
from services.orders.rules.carts import CartState, after_reports, erased
from services.orders.rules.nudges import NudgeState, lapsed
from services.orders.rules.timers import Timer, TimerKind
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
)
from tests.support.builders.stored_orders import OTHER_SITE, a_cart, a_nudge


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
    emptied = a_cart_update(items=0, version=3, when=at(2)).model_copy(update={"reader": "data layer"})
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


async def test_due_timers_are_given_in_turn_of_their_sites(stores: Database) -> None:
    of_one = [Timer(SITE, TimerKind.ABANDON, an_id(), at(minute)) for minute in range(3)]
    others = [Timer(OTHER_SITE, kind, an_id(), at(minute)) for kind, minute in ((TimerKind.EXPIRE, 5), (TimerKind.ABANDON, 90))]
    async with stores.transaction() as store:
        await store.nudges.arm([*of_one, *others])

    assert await stores.due_timers_in_turn(at(60), 10) == [of_one[0], others[0], of_one[1], of_one[2]]
    assert await stores.due_timers_in_turn(at(60), 2) == [of_one[0], others[0]]
    assert await stores.due_timers_in_turn(at(-1), 2) == []


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


async def test_a_transaction_that_fails_leaves_nothing(stores: Database) -> None:
    async def fail() -> None:
        async with stores.transaction() as store:
            await store.carts.put([a_cart()])
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        await fail()

    async with stores.transaction() as store:
        assert await store.carts.lock_living(SITE, [LAPTOP]) == []
