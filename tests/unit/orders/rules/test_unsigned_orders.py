"""What anybody may have sent fills nothing of an order that the shop itself has signed, and credits nobody for sure."""

from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.rules.reconciliation import reconcile
from shared.events.cart import Credit, OrderReconciled
from shared.events.envelope import Identity, IdentityKind, Origin
from shared.events.message import ContactConfirmed
from shared.events.storefront import LinkFollowed, OrderReported, Witness
from tests.support.builders.orders import (
    LAPTOP,
    NOON,
    PHONE,
    SITE,
    TABLET,
    an_id,
    an_identification,
    an_order,
    at,
    email,
    number_of,
    visitor,
)
from tests.support.memory.orders_rig import Rig, an_abandoned_cart
from tests.unit.orders.handlers.test_attribution import LINK_ID, send

Status = Literal["placed", "cancelled", "refunded"]
STATUSES: tuple[Status, ...] = ("placed", "cancelled", "refunded")
ANNAS_NUMBER = Identity(kind=IdentityKind.PHONE, index=number_of("anna").index)


def signed(*names: Identity, when: datetime = NOON, total: int | None = None, status: Status = "placed") -> OrderReported:
    """The shop's own report."""
    return an_order(*names, when=when, total=total, status=status, verified=True, witness=Witness.SERVER, origin=Origin.UNKNOWN)


@st.composite
def forged(draw: st.DrawFn) -> OrderReported:
    """Anybody's report with the number of a signed order."""
    return an_order(
        draw(st.sampled_from([visitor(PHONE), email("eve")])),
        when=NOON + draw(st.timedeltas(timedelta(days=-30), timedelta(days=30))),
        uncertainty=draw(st.integers(0, 5)),
        total=draw(st.none() | st.integers(0, 99_999_900)),
        status=draw(st.sampled_from(STATUSES)),
        origin=draw(st.sampled_from(list(Origin))),
    )


@given(st.lists(forged(), max_size=5), st.none() | st.integers(1, 10_000), st.sampled_from(STATUSES))
def test_unsigned_reports_change_nothing_of_a_signed_order(
    forgeries: list[OrderReported], total: int | None, status: Status
) -> None:
    truth = signed(email("anna"), total=total, status=status)

    with_forgeries, alone = reconcile([*forgeries, truth]), reconcile([truth])

    assert with_forgeries.verified
    assert (with_forgeries.total, with_forgeries.status, with_forgeries.placed_at) == (alone.total, alone.status, NOON)
    assert (with_forgeries.origin, with_forgeries.order_id) == (Origin.UNKNOWN, "1001")


def test_without_a_signed_report_nothing_is_verified() -> None:
    assert not reconcile([an_order(total=99_999_900), an_order(email("anna"))]).verified


def followed(visitor_id: str, minutes: float = 35) -> LinkFollowed:
    """The link of the reminder brought somebody back."""
    when = at(minutes)
    return LinkFollowed(
        event_id=an_id(),
        site_id=SITE,
        occurred_at=when,
        received_at=when,
        visitor_id=visitor_id,
        link_id=LINK_ID,
        via="snippet",
    )


def newest(rig: Rig) -> OrderReconciled:
    """The state of the order that was worked out last."""
    event = rig.emitted(OrderReconciled)[-1]
    assert isinstance(event, OrderReconciled)
    return event


@pytest.mark.parametrize("forged_first", [False, True])
@pytest.mark.parametrize("forger", [LAPTOP, PHONE])
async def test_a_strangers_report_gives_a_signed_order_no_total_and_no_credit(forger: str, forged_first: bool) -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(followed(forger))
    truth, forgery = signed(email("ben"), when=at(40)), an_order(visitor(forger), when=at(41), total=99_999_900)

    for report in (forgery, truth) if forged_first else (truth, forgery):
        await rig.storefront(report)

    order = newest(rig)
    assert (order.verified, order.total, order.credit, order.cart_id) == (True, None, Credit.NONE, None)


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
async def test_a_stranger_takes_no_credit_back(status: Status) -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(signed(visitor(LAPTOP), when=at(40), total=1299))
    await rig.storefront(an_order(visitor(PHONE), when=at(-400), status=status))

    assert (newest(rig).credit, newest(rig).status, newest(rig).placed_at) == (Credit.INFLUENCED, "placed", at(40))


async def test_an_order_that_the_server_ties_to_the_browser_is_verified_with_its_credit() -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(followed(TABLET), signed(visitor(LAPTOP), when=at(40), total=1299))

    assert (newest(rig).credit, newest(rig).credit_verified) == (Credit.RECOVERED, True)


async def test_an_order_that_names_the_number_confirmed_on_its_handset_is_verified_too() -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.messages(
        ContactConfirmed(
            event_id=an_id(),
            site_id=SITE,
            occurred_at=at(1),
            received_at=at(1),
            recipient=number_of("anna"),
            visitor_id=LAPTOP,
            consent_event_id=an_id(),
        )
    )
    await rig.storefront(followed(TABLET), signed(ANNAS_NUMBER, email("anna"), when=at(40), total=1299))

    assert (newest(rig).credit, newest(rig).credit_verified) == (Credit.RECOVERED, True)


async def test_a_browser_that_only_identifies_itself_is_credited_and_not_verified() -> None:
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(an_identification(LAPTOP, email("anna")), followed(LAPTOP))
    await rig.storefront(signed(email("anna"), when=at(40), total=1299))

    order = newest(rig)
    assert (order.verified, order.credit, order.credit_verified) == (True, Credit.RECOVERED, False)


async def test_a_link_followed_after_all_is_credited_to_the_order_of_its_reader() -> None:
    """The beacon of the link came late; the order names neither that browser nor its link."""
    rig = await an_abandoned_cart()
    await send(rig)
    await rig.storefront(signed(visitor(LAPTOP), when=at(40), total=1299))
    await rig.storefront(followed(TABLET))

    assert newest(rig).credit is Credit.RECOVERED
