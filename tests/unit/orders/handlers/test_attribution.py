"""Which orders count as recovered, influenced or returned."""

import pytest

from shared.events.cart import CartClosed, CartOutcome, Credit, OrderReconciled
from shared.events.envelope import Channel, Origin
from shared.events.message import MessageAccepted, MessageKind
from shared.events.storefront import LinkFollowed, Witness
from tests.support.builders.orders import (
    LAPTOP,
    PHONE,
    SITE,
    an_ask,
    an_id,
    an_order,
    at,
    email,
    visitor,
)
from tests.support.memory.orders_rig import Rig, an_abandoned_cart

LINK_ID = "a" * 32


def a_followed_link(visitor_id: str) -> LinkFollowed:
    """A browser came back by the reminder's link."""
    return LinkFollowed(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=at(35),
        received_at=at(35),
        visitor_id=visitor_id,
        link_id=LINK_ID,
        via="snippet",
    )


def credits_of(rig: Rig) -> list[Credit]:
    return [event.credit for event in rig.emitted(OrderReconciled) if isinstance(event, OrderReconciled)]


@pytest.mark.parametrize("followed_at", [None, 35])
async def test_a_wine_clubs_batch_silences_and_is_credited_to_no_reminder(followed_at: int | None) -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    if followed_at is not None:
        await rig.storefront(a_followed_link(LAPTOP))
    await rig.storefront(
        an_order(visitor(LAPTOP), when=at(40), witness=Witness.POLL, origin=Origin.BATCH, verified=True, until=at(41))
    )

    assert credits_of(rig)[-1] is Credit.NONE
    assert [event.outcome for event in rig.emitted(CartClosed) if isinstance(event, CartClosed)] == [CartOutcome.BOUGHT]


@pytest.mark.parametrize("order_first", [False, True])
async def test_an_order_after_a_followed_link_is_recovered_in_either_order_of_arrival(order_first: bool) -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    followed = a_followed_link(PHONE)
    order = an_order(visitor(PHONE), when=at(40))
    await rig.storefront(*([order] if order_first else [followed]))
    await rig.storefront(*([followed] if order_first else [order]))

    assert credits_of(rig)[-1] is Credit.RECOVERED


async def test_an_order_soon_after_a_reminder_is_influenced_and_a_refund_takes_it_back() -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(an_order(visitor(LAPTOP), when=at(40)))
    await rig.storefront(an_order(visitor(LAPTOP), when=at(90), status="refunded", witness=Witness.SERVER))

    assert credits_of(rig) == [Credit.INFLUENCED, Credit.NONE]


async def test_a_cart_bought_without_our_help_has_returned_and_its_next_order_has_not() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(an_order(visitor(LAPTOP), when=at(40)))
    await rig.storefront(an_order(visitor(LAPTOP), when=at(400), order_id="1002"))

    assert credits_of(rig) == [Credit.RETURNED, Credit.NONE]


async def test_two_witnesses_report_one_order() -> None:
    rig = await an_abandoned_cart()
    await rig.storefront(an_order(visitor(LAPTOP), when=at(40), total=None))
    await rig.storefront(an_order(email("anna"), when=at(41), witness=Witness.WEBHOOK, verified=True, total=900))

    emitted = [event for event in rig.emitted(OrderReconciled) if isinstance(event, OrderReconciled)]
    assert len({event.order_key for event in emitted}) == 1
    assert emitted[-1].witnesses == (Witness.BROWSER, Witness.WEBHOOK)
    assert emitted[-1].verified
    assert emitted[-1].total is not None
    assert emitted[-1].total.minor == 900


async def send(rig: Rig) -> None:
    """The reminder is asked for, granted, and taken by the carrier."""
    ask = an_ask(rig.due())
    await rig.messages(ask)
    await rig.grant()
    await rig.messages(
        MessageAccepted(
            event_id=an_id(),
            site_id=SITE,
            occurred_at=at(31),
            received_at=at(31),
            attempt_id=ask.attempt_id,
            kind=MessageKind.REMINDER,
            channel=Channel.SMS,
            nudge_id=ask.nudge_id,
            cart_id=ask.cart_id,
            visitor_id=ask.visitor_id,
            link_id=LINK_ID,
        )
    )
