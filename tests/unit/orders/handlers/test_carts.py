"""Carts, from filled to ended: whatever the order in which their shoppers' beacons arrive."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders.handlers.shopping import FIRST_EVALUATION
from services.orders.rules.carts import CartState
from services.orders.rules.evidence import find_silence
from services.orders.rules.timers import TimerKind
from shared.events.cart import CartAbandoned, CartClosed, CartOutcome, CartResumed
from shared.events.envelope import Channel, Origin
from shared.events.nudge import NudgeCancelled, NudgeDue, NudgeLapsed
from shared.events.reasons import Reason
from shared.events.storefront import StorefrontEvent, Witness
from tests.support.builders.orders import (
    CLERK,
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    a_cart_update,
    a_site,
    a_visit,
    an_identification,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders_rig import Rig, an_abandoned_cart

WORLD: list[StorefrontEvent] = [
    a_cart_update(LAPTOP, at(0), version=1),
    a_cart_update(LAPTOP, at(3), version=3, items=3),
    a_cart_update(LAPTOP, at(2), version=2, items=2),
    a_cart_update(PHONE, at(1), version=1),
    a_cart_update(PHONE, at(4), version=4, items=0),
    a_cart_update(PHONE, at(5), version=5, items=2),
    a_cart_update(TABLET, at(8), version=1),
    a_cart_update(TABLET, at(9), version=2, items=0),
    a_cart_update(CLERK, at(2), version=1),
    a_visit(CLERK, at(1), Origin.BACK_OFFICE),
    an_identification(LAPTOP, email("anna"), at(1)),
    an_identification(PHONE, email("anna"), at(2)),
    an_identification(PHONE, email("ben"), at(2)),
    an_identification(CLERK, email("carl"), at(3)),
    an_order(email("ben"), when=at(6), witness=Witness.SERVER, name="ben's order"),
    an_order(visitor(CLERK), email("carl"), when=at(7), origin=Origin.BACK_OFFICE, order_id=None, name="carl's order"),
    an_order(visitor(TABLET), when=at(-90), until=at(8), order_id="1003", name="an order by a slow clock"),
    an_order(email("anna"), when=at(-90), until=at(-80), origin=Origin.IMPORT, order_id="900", name="an import"),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(range(len(WORLD))), max_size=12), st.permutations(range(len(WORLD))), st.integers(1, 16))
async def test_any_order_and_any_repetition_of_the_same_reports_decides_the_same(
    repeated: list[int], order: list[int], size: int
) -> None:
    rig, straight = Rig(), Rig()
    await straight.storefront(*WORLD)

    arriving = [WORLD[index] for index in order + repeated]
    for start in range(0, len(arriving), size):
        await rig.storefront(*arriving[start : start + size])

    assert await decisions(rig) == await decisions(straight)


async def decisions(rig: Rig) -> object:
    """All that a grant depends on, for every cart."""
    found = []
    async with rig.database.transaction() as store:
        for _, cart in sorted(rig.database.tables.carts.items()):
            around = await store.evidence.neighbourhood(SITE, cart.visitor_id)
            silence = find_silence(cart.opened_at, around)
            bought = cart.state in (CartState.BOUGHT, CartState.BOUGHT_UNCERTAIN)
            contents = None if bought or silence is not None else (cart.version, cart.items, cart.state)
            found.append((cart.cart_id, cart.opened_at, silence, contents))
    tables = rig.database.tables
    return found, tables.sightings, tables.fences, tables.visitors, set(tables.reports)


async def test_an_abandoned_cart_is_emitted_with_its_steps() -> None:
    rig = await an_abandoned_cart(a_site(delays=(0, 3600)))

    emitted = [event for event in rig.emitted(CartAbandoned) if isinstance(event, CartAbandoned)]
    assert [(event.abandonment, event.abandoned_at) for event in emitted] == [(1, at(30))]
    assert [(planned.step, planned.due_at) for planned in emitted[0].planned] == [(1, at(30)), (2, at(90))]
    assert len(rig.emitted(NudgeDue)) == 1


async def test_an_abandoned_cart_names_the_reader_of_its_newest_snapshot() -> None:
    first, newest = a_cart_update(when=at(0)), a_cart_update(when=at(1), version=2, name="newest", items=2)
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(newest.model_copy(update={"reader": "shopify"}), first.model_copy(update={"reader": "data layer"}))

    await rig.pass_time(at(40))

    assert [event.reader for event in rig.emitted(CartAbandoned) if isinstance(event, CartAbandoned)] == ["shopify"]


@pytest.mark.parametrize("origin", [Origin.STOREFRONT, Origin.UNKNOWN], ids=["page", "step of a sandboxed checkout"])
async def test_a_visit_puts_the_abandonment_off(origin: Origin) -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(20))
    await rig.storefront(a_visit(LAPTOP, at(20), origin))

    await rig.pass_time(at(49))
    assert rig.emitted(CartAbandoned) == []
    await rig.pass_time(at(51))
    assert len(rig.emitted(CartAbandoned)) == 1


async def test_who_comes_back_and_leaves_again_abandons_a_second_time() -> None:
    rig = await an_abandoned_cart(a_site(delays=(0, 3600)))
    await rig.storefront(a_visit(LAPTOP, at(40)))

    assert len(rig.emitted(CartResumed)) == 1
    assert [(e.step, e.reason) for e in rig.emitted(NudgeCancelled) if isinstance(e, NudgeCancelled)] == [
        (2, Reason.SHOPPER_RETURNED)
    ]
    await rig.pass_time(at(75))
    assert [e.abandonment for e in rig.emitted(CartAbandoned) if isinstance(e, CartAbandoned)] == [1, 2]
    assert len({event.nudge_id for event in rig.emitted(NudgeDue) if isinstance(event, NudgeDue)}) == 2


async def test_an_order_closes_the_cart_and_cancels_only_steps_not_yet_due() -> None:
    rig = await an_abandoned_cart(a_site(delays=(0, 3600)))
    order = an_order(visitor(LAPTOP), when=at(35))
    await rig.storefront(order, order)

    closed = [event for event in rig.emitted(CartClosed) if isinstance(event, CartClosed)]
    assert [(event.outcome, event.order_event_id) for event in closed] == [(CartOutcome.BOUGHT, order.event_id)]
    assert [(e.step, e.reason) for e in rig.emitted(NudgeCancelled) if isinstance(e, NudgeCancelled)] == [(2, Reason.BOUGHT)]


async def test_an_order_that_came_before_its_cart_closes_it_in_silence() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(an_order(visitor(LAPTOP), when=at(5)))
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(60))

    assert rig.emitted(CartAbandoned) == []
    assert [event.outcome for event in rig.emitted(CartClosed) if isinstance(event, CartClosed)] == [CartOutcome.BOUGHT]


async def test_an_emptied_cart_ends_and_a_later_version_fills_it_again() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(version=1))
    await rig.storefront(a_cart_update(when=at(1), version=2, items=0))
    await rig.storefront(a_cart_update(when=at(2), version=3))
    await rig.pass_time(at(40))

    assert [event.outcome for event in rig.emitted(CartClosed) if isinstance(event, CartClosed)] == [CartOutcome.EMPTIED]
    assert len(rig.emitted(CartAbandoned)) == 1


async def test_a_cart_whose_lines_nobody_could_read_is_not_emptied_and_is_reminded_of() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(version=1))
    await rig.storefront(a_cart_update(when=at(1), version=2, items=0).model_copy(update={"unread_lines": 3}))
    await rig.pass_time(at(40))

    (abandoned,) = rig.emitted(CartAbandoned)
    (due, *_) = rig.emitted(NudgeDue)
    assert rig.emitted(CartClosed) == []
    assert isinstance(abandoned, CartAbandoned)
    assert isinstance(due, NudgeDue)
    assert (abandoned.items, abandoned.unread_lines, due.cart.item_count) == ((), 3, 3)


async def test_a_message_counts_the_items_that_it_does_not_list() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(items=12).model_copy(update={"unread_lines": 1}))
    await rig.pass_time(at(40))

    (due, *_) = rig.emitted(NudgeDue)
    assert isinstance(due, NudgeDue)
    assert (len(due.cart.items), due.cart.item_count) == (10, sum(range(1, 13)) + 1)


async def test_a_forgotten_cart_expires_thirty_days_after_its_shopper() -> None:
    rig = Rig()
    await rig.configure(a_site(delays=()))
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(60))
    await rig.storefront(a_visit(LAPTOP, NOON + timedelta(days=10)))

    await rig.pass_time(NOON + timedelta(days=39))
    assert rig.emitted(CartClosed) == []
    await rig.pass_time(NOON + timedelta(days=41))
    assert [event.outcome for event in rig.emitted(CartClosed) if isinstance(event, CartClosed)] == [CartOutcome.EXPIRED]


async def test_after_an_outage_the_legal_time_has_passed_as_well() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update())
    rig.clock.wall = NOON + timedelta(hours=60)
    await rig.pass_time(NOON + timedelta(hours=61))

    assert rig.emitted(NudgeDue) == []
    assert [event.reason for event in rig.emitted(NudgeLapsed) if isinstance(event, NudgeLapsed)] == [Reason.TOO_LATE]


async def test_a_late_step_keeps_the_channels_that_may_still_be_used() -> None:
    rig = await an_abandoned_cart(a_site(delays=(72 * 3600,), channels=(Channel.PUSH, Channel.SMS)))
    await rig.pass_time(NOON + timedelta(hours=73))

    assert rig.due().channels == (Channel.PUSH,)
    assert rig.due().not_after == at(30) + timedelta(hours=120)


async def test_every_open_cart_is_watched() -> None:
    rig = Rig()
    await rig.storefront(a_cart_update(), a_cart_update(PHONE, at(1)))

    watched = {(kind, subject): due for (_, kind, subject), due in rig.database.tables.timers.items()}
    carts = rig.database.tables.carts.values()
    assert {(kind, cart.cart_id) for kind in (TimerKind.ABANDON, TimerKind.EXPIRE) for cart in carts} == set(watched)
    assert {watched[TimerKind.ABANDON, cart.cart_id] for cart in carts} == {NOON + FIRST_EVALUATION, at(1) + FIRST_EVALUATION}
