"""A clerk's browser stays a clerk's when it goes on to the shop, where another cookie names it."""

from datetime import timedelta
from itertools import permutations

import pytest

from services.orders.rules.evidence import BackOfficeBrowser, find_silence, is_trusted, serves_many, visitor_key
from shared.events.envelope import Identity, Origin
from shared.events.reasons import Reason
from shared.events.storefront import OrderReported, PageSeen, StorefrontEvent
from tests.support.builders.orders import (
    CLERK,
    LAPTOP,
    NOON,
    PHONE,
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
from tests.support.memory.orders_rig import Rig, answer_to
from tests.unit.orders.rules.test_evidence import ANNA, around


def a_visit_by_link(visitor_id: str, office_visitor: str) -> PageSeen:
    """A page of the shop, opened by a link in somebody's back office."""
    return a_visit(visitor_id, at(0)).model_copy(update={"office_visitor": office_visitor})


async def a_cart_then(*events: StorefrontEvent) -> Rig:
    """The laptop leaves a cart; whatever else is reported before and after."""
    rig = Rig()
    await rig.configure(a_site())
    for event in events:
        await rig.storefront(event)
    await rig.pass_time(at(60))
    return rig


CLERKS_WAY: tuple[StorefrontEvent, ...] = (
    a_visit(CLERK, at(-1), Origin.BACK_OFFICE),
    a_visit_by_link(LAPTOP, CLERK),
    a_cart_update(),
)
KEYED_IN = an_order(email("carl"), when=at(-2), origin=Origin.BACK_OFFICE, order_id="77")


@pytest.mark.parametrize("arriving", list(permutations(CLERKS_WAY)))
async def test_a_browser_that_came_by_a_link_of_the_back_office_is_staff(arriving: tuple[StorefrontEvent, ...]) -> None:
    assert await answer_to(await a_cart_then(*arriving)) == Reason.BACK_OFFICE_BROWSER


async def test_a_link_that_names_a_browser_of_no_back_office_silences_nobody() -> None:
    rig = await a_cart_then(a_visit(PHONE, at(-1)), a_visit_by_link(LAPTOP, PHONE), a_cart_update())

    assert await answer_to(rig) == "granted"


async def test_what_a_clerks_browser_names_in_the_shop_links_nobody() -> None:
    rig = await a_cart_then(
        a_visit(CLERK, at(-1), Origin.BACK_OFFICE),
        a_visit_by_link(TABLET, CLERK),
        an_identification(TABLET, email("anna")),
        an_identification(TABLET, email("ben")),
        an_identification(LAPTOP, email("anna")),
        a_cart_update(),
        an_order(email("ben"), when=at(5), order_id="5"),
    )

    assert await answer_to(rig) == "granted"


@pytest.mark.parametrize("office_first", [True, False])
async def test_a_browser_that_reports_what_the_office_has_just_keyed_in_is_staff(office_first: bool) -> None:
    looked_at = an_order(visitor(LAPTOP), when=at(-1), order_id="77")
    reports = (KEYED_IN, looked_at) if office_first else (looked_at, KEYED_IN)

    assert await answer_to(await a_cart_then(*reports, a_cart_update())) == Reason.BACK_OFFICE_BROWSER


@pytest.mark.parametrize("minutes", [-3, 14])
async def test_a_customer_who_ordered_first_or_visits_much_later_is_no_clerk(minutes: float) -> None:
    reported = an_order(visitor(LAPTOP), when=at(minutes), until=at(-3), order_id="77")

    assert await answer_to(await a_cart_then(KEYED_IN, reported, a_cart_update())) == "granted"


def orders_for(*named: tuple[Identity, ...], hours_apart: float = 0.1) -> tuple[OrderReported, ...]:
    """Orders of one browser, long before its cart, each for these addresses."""
    first = NOON - timedelta(days=20)
    return tuple(
        an_order(visitor(LAPTOP), *addresses, when=first + timedelta(hours=hours_apart * n), order_id=str(n))
        for n, addresses in enumerate(named)
    )


ANN, BEN, CAT, BENS_OTHER = ((email(name),) for name in ("anna", "ben", "cat", "ben2"))


@pytest.mark.parametrize(
    ("orders", "staff"),
    [
        (orders_for(ANN, BEN, CAT), True),
        (orders_for(ANN, BEN, ANN, BEN), False),
        (orders_for(ANN, BEN, CAT, hours_apart=13), False),
        (orders_for(ANN, BEN, BEN + BENS_OTHER, BENS_OTHER), False),  # two readings of one address
    ],
)
def test_a_browser_that_orders_for_three_customers_in_a_day_is_a_till(orders: tuple[OrderReported, ...], staff: bool) -> None:
    seen = around(orders=orders)

    assert serves_many(seen) is staff
    assert find_silence(NOON, seen) == (BackOfficeBrowser() if staff else None)


def test_a_browser_behind_a_link_is_not_trusted() -> None:
    seen = around((LAPTOP, ANNA), (LAPTOP, visitor_key(CLERK)), staff=(CLERK,))

    assert not is_trusted(LAPTOP, seen.sightings, seen.back_office_visitors)
