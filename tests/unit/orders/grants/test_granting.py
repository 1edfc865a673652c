"""The whole way of a nudge: abandoned, due, asked for behind a barrier, answered, ended."""

from datetime import timedelta

import pytest

from shared.events.envelope import Channel, Origin
from shared.events.merchant import NO_SITE, ContactErased, ContactSuppressed, SendingPaused, SendingResumed
from shared.events.message import (
    ContactConfirmed,
    ContactInvalid,
    ShopperOptedOut,
)
from shared.events.nudge import (
    NudgeCancelled,
    NudgeDue,
    NudgeGranted,
)
from shared.events.reasons import Reason
from shared.events.settings import SiteMode
from shared.events.storefront import ConsentWithdrawn, SourceSynced
from tests.support.builders.orders import (
    ACCOUNT,
    LAPTOP,
    PHONE,
    SITE,
    a_cart_update,
    a_site,
    a_visit,
    an_ask,
    an_id,
    an_identification,
    an_order,
    at,
    email,
    number_of,
    visitor,
)
from tests.support.memory.orders_rig import Rig, an_abandoned_cart, answer_to


async def test_a_cart_that_nobody_bought_is_granted() -> None:
    rig = await an_abandoned_cart()

    assert await answer_to(rig) == "granted"


async def test_an_order_acknowledged_before_the_marker_is_always_seen() -> None:
    rig = await an_abandoned_cart()
    rig.log.records.append(an_order(visitor(LAPTOP), when=at(20)))  # on the log, and nobody has applied it

    assert await answer_to(rig) == Reason.BOUGHT


async def test_without_the_markers_row_there_is_no_answer() -> None:
    rig = await an_abandoned_cart()
    await rig.messages(an_ask(rig.due()))
    rig.log.refuses = True

    await rig.grant()

    assert rig.emitted(NudgeGranted) == []
    rig.log.refuses = False
    assert await answer_to(rig, number=2) == "granted"


async def test_an_ask_older_than_the_newest_is_dropped() -> None:
    rig = await an_abandoned_cart()
    await rig.messages(an_ask(rig.due(), number=2), an_ask(rig.due(), number=1))

    await rig.grant()

    assert [event.attempt_id for event in rig.emitted(NudgeGranted) if isinstance(event, NudgeGranted)] == [
        an_ask(rig.due(), number=2).attempt_id
    ]


async def test_a_final_answer_is_repeated_whatever_has_changed() -> None:
    rig = await an_abandoned_cart(a_site(mode=SiteMode.OBSERVE))
    assert await answer_to(rig) == Reason.OBSERVING
    await rig.configure(a_site(revision=2))

    assert await answer_to(rig, number=2) == Reason.OBSERVING


@pytest.mark.parametrize("paused", [SITE, NO_SITE])
async def test_a_pause_postpones_and_is_asked_again(paused: object) -> None:
    rig = await an_abandoned_cart()
    common = {"site_id": paused, "occurred_at": at(31), "received_at": at(31)}
    await rig.merchant(SendingPaused(event_id=an_id(), **common))
    assert await answer_to(rig) == Reason.PAUSED
    await rig.merchant(SendingResumed(event_id=an_id(), **common))
    assert await answer_to(rig, number=2) == "granted"


async def test_the_later_of_a_pause_and_a_resumption_counts_by_the_log_and_each_once() -> None:
    rig = await an_abandoned_cart()
    resumed = SendingResumed(event_id=an_id(), site_id=SITE, occurred_at=at(90), received_at=at(90))
    paused = SendingPaused(event_id=an_id(), site_id=SITE, occurred_at=at(31), received_at=at(31))  # by a slower clock

    await rig.merchant(resumed, paused, resumed)

    assert await answer_to(rig) == Reason.PAUSED


async def test_a_hold_postpones() -> None:
    rig = await an_abandoned_cart()
    rig.database.tables.held.add(SITE)

    assert await answer_to(rig) == Reason.ON_HOLD


async def test_a_source_that_has_not_reported_the_last_minutes_postpones() -> None:
    rig = await an_abandoned_cart(a_site(has_order_source=True))
    assert await answer_to(rig) == Reason.SOURCE_STALE

    synced = {"event_id": an_id(), "site_id": SITE, "occurred_at": at(31), "received_at": at(31), "source": "nexternal"}
    await rig.storefront(SourceSynced(**synced, synced_through=at(30) - timedelta(seconds=30)))

    assert await answer_to(rig, number=2) == "granted"


async def test_a_source_with_a_fast_clock_vouches_for_no_moment_to_come() -> None:
    rig = await an_abandoned_cart(a_site(has_order_source=True))
    due_at, rig.clock.wall = rig.clock.wall, at(20)
    common = {"event_id": an_id(), "site_id": SITE, "occurred_at": at(600), "received_at": at(600)}
    await rig.storefront(SourceSynced(**common, source="nexternal", synced_through=at(600)))

    rig.clock.wall = due_at

    assert await answer_to(rig) == Reason.SOURCE_STALE


async def test_in_test_mode_only_the_merchants_own_phones_are_written_to() -> None:
    rig = await an_abandoned_cart(a_site(mode=SiteMode.TEST))
    own = await an_abandoned_cart(a_site(mode=SiteMode.TEST, test_recipients=(number_of("anna").index,)))

    assert (await answer_to(rig), await answer_to(own)) == (Reason.TEST_MODE, "granted")


async def test_the_control_group_holds_only_people_who_would_have_been_messaged() -> None:
    rig = await an_abandoned_cart(a_site(control_share=0.5))
    await rig.storefront(an_order(visitor(LAPTOP), when=at(20)))
    assert await answer_to(rig) == Reason.BOUGHT
    assert rig.database.tables.arms == {}

    other = await an_abandoned_cart(a_site(control_share=0.5))
    other.database.tables.arms[ACCOUNT, number_of("anna").index] = (at(-60), True)

    assert await answer_to(other) == Reason.CONTROL_GROUP


async def test_a_shopper_who_comes_back_is_not_reminded() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(a_visit(LAPTOP, at(32)))

    assert await answer_to(rig) == Reason.SHOPPER_RETURNED


async def test_a_late_repeat_of_an_old_visit_is_no_return() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(), visit := a_visit(LAPTOP, at(5)))
    await rig.pass_time(at(36))
    await rig.storefront(visit)

    assert await answer_to(rig) == "granted"


async def test_the_same_phone_in_another_browser_silences() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(
        an_identification(LAPTOP, email("anna")),
        an_identification(PHONE, email("anna")),
        an_order(visitor(PHONE), when=at(20)),
    )

    assert await answer_to(rig) == Reason.BOUGHT


async def test_a_stop_silences_and_only_a_later_yes_of_the_same_binding_lifts_it() -> None:
    rig = await an_abandoned_cart()
    common = {"site_id": SITE, "received_at": at(40), "recipient": number_of("anna")}
    stop = ShopperOptedOut(event_id=an_id(), occurred_at=at(10), channel=Channel.SMS, by="reply", **common)
    yes = {"consent_event_id": an_id(), **common}
    await rig.messages(
        ContactConfirmed(event_id=an_id(), occurred_at=at(12), visitor_id=LAPTOP, **yes),
        stop,
        ContactConfirmed(event_id=an_id(), occurred_at=at(11), visitor_id=PHONE, **yes),
    )
    assert await answer_to(rig) == Reason.WITHDRAWN

    lifted = await an_abandoned_cart()
    await lifted.messages(stop, ContactConfirmed(event_id=an_id(), occurred_at=at(9), visitor_id=LAPTOP, **yes))

    assert await answer_to(lifted) == "granted"


async def test_consent_withdrawn_in_the_shop_a_dead_number_and_the_accounts_list_silence() -> None:
    shop, dead, listed = [await an_abandoned_cart() for _ in range(3)]
    common = {"site_id": SITE, "occurred_at": at(1), "received_at": at(1), "recipient": number_of("anna")}
    await shop.storefront(ConsentWithdrawn(event_id=an_id(), visitor_id=LAPTOP, channel=Channel.SMS, **common))
    await dead.messages(ContactInvalid(event_id=an_id(), channel=Channel.SMS, **common))
    await listed.merchant(ContactSuppressed(event_id=an_id(), account_id=ACCOUNT, **common))

    answers = [await answer_to(rig) for rig in (shop, dead, listed)]

    assert answers == [Reason.WITHDRAWN, Reason.CONTACT_INVALID, Reason.SUPPRESSED]


async def test_an_erased_shopper_is_forgotten_and_not_reminded() -> None:
    rig = await an_abandoned_cart(a_site(delays=(0, 3600)))
    await rig.storefront(an_order(visitor(LAPTOP), email("anna"), when=at(-60), name="old"))
    await rig.merchant(ContactErased(event_id=an_id(), site_id=SITE, occurred_at=at(32), received_at=at(32), visitor_id=LAPTOP))

    assert [(e.step, e.reason) for e in rig.emitted(NudgeCancelled) if isinstance(e, NudgeCancelled)] == [(2, Reason.ERASED)]
    assert await answer_to(rig) == Reason.ERASED
    cart = next(iter(rig.database.tables.carts.values()))
    assert (cart.items, cart.total) == ((), None)
    assert (rig.database.tables.sightings, rig.database.tables.reports) == ({}, {})


async def test_nothing_is_decided_for_a_site_without_settings() -> None:
    rig = Rig()
    await rig.storefront(a_cart_update())
    await rig.pass_time(at(60))
    assert rig.emitted(NudgeDue) == []

    await rig.configure(a_site())
    await rig.pass_time(at(61))

    assert len(rig.emitted(NudgeDue)) == 1


async def test_the_back_office_opens_no_cart() -> None:
    rig = Rig()
    await rig.configure(a_site())
    await rig.storefront(a_cart_update(origin=Origin.BACK_OFFICE))
    await rig.pass_time(at(120))

    assert rig.database.emitted == []
