"""The opt-in question is a message: whoever has bought since the tick, by whatever key, is not asked."""

from datetime import timedelta
from itertools import permutations

import pytest

from shared.events.envelope import Channel, Identity, IdentityKind, Origin
from shared.events.merchant import ContactSuppressed, SendingPaused, SendingResumed
from shared.events.message import ShopperOptedOut
from shared.events.nudge import NudgeEvent, QuestionCancelled, QuestionGranted, QuestionPostponed, QuestionWithheld
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured, SiteMode
from shared.events.storefront import ConsentGiven, ConsentWithdrawn, OrderReported, SourceSynced, StorefrontEvent
from tests.support.builders.orders import (
    ACCOUNT,
    CLERK,
    LAPTOP,
    SITE,
    TABLET,
    a_cart_update,
    a_question,
    a_site,
    a_tick,
    a_visit,
    an_id,
    an_identification,
    an_order,
    at,
    email,
    number_of,
    visitor,
)
from tests.support.memory.orders_rig import Rig

ANSWERS = QuestionGranted | QuestionWithheld | QuestionPostponed | QuestionCancelled
ANNAS_NUMBER = Identity(kind=IdentityKind.PHONE, index=number_of("anna").index)


async def a_shop(site: SiteConfigured | None = None) -> Rig:
    """A live shop at a quarter past noon."""
    rig = Rig()
    await rig.configure(site or a_site())
    rig.clock.wall = at(15)
    return rig


async def a_tick_at(rig: Rig, minutes: float = 10, visitor_id: str = LAPTOP) -> ConsentGiven:
    """A shopper ticks the box."""
    tick = a_tick(visitor_id, at(minutes))
    await rig.storefront(tick)
    return tick


async def asked(rig: Rig, tick: ConsentGiven, number: int = 1) -> Reason | str:
    """Ask once more for the question, and return the reason, or that it was granted."""
    answer = await answer_to(rig, tick, number)
    return "granted" if isinstance(answer, QuestionGranted) else answer.reason


async def answer_to(rig: Rig, tick: ConsentGiven, number: int = 1) -> ANSWERS:
    """The one answer that the next ask gets."""
    await rig.messages(a_question(tick, rig.clock.wall, number=number))
    before = len(rig.database.emitted)
    await rig.grant()
    (emitted,) = [event for event in rig.database.emitted[before:] if isinstance(event, NudgeEvent)]
    assert isinstance(emitted, ANSWERS)
    assert (emitted.consent_event_id, emitted.visitor_id) == (tick.event_id, tick.visitor_id)
    return emitted


async def test_who_has_ticked_and_not_bought_may_be_asked() -> None:
    rig = await a_shop()
    await rig.storefront(a_cart_update(when=at(5)))

    assert await asked(rig, await a_tick_at(rig)) == "granted"


LINKED = [
    an_order(visitor(LAPTOP), when=at(12)),
    an_order(ANNAS_NUMBER, when=at(12)),
    an_order(email("anna"), when=at(12), origin=Origin.BACK_OFFICE),
    an_order(visitor(TABLET), when=at(12)),
]


@pytest.mark.parametrize("order", LINKED, ids=["browser", "phone", "back office", "other browser"])
async def test_an_order_by_any_linked_key_since_the_tick_ends_the_question(order: OrderReported) -> None:
    rig = await a_shop()
    await rig.storefront(an_identification(LAPTOP, email("anna")), an_identification(TABLET, email("anna")))
    tick = await a_tick_at(rig)
    rig.log.records.append(order)  # acknowledged, and nobody has applied it

    assert await asked(rig, tick) == Reason.BOUGHT


@pytest.mark.parametrize("order", list(permutations(range(5))), ids=str)
async def test_in_whatever_order_the_reports_come_the_answer_is_the_same(order: tuple[int, ...]) -> None:
    tick = a_tick(LAPTOP, at(10))
    events: list[StorefrontEvent] = [
        a_cart_update(when=at(5)),
        tick,
        an_identification(TABLET, ANNAS_NUMBER, at(11)),
        an_identification(TABLET, email("anna"), at(11)),
        an_order(email("anna"), when=at(12), origin=Origin.BACK_OFFICE),
    ]
    rig = await a_shop()
    for number in order:
        await rig.storefront(events[number])
    await rig.storefront(events[order[0]])  # twice

    assert await asked(rig, tick) == Reason.BOUGHT


async def test_a_tick_in_the_evening_and_a_call_to_the_shop_ask_nobody_in_the_morning() -> None:
    rig = await a_shop()
    await rig.storefront(a_cart_update(when=at(5)), an_identification(LAPTOP, email("anna"), at(9)))
    tick = await a_tick_at(rig)
    await rig.storefront(an_order(email("anna"), when=at(90), origin=Origin.BACK_OFFICE))
    rig.clock.wall = at(13 * 60)

    assert await asked(rig, tick) == Reason.BOUGHT


async def test_an_order_before_the_tick_of_another_cart_is_no_reason() -> None:
    rig = await a_shop()
    await rig.storefront(a_cart_update(when=at(-60)), an_order(visitor(LAPTOP), when=at(-30)))
    await rig.storefront(a_cart_update(when=at(5), seq=2))

    assert await asked(rig, await a_tick_at(rig)) == "granted"


async def test_a_tick_on_the_page_that_thanks_for_the_order_asks_nobody() -> None:
    """The report is dated before the tick; the cart in which the box was ticked is bought."""
    rig = await a_shop()
    await rig.storefront(a_cart_update(when=at(5)), an_order(visitor(LAPTOP), when=at(9)))

    assert await asked(rig, await a_tick_at(rig)) == Reason.BOUGHT


async def test_a_tick_long_after_an_order_is_a_new_one() -> None:
    rig = await a_shop()
    await rig.storefront(a_cart_update(when=at(-2000)), an_order(visitor(LAPTOP), when=at(-1990)))

    assert await asked(rig, await a_tick_at(rig)) == "granted"


async def test_a_final_answer_is_repeated_to_a_later_ask() -> None:
    rig = await a_shop(a_site(mode=SiteMode.OBSERVE))
    tick = await a_tick_at(rig)
    assert await asked(rig, tick) == Reason.OBSERVING
    await rig.configure(a_site(revision=2))

    assert await asked(rig, tick, 2) == Reason.OBSERVING
    assert await asked(rig, await a_tick_at(rig, 11)) == "granted"


async def test_without_the_markers_row_the_question_has_no_answer() -> None:
    rig = await a_shop()
    tick = await a_tick_at(rig)
    await rig.messages(a_question(tick, at(15)))
    rig.log.refuses = True
    await rig.grant()
    rig.log.refuses = False

    assert rig.emitted(QuestionGranted) == []
    assert await asked(rig, tick, 2) == "granted"


async def test_an_older_attempt_at_the_question_is_dropped() -> None:
    rig = await a_shop()
    tick = await a_tick_at(rig)
    await rig.messages(a_question(tick, at(15), number=2), a_question(tick, at(15), number=1))

    await rig.grant()

    emitted = [event.attempt_id for event in rig.emitted(QuestionGranted) if isinstance(event, QuestionGranted)]
    assert emitted == [a_question(tick, at(15), number=2).attempt_id]


async def test_test_mode_asks_the_merchants_own_phones_alone() -> None:
    own = await a_shop(a_site(mode=SiteMode.TEST, test_recipients=(number_of("anna").index,)))
    other = await a_shop(a_site(mode=SiteMode.TEST))

    assert [await asked(rig, await a_tick_at(rig)) for rig in (own, other)] == ["granted", Reason.TEST_MODE]


async def test_a_pause_and_a_hold_postpone_the_question() -> None:
    paused, held = await a_shop(), await a_shop()
    common = {"site_id": SITE, "received_at": at(15)}
    await paused.merchant(SendingPaused(event_id=an_id(), occurred_at=at(14), **common))
    held.database.tables.held.add(SITE)

    answers = [await answer_to(rig, await a_tick_at(rig)) for rig in (paused, held)]

    assert [(type(each), getattr(each, "reason", None)) for each in answers] == [
        (QuestionPostponed, Reason.PAUSED),
        (QuestionPostponed, Reason.ON_HOLD),
    ]


async def test_after_a_pause_a_polled_source_must_have_reported_the_pause_too() -> None:
    rig = await a_shop(a_site(has_order_source=True))
    synced = {"site_id": SITE, "occurred_at": at(15), "received_at": at(15), "source": "nexternal"}
    common = {"site_id": SITE, "received_at": at(15)}
    await rig.merchant(SendingPaused(event_id=an_id(), occurred_at=at(14), **common))
    tick = await a_tick_at(rig)
    assert await asked(rig, tick) == Reason.PAUSED
    await rig.storefront(SourceSynced(event_id=an_id(), synced_through=at(16), **synced))
    rig.clock.wall = at(300)
    assert await asked(rig, tick, 2) == Reason.PAUSED
    await rig.merchant(SendingResumed(event_id=an_id(), occurred_at=at(301), **common))
    rig.clock.wall = at(302)

    assert await asked(rig, tick, 3) == Reason.SOURCE_STALE
    await rig.storefront(SourceSynced(event_id=an_id(), synced_through=at(302), **synced))
    assert await asked(rig, tick, 4) == "granted"


async def test_a_no_since_the_tick_ends_the_question_and_an_older_one_does_not() -> None:
    common = {"site_id": SITE, "received_at": at(15), "recipient": number_of("anna"), "channel": Channel.SMS}
    unticked, stopped, older, listed = [await a_shop() for _ in range(4)]
    await older.storefront(ConsentWithdrawn(event_id=an_id(), occurred_at=at(19), visitor_id=LAPTOP, **common))
    suppressed = {"site_id": SITE, "occurred_at": at(1), "received_at": at(1), "recipient": number_of("anna")}
    await listed.merchant(ContactSuppressed(event_id=an_id(), account_id=ACCOUNT, **suppressed))

    ticks = [await a_tick_at(rig) for rig in (unticked, stopped, older, listed)]
    await unticked.storefront(ConsentWithdrawn(event_id=an_id(), occurred_at=at(1), visitor_id=LAPTOP, **common))
    await stopped.messages(ShopperOptedOut(event_id=an_id(), occurred_at=at(2), by="reply", **common))
    answers = [await asked(rig, tick) for rig, tick in zip((unticked, stopped, older, listed), ticks, strict=True)]

    assert answers == [Reason.WITHDRAWN, Reason.WITHDRAWN, "granted", Reason.SUPPRESSED]


async def test_a_clerks_browser_is_not_asked() -> None:
    rig = await a_shop()
    await rig.storefront(a_visit(CLERK, at(1), Origin.BACK_OFFICE))

    assert await asked(rig, await a_tick_at(rig, visitor_id=CLERK)) == Reason.BACK_OFFICE_BROWSER


async def test_after_its_48_hours_the_question_is_too_late() -> None:
    rig = await a_shop()
    tick = await a_tick_at(rig)
    rig.clock.wall = at(10 + 48 * 60) + timedelta(seconds=1)

    assert await asked(rig, tick) == Reason.TOO_LATE


async def test_nobody_is_asked_before_the_settings_are_read() -> None:
    rig = Rig()
    rig.clock.wall = at(15)

    assert await asked(rig, await a_tick_at(rig)) == Reason.SETTINGS_UNREAD


async def test_nobody_is_drawn_into_the_control_group_by_a_question() -> None:
    rig = await a_shop(a_site(control_share=0.5))
    rig.database.tables.arms[ACCOUNT, number_of("anna").index] = (at(-60), True)

    assert await asked(rig, await a_tick_at(rig)) == "granted"
