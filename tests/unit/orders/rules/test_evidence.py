"""Silence follows links, messages do not: which purchase silences which cart."""

from datetime import datetime, timedelta

import pytest

from services.orders.handlers.order_reports import fences_of, sightings_of
from services.orders.rules.evidence import (
    BackOfficeBrowser,
    Bought,
    Fence,
    Neighbourhood,
    Sighting,
    Unclear,
    find_silence,
    identity_key,
    is_trusted,
    visitor_key,
)
from shared.events.envelope import Origin
from shared.events.storefront import OrderReported, Witness
from tests.support.builders.orders import CLERK, LAPTOP, NOON, PHONE, TABLET, an_order, at, email, visitor
from tests.support.ratios import holds_ratio

ANNA, BEN, CARL = (identity_key(email(name)) for name in ("anna", "ben", "carl"))


def around(
    *seen: tuple[str, str], orders: tuple[OrderReported, ...] = (), staff: tuple[str, ...] = (), of: str = LAPTOP
) -> Neighbourhood:
    """What was seen around a browser."""
    sightings = [Sighting(browser, key, NOON) for browser, key in seen]
    sightings += [sighting for order in orders for sighting in sightings_of(order)]
    fences = [fence for order in orders for fence in fences_of(order)]
    return Neighbourhood(of, tuple(sightings), tuple(fences), frozenset(staff))


def test_an_order_of_the_same_browser_silences_its_cart() -> None:
    order = an_order(visitor(LAPTOP), when=at(5))

    assert find_silence(NOON, around(orders=(order,))) == Bought(order.event_id, certain=True)


def test_a_cart_opened_after_the_order_is_not_silenced() -> None:
    order = an_order(visitor(LAPTOP), when=at(-5))

    assert find_silence(NOON, around(orders=(order,))) is None


def test_an_order_in_another_browser_with_the_same_address_silences() -> None:
    order = an_order(visitor(PHONE), when=at(5))

    assert find_silence(NOON, around((LAPTOP, ANNA), (PHONE, ANNA), orders=(order,))) == Bought(order.event_id, certain=True)


def test_a_purchase_by_an_address_of_the_second_browser_alone_silences_the_first() -> None:
    """The laptop and the phone share a number; the server's order names an e-mail that only the phone had named."""
    order = an_order(email("ben"), when=at(5), witness=Witness.SERVER)

    found = find_silence(NOON, around((LAPTOP, ANNA), (PHONE, ANNA), (PHONE, BEN), orders=(order,)))

    assert found == Bought(order.event_id, certain=True)


def test_silence_does_not_spread_a_third_step() -> None:
    order = an_order(email("carl"), when=at(5))

    found = find_silence(
        NOON, around((LAPTOP, ANNA), (PHONE, ANNA), (PHONE, BEN), (TABLET, BEN), (TABLET, CARL), orders=(order,))
    )

    assert found is None


def test_staff_serving_two_others_silence_only_the_shopper_they_keyed_in() -> None:
    order = an_order(email("carl"), when=at(5), origin=Origin.BACK_OFFICE)
    served = ((CLERK, ANNA), (CLERK, BEN), (CLERK, CARL))

    silenced = [
        find_silence(NOON, around(*served, (browser, key), orders=(order,), staff=(CLERK,), of=browser))
        for browser, key in ((LAPTOP, ANNA), (PHONE, BEN), (TABLET, CARL))
    ]

    assert silenced == [None, None, Bought(order.event_id, certain=True)]


def test_a_cart_in_a_browser_of_the_back_office_is_nobodys() -> None:
    assert find_silence(NOON, around(staff=(LAPTOP,))) == BackOfficeBrowser()


def test_a_browser_that_names_six_addresses_in_a_day_links_nobody() -> None:
    many = tuple((PHONE, identity_key(email(f"shopper {n}"))) for n in range(6))
    order = an_order(email("shopper 5"), when=at(5))

    seen = around((LAPTOP, many[0][1]), *many, orders=(order,))

    assert find_silence(NOON, seen) is None


@pytest.mark.parametrize(("hours_between", "trusted"), [(0, False), (4, False), (5, True)])
def test_six_addresses_are_too_many_only_within_24_hours(hours_between: int, trusted: bool) -> None:
    named = [Sighting(PHONE, identity_key(email(str(n))), NOON + timedelta(hours=hours_between * n)) for n in range(6)]

    assert is_trusted(PHONE, named, frozenset()) is trusted


def test_other_readings_of_an_address_link_and_are_no_further_addresses() -> None:
    first = [Sighting(PHONE, identity_key(email(str(n))), NOON) for n in range(5)]
    others = [Sighting(PHONE, identity_key(email(f"{n} read otherwise")), NOON, is_other_reading=True) for n in range(5)]

    assert is_trusted(PHONE, first + others, frozenset())
    order = an_order(email("3 read otherwise"), when=at(5))
    seen = Neighbourhood(PHONE, tuple(first + others), tuple(fences_of(order)), frozenset())
    assert find_silence(NOON, seen) == Bought(order.event_id, certain=True)


@pytest.mark.parametrize(("sharers", "unclear"), [(20, False), (21, True)])
def test_a_key_shared_by_more_than_twenty_browsers_identifies_nobody(sharers: int, unclear: bool) -> None:
    shared = [(f"browser{n:015}", ANNA) for n in range(sharers - 1)]

    assert (find_silence(NOON, around((LAPTOP, ANNA), *shared)) == Unclear()) is unclear


def test_more_evidence_than_the_bound_is_unclear() -> None:
    flooded = Neighbourhood(LAPTOP, (), (), frozenset(), complete=False)

    assert find_silence(NOON, flooded) == Unclear()


@pytest.mark.parametrize(
    ("ordered_at", "expected"),
    [(at(-61), None), (at(-59), False), (at(0), False), (at(59), False), (at(61), True)],
)
def test_within_its_uncertainty_an_order_silences_as_a_probable_one(ordered_at: datetime, expected: bool | None) -> None:
    order = an_order(visitor(LAPTOP), when=ordered_at, uncertainty=3600)

    found = find_silence(NOON, around(orders=(order,)))

    assert found == (None if expected is None else Bought(order.event_id, certain=expected))


def test_a_sure_purchase_is_named_before_a_doubtful_one() -> None:
    uncertain = an_order(visitor(LAPTOP), when=at(1), uncertainty=3600)
    sure = an_order(visitor(LAPTOP), when=at(9))

    assert find_silence(NOON, around(orders=(uncertain, sure))) == Bought(sure.event_id, certain=True)


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
def test_a_cancelled_order_silences_like_a_placed_one(status: str) -> None:
    order = an_order(visitor(LAPTOP), when=at(5)).model_copy(update={"status": status})

    assert find_silence(NOON, around(orders=(order,))) == Bought(order.event_id, certain=True)


def test_a_clerks_order_links_its_browser_with_nobody() -> None:
    assert sightings_of(an_order(visitor(CLERK), email("anna"), origin=Origin.BACK_OFFICE)) == []
    assert sightings_of(an_order(visitor(LAPTOP), email("anna"))) == [Sighting(LAPTOP, ANNA, NOON)]


def test_a_report_fences_every_key_that_it_names() -> None:
    order = an_order(visitor(LAPTOP), email("anna"), uncertainty=60)

    until, certain = NOON + timedelta(seconds=60), NOON - timedelta(seconds=60)
    assert fences_of(order) == [
        Fence(visitor_key(LAPTOP), order.event_id, NOON, until, certain),
        Fence(ANNA, order.event_id, NOON, until, certain),
    ]


def test_silence_in_a_crowd_is_found_in_time_that_grows_with_the_crowd() -> None:
    def crowd(browsers: int) -> Neighbourhood:
        shared = [(name, f"customer:{number}") for number in range(browsers) for name in (LAPTOP, f"browser {number}")]
        return around(*shared, orders=(an_order(visitor("browser 1"), when=at(5)),))

    short, long = crowd(400), crowd(800)

    assert isinstance(find_silence(NOON, long), Bought)
    assert holds_ratio(lambda one: find_silence(NOON, one), short, long)
