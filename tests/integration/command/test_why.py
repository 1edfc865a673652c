"""``beckon why``: each reminder of a cart with its evidence, out of all services, and no contact in it."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon as command
from shared.events.envelope import ContactKind
from shared.events.identifiers import cart_id_of
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.tables import Schema
from tests.support.builders.notify import SITE, an_order_report
from tests.support.builders.notify_answers import now
from tests.support.processes.whole_beckon import WholeBeckon
from tests.support.processes.whole_shoppers import ANNA, a_reminded_shop

REMINDED = cart_id_of(SITE, ANNA.browser, 1)


@pytest.fixture
async def beckon() -> AsyncIterator[WholeBeckon]:
    async with a_reminded_shop() as beckon:
        yield beckon


async def why(beckon: WholeBeckon, cart: str, *arguments: str, services: tuple[Schema, ...] = get_args(Schema)) -> Result:
    """Ask with the databases of these services."""
    own = {f"BECKON_{service.upper()}_POSTGRES": beckon.made.dsn(service) for service in services}
    return await asyncio.to_thread(CliRunner().invoke, command, ["why", cart, *arguments], env=own | {"BECKON_PROFILE": "demo"})


def facts_of(result: Result) -> list[dict[str, Any]]:
    """The facts that were printed as JSON."""
    rows: list[dict[str, Any]] = json.loads(result.stdout.splitlines()[-1])
    return rows


async def test_a_reminded_cart_shows_its_whole_way_and_no_contact(beckon: WholeBeckon) -> None:
    by_id = await why(beckon, str(REMINDED), "--json")
    by_address = await why(beckon, f"https://console.example/sites/{SITE}/carts/{REMINDED}")

    facts = facts_of(by_id)
    events = [(fact["service"], fact["event"]) for fact in facts]
    assert (by_id.exit_code, by_address.exit_code) == (0, 0)
    assert {
        ("orders", "cart opened"),
        ("orders", "cart left behind"),
        ("orders", "purchase check asked for"),
        ("orders", "purchase check: granted"),
        ("notify", "consent to sms given"),
        ("notify", "sms confirmed"),
        ("notify", "carrier called"),
        ("notify", "attempt accepted"),
        ("onboarding", "Reminder sent to carrier"),
    } <= set(events)
    assert [fact["at"] for fact in facts if fact["at"]] == sorted(fact["at"] for fact in facts if fact["at"])
    assert len({fact["nudge"] for fact in facts if fact["nudge"]}) == 1
    for text in (by_id.stdout, by_address.stdout):
        assert [needle for needle in ANNA.needles if needle in text] == []


async def test_an_order_by_phone_is_the_evidence_that_silences(beckon: WholeBeckon) -> None:
    report = an_order_report(
        event_id=new_uuid7(),
        occurred_at=now(),
        received_at=now(),
        effective_at=now(),
        identities=(ANNA.identity(ContactKind.PHONE),),
    )
    beckon.publish(report)
    await beckon.process_all()

    facts = facts_of(await why(beckon, str(cart_id_of(SITE, ANNA.browser, 2)), "--json"))

    [found] = [fact for fact in facts if fact["event"] == "silenced: bought"]
    [ordered] = [fact for fact in facts if str(report.event_id) in fact["detail"] and "order placed" in fact["event"]]
    assert str(report.event_id) in found["detail"]
    assert "on phone" in ordered["detail"]


async def test_what_cannot_be_reached_is_named_with_its_setting(beckon: WholeBeckon) -> None:
    result = await why(beckon, str(REMINDED), "--json", services=("orders",))
    unknown = await why(beckon, str(UUID(int=9)), services=("orders",))
    mistyped = await why(beckon, "the cart of anna")

    unseen = {fact["service"]: fact["detail"] for fact in facts_of(result) if fact["event"] == "not seen"}
    assert result.exit_code == 0
    assert unseen == {"notify": "give BECKON_NOTIFY_POSTGRES", "onboarding": "give BECKON_ONBOARDING_POSTGRES"}
    assert (unknown.exit_code, mistyped.exit_code) == (1, 2)
