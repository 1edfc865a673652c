"""The loop over due timers: one that cannot be evaluated stops no other, and is evaluated again."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import ValidationError

from services.orders.rules.carts import CartState, first_seen
from services.orders.rules.timers import Timer, TimerKind
from services.orders.timers import BATCH, FAILED_RETRY, fire
from shared.events.cart import CartAbandoned
from shared.events.settings import LONGEST_SECONDS, CampaignStep, SiteConfigured
from tests.support.builders.orders import NOON, SITE, a_cart_update, a_site, an_id, at
from tests.support.memory.orders import MemoryDatabase
from tests.support.memory.orders_rig import Rig

OTHER_SITE = UUID("0198f0aa-0000-7000-8000-000000000002")
BEYOND_THE_CALENDAR = 10**12


class OverflowPasses(MemoryDatabase):
    """A database for which what goes wrong here is its own being away."""

    def passes(self, error: BaseException) -> bool:
        return isinstance(error, OverflowError)


async def two_shops_one_of_which_waits_beyond_the_calendar(database: MemoryDatabase | None = None) -> Rig:
    """The bounds of the event keep such a wait out; this one stands in the table all the same."""
    rig = Rig(database)
    await rig.configure(a_site())
    await rig.configure(a_site().model_copy(update={"site_id": OTHER_SITE, "abandoned_after_seconds": BEYOND_THE_CALENDAR}))
    await rig.storefront(a_cart_update(), a_cart_update().model_copy(update={"site_id": OTHER_SITE}))
    return rig


def sites_reminded(rig: Rig) -> list[UUID]:
    """The sites whose carts were emitted as abandoned."""
    return [event.site_id for event in rig.emitted(CartAbandoned)]


async def test_a_cart_that_cannot_be_evaluated_stops_no_other_shops_cart() -> None:
    rig = await two_shops_one_of_which_waits_beyond_the_calendar()

    await rig.pass_time(at(31))

    assert sites_reminded(rig) == [SITE]
    failures = rig.registry.get_sample_value("beckon_timer_failures_total", {"kind": "abandon"})
    assert failures is not None
    assert 1 <= failures <= 32, "once each FAILED_RETRY, not at each run"


async def test_a_cart_that_could_not_be_evaluated_is_evaluated_again() -> None:
    rig = await two_shops_one_of_which_waits_beyond_the_calendar()
    await rig.pass_time(at(31))
    await rig.configure(a_site(revision=2).model_copy(update={"site_id": OTHER_SITE}))

    await rig.pass_time(at(31) + FAILED_RETRY)

    assert sites_reminded(rig) == [SITE, OTHER_SITE]


async def test_what_every_timer_would_meet_is_not_put_off() -> None:
    rig = await two_shops_one_of_which_waits_beyond_the_calendar(OverflowPasses())

    with pytest.raises(OverflowError):
        await rig.pass_time(at(31))


async def test_timers_of_a_flooded_shop_delay_no_other_shops() -> None:
    rig = Rig()
    flood = [Timer(SITE, TimerKind.ABANDON, an_id(), at(-1)) for _ in range(2 * BATCH)]
    others = Timer(OTHER_SITE, TimerKind.ABANDON, an_id(), NOON)
    async with rig.database.transaction() as store:
        await store.nudges.arm([*flood, others])

    assert await rig.timers.run_once() == BATCH
    assert {key[0] for key in rig.database.tables.timers} == {SITE}

    while await rig.timers.run_once():
        pass
    assert rig.database.tables.timers == {}


@pytest.mark.parametrize("seconds", [LONGEST_SECONDS + 1, BEYOND_THE_CALENDAR])
def test_no_shop_can_ask_for_a_wait_beyond_thirty_days(seconds: int) -> None:
    whole = a_site().model_dump()
    step = {"delay_seconds": seconds, "channel_order": ["sms"], "template": "{link}"}

    with pytest.raises(ValidationError, match="abandoned_after_seconds"):
        SiteConfigured.model_validate(whole | {"abandoned_after_seconds": seconds})
    with pytest.raises(ValidationError, match="delay_seconds"):
        CampaignStep.model_validate(step)


async def test_a_cart_that_is_kept_busy_for_ninety_days_expires_all_the_same() -> None:
    database, late = MemoryDatabase(), NOON + timedelta(days=89)
    cart = replace(first_seen(a_cart_update()), last_active_at=late)
    timer = Timer(SITE, TimerKind.EXPIRE, cart.cart_id, NOON)
    async with database.transaction() as store:
        await store.carts.put([cart])
        again = await fire(timer, store, late)
        await fire(timer, store, NOON + timedelta(days=90))

        (left,) = await store.carts.lock([(SITE, cart.cart_id)])
    assert again == NOON + timedelta(days=90)
    assert left.state is CartState.EXPIRED


async def test_the_moment_up_to_which_timers_fired_is_the_oldest_that_was_due_then_now() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update())
    due_at = min(rig.database.tables.timers.values())
    rig.clock.wall = due_at + timedelta(minutes=5)
    moments = []

    for _ in range(2):
        await rig.timers.run_once()
        moments.append(rig.registry.get_sample_value("beckon_timer_fired_up_to_timestamp_seconds"))

    assert moments == [due_at.timestamp(), rig.clock.wall.timestamp()]
