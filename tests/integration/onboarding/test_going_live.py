"""Nothing is live by accident: a new shop is in test mode, and stays there until nothing is missing."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.events.envelope import Money
from shared.events.signals import SampledCart, SampledLine
from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SENDER = {"account_sid": "AC1", "auth_token": "secret", "from_number": "+12125550100"}
LINE = SampledLine(name="Harbor Red", quantity=1, unit_price=Money(minor=6495, currency="USD"))
NEED = {"phone": "contacts"}
"""The need that a thing left out belongs to, where it has another name."""
GAPS = ("tracking", "confirmation", "carts", "contacts", "phone", "sender", "registration", "opt_outs")
PACE = {
    "mode": "live",
    "abandoned_after_seconds": "1800",
    "step_delay_seconds": "1800",
    "hours": "legal",
    "control_share_percent": "10",
}


async def mode_of(anna: ConsoleClient) -> str:
    mode: str = (await anna.http.get(f"/api{anna.site('/live')}")).json()["mode"]
    return mode


async def saw(pool: Pool, site_id: UUID, *kinds: str) -> None:
    """What ingest would have noticed of the shop."""
    for kind in kinds:
        await pool.execute("INSERT INTO onboarding.signals VALUES ($1, $2, $3, 1, '{}')", site_id, kind, NOON)


async def saw_a_cart(pool: Pool, site_id: UUID) -> None:
    """A cart of one line, as ingest samples it."""
    sample = json.dumps({"cart": SampledCart(lines=(LINE,), total=LINE.unit_price).model_dump(mode="json")})
    await pool.execute("INSERT INTO onboarding.signals VALUES ($1, 'cart_seen', $2, 1, $3)", site_id, NOON, sample)


async def does_all_but(anna: ConsoleClient, pool: Pool, left_out: str) -> None:
    """Everything a site needs, but for one thing."""
    signals = {"tracking": "beacon_seen", "confirmation": "order_seen", "contacts": "email_seen", "phone": "phone_seen"}
    await saw(pool, anna.site_id, *(kind for need, kind in signals.items() if need != left_out))
    await saw_a_cart(pool, anna.site_id)
    if left_out != "carts":
        await anna.posts(anna.site("/setup/cart"), answer="yes")
    if left_out != "sender":
        await anna.posts(anna.site("/settings/sender"), **SENDER)
    if left_out != "registration":
        await anna.posts(anna.site("/texting/registration"), state="approved")
    if left_out != "opt_outs":
        await anna.posts(anna.site("/people/opt-outs"), none="yes")


async def test_a_new_shop_is_in_test_mode_and_shows_what_is_missing(anna: ConsoleClient) -> None:
    refused = await anna.posts(anna.site("/live"))

    assert refused.status_code == 422
    assert "No order has been reported yet." in refused.text
    assert await mode_of(anna) == "test"


async def test_a_shop_goes_live_when_nothing_is_missing(anna: ConsoleClient, pool: Pool) -> None:
    await does_all_but(anna, pool, "nothing")

    answer = await anna.posts(anna.site("/live"))
    page = await anna.http.get(anna.site("/live"))

    assert answer.status_code == 303
    assert await mode_of(anna) == "live"
    assert "Missing" not in page.text


@pytest.mark.parametrize(
    "left_out", ["tracking", "confirmation", "carts", "contacts", "phone", "sender", "registration", "opt_outs"]
)
async def test_one_gap_is_enough_to_stay_in_test_mode(anna: ConsoleClient, pool: Pool, left_out: str) -> None:
    await does_all_but(anna, pool, left_out)

    refused = await anna.posts(anna.site("/live"))

    assert (refused.status_code, await mode_of(anna)) == (422, "test")
    assert f'href="#{NEED.get(left_out, left_out)}"' in refused.text


async def test_who_sends_carts_from_own_code_needs_no_reader_until_they_take_it_back(anna: ConsoleClient, pool: Pool) -> None:
    await does_all_but(anna, pool, "carts")
    await pool.execute("DELETE FROM onboarding.signals WHERE kind IN ('email_seen', 'phone_seen', 'cart_seen')")

    await anna.posts(anna.site("/setup/own-carts"), answer="yes")
    await anna.posts(anna.site("/setup/own-carts"), answer="no")
    refused = await anna.posts(anna.site("/live"))
    await anna.posts(anna.site("/setup/own-carts"), answer="yes")
    answer = await anna.posts(anna.site("/live"))

    assert (refused.status_code, answer.status_code, await mode_of(anna)) == (422, 303, "live")


async def test_the_settings_are_no_way_around_it(anna: ConsoleClient, pool: Pool) -> None:
    refused = await anna.posts(anna.site("/settings/pace"), **PACE)

    assert (refused.status_code, await mode_of(anna)) == (422, "test")


async def test_a_live_shop_changes_its_timing_and_stays_live(anna: ConsoleClient, pool: Pool) -> None:
    await does_all_but(anna, pool, "nothing")
    await anna.posts(anna.site("/live"))

    changed = await anna.posts(anna.site("/settings/pace"), **{**PACE, "control_share_percent": "5"})

    assert (changed.status_code, await mode_of(anna)) == (303, "live")


async def test_nobody_makes_another_accounts_shop_live(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool) -> None:
    await does_all_but(anna, pool, "nothing")

    answer = await mallory.posts(anna.site("/live"))

    assert (answer.status_code, await mode_of(anna)) == (404, "test")
