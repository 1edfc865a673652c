"""What read a cart is known by its name, and a reader that failed on a shop's page is signalled to its merchant."""

import pytest

from shared.events.signals import SiteSignalled
from shared.events.storefront import CartUpdated
from tests.support.builders.ingest import Rig, a_body, a_cart_event, a_rig, an_event
from tests.support.processes.ingest_client import SHOP, post

FOREIGN = SHOP | {"origin": "https://evil.example"}


async def failures(rig: Rig) -> list[SiteSignalled]:
    await rig.ingestion.commit.drain(1)
    signals = [event for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)]
    return [signal for signal in signals if signal.kind.value == "reader_failed"]


@pytest.mark.parametrize(
    ("named", "known"),
    [
        ("data layer", "data layer"),
        ("shopify", "shopify"),
        (None, None),
        ("", None),
        (7, None),
        ("+1 202 555 0143", None),
        ("12025550143", None),
        ("anna@mail.example", None),
        ("Data Layer", None),
        ("three words more", None),
        ("shopify ", "shopify"),
    ],
)
async def test_a_cart_bears_its_readers_name_and_nothing_else(named: object, known: str | None) -> None:
    rig = a_rig()

    await post(rig, a_body(a_cart_event(reader=named)))

    (cart,) = rig.kafka.events()
    assert isinstance(cart, CartUpdated)
    assert cart.reader == known


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"reader": "data layer", "error": "TypeError"}, "data layer: TypeError"),
        ({"reader": "anna@mail.example", "error": "+12025550143"}, "reader: Error"),
        ({}, "reader: Error"),
    ],
)
async def test_a_failed_reader_is_signalled_and_is_no_event(fields: dict[str, object], what: str) -> None:
    rig = a_rig()

    answer = await post(rig, a_body(an_event("reader.failed") | {"d": fields}, a_cart_event("c2")))

    assert answer.status_code == 204
    assert [event.type for event in rig.kafka.events()] == ["cart.updated"]
    assert [(signal.field, signal.path) for signal in await failures(rig)] == [(what, "/checkout")]


async def test_failures_on_every_page_of_a_busy_shop_are_one_signal() -> None:
    rig = a_rig()

    for number in range(50):
        await post(rig, a_body(an_event("reader.failed", f"c{number}", reader="shopify")))

    assert len(await failures(rig)) == 1


async def test_a_failure_on_a_page_of_somebody_else_is_no_signal_of_the_shop() -> None:
    rig = a_rig()

    answer = await post(rig, a_body(an_event("reader.failed", reader="shopify")), FOREIGN)

    assert answer.status_code == 403
    assert await failures(rig) == []
