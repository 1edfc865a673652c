"""Pages that reported orders and are shown without one: their merchant is informed, unless they never meant an order."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.http.confirmation_pages import EXPECTED_WITHIN_SECONDS, MOST_PAGES, ConfirmationPages, ShownPage
from shared.events.signals import SignalKind, SiteSignalled
from tests.support.builders.ingest import NOON, SITE, Rig, a_body, a_rig, an_event
from tests.support.processes.ingest_client import post

LATE = EXPECTED_WITHIN_SECONDS
ANNA, BEN, CARL = ("ab" * 11, "cd" * 11, "ef" * 11)
SHOWN, ORDERED = "page.seen", "order.reported"


def on(event_type: str, path: str, **fields: Any) -> dict[str, object]:
    return an_event(event_type, f"c{path}{event_type}", **fields) | {"p": path}


def an_order(path: str, number: int) -> dict[str, object]:
    return on(ORDERED, path, orderID=str(number), email="anna@shop.example")


async def visits(rig: Rig, visitor: str, *events: dict[str, object], seconds: float = LATE) -> None:
    """Bodies one after the other, then a pause."""
    for event in events:
        await post(rig, a_body(event, visitor=visitor))
    rig.clock.pass_seconds(seconds)
    rig.ingestion.sweep()


async def missed(rig: Rig) -> list[str | None]:
    await rig.ingestion.commit.drain(1)
    signals = (event for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled))
    return [signal.path for signal in signals if signal.kind is SignalKind.CONFIRMATION_WITHOUT_ORDER]


@pytest.mark.parametrize(
    "first",
    [
        [on(SHOWN, "/orders/1"), an_order("/orders/1", 1)],
        [an_order("/orders/1", 1), on(SHOWN, "/orders/1")],
    ],
)
async def test_a_confirmation_that_loses_its_code_is_signalled_with_the_next_order(first: list[dict[str, object]]) -> None:
    rig = a_rig()
    await post(rig, a_body(*first, visitor=ANNA))
    await visits(rig, BEN, on(SHOWN, "/orders/2"))
    await visits(rig, CARL, on(SHOWN, "/orders/3"), on(SHOWN, "/"), seconds=0)

    assert await missed(rig) == ["/orders/2"]
    rig.clock.pass_seconds(60)
    rig.ingestion.sweep()
    assert await missed(rig) == ["/orders/2", "/orders/3"]


async def test_the_moment_signalled_is_that_of_the_visit() -> None:
    rig = a_rig()
    await visits(rig, ANNA, on(SHOWN, "/thanks"), an_order("/thanks", 1))
    at = rig.clock.now()
    await visits(rig, BEN, on(SHOWN, "/thanks"), seconds=30)
    await rig.ingestion.commit.drain(1)

    last = rig.kafka.events("site-signals")[-1]
    assert last.occurred_at == at


@pytest.mark.parametrize(
    "later",
    [
        [on(SHOWN, "/thanks"), an_order("/thanks", 2)],
        [an_order("/thanks", 2), on(SHOWN, "/")],
        [on(SHOWN, "/wines/red"), on(SHOWN, "/cart"), on(SHOWN, "/")],
        [on("cart.updated", "/thanks")],
    ],
)
async def test_a_confirmation_with_its_code_and_other_pages_are_not_signalled(later: list[dict[str, object]]) -> None:
    rig = a_rig()
    await visits(rig, ANNA, on(SHOWN, "/thanks"), an_order("/thanks", 1))
    await visits(rig, BEN, *later)

    assert await missed(rig) == []


async def test_one_address_for_the_whole_checkout_proves_nothing() -> None:
    rig = a_rig()
    await visits(rig, ANNA, on(SHOWN, "/checkout"))
    await visits(rig, ANNA, an_order("/checkout", 1))
    await visits(rig, BEN, on(SHOWN, "/checkout"))

    assert await missed(rig) == []


async def test_a_checkout_that_was_taken_for_a_confirmation_is_known_after_its_next_order() -> None:
    rig = a_rig()
    await visits(rig, ANNA, on(SHOWN, "/checkout"), an_order("/checkout", 1))
    await visits(rig, BEN, on(SHOWN, "/checkout"))
    await visits(rig, BEN, an_order("/checkout", 2))
    rig.clock.pass_seconds(300)
    await visits(rig, CARL, on(SHOWN, "/checkout"))

    assert await missed(rig) == ["/checkout"]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from("abcdef"), st.integers(0, 3 * MOST_PAGES), st.booleans(), st.floats(0, 20)
        ),
        max_size=80,
    )
)
def test_what_is_remembered_is_bounded_whatever_comes(visits: list[tuple[int, str, int, bool, float]]) -> None:
    pages, now = ConfirmationPages(most_waiting=3, most_sites=2), 0.0
    for site, visitor, number, is_order, pause in visits:
        shown = ShownPage(UUID(int=site), "shop.example", f"/{chr(97 + number % 26) * (number // 26 + 1)}", NOON)
        if is_order:
            pages.note_order(visitor, shown, now)
        else:
            pages.note_page(visitor, shown, now)
        now += pause
        assert pages.remembered <= 3 + 3 + 3 + 3 + 2


def test_pages_beyond_the_bound_cost_the_one_that_never_had_an_order() -> None:
    pages = ConfirmationPages()

    def shown(path: str) -> ShownPage:
        return ShownPage(SITE, "shop.example", path, NOON + timedelta(seconds=1))

    pages.note_page(ANNA, shown("/thanks"), 0)
    pages.note_order(ANNA, shown("/thanks"), 0)
    for number in range(3 * MOST_PAGES):
        pages.note_page(ANNA, shown("/" + "x" * (number + 1)), 0)
    pages.note_page(BEN, shown("/thanks"), 0)

    assert [page.path for page in pages.overdue(LATE)] == ["/thanks"]
