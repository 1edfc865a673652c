"""The page of observe mode: two lists, for their merchant alone."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


async def a_left_cart(anna: ConsoleClient, pool: Pool, *events: dict[str, object]) -> str:
    """With what was received of it."""
    cart_id = uuid4()
    await pool.execute(
        """
        INSERT INTO onboarding.carts (site_id, cart_id, visitor_id, state, opened_at, changed_at, abandoned)
        VALUES ($1, $2, 'v', 'abandoned', $3, $3, true)
        """,
        anna.site_id,
        cart_id,
        NOON,
    )
    for minute, event in enumerate(events):
        await pool.execute(
            "INSERT INTO onboarding.timeline (site_id, event_id, cart_id, happened_at, event) VALUES ($1, $2, $3, $4, $5)",
            anna.site_id,
            uuid4(),
            cart_id,
            NOON + timedelta(minutes=minute),
            json.dumps(event),
        )
    return str(cart_id)


async def test_both_lists_are_on_the_page_and_in_the_api(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool) -> None:
    due = {"type": "nudge.due", "nudge_id": "n", "step": 1, "cart": {"items": [{"quantity": 3}]}}
    would = await a_left_cart(anna, pool, due, {"type": "nudge.withheld", "nudge_id": "n", "reason": "observing"})
    silent = await a_left_cart(anna, pool, {"type": "message.declined", "nudge_id": "m", "reason": "no_consent"})

    page = (await anna.http.get(anna.site("/observed"))).text
    shown = (await anna.http.get(f"/api{anna.site('/observed')}")).json()

    assert "you left 3 items in your cart" in page
    assert "No phone was given with the opt-in box ticked." in page
    assert ([each["cart_id"] for each in shown["would_send"]], [each["cart_id"] for each in shown["would_not"]]) == (
        [would],
        [silent],
    )
    assert (await mallory.http.get(anna.site("/observed"))).status_code == 404
    assert (await mallory.http.get(f"/api{anna.site('/observed')}")).status_code == 404


async def test_a_tick_of_the_carts_own_browser_is_a_question_that_would_have_gone(anna: ConsoleClient, pool: Pool) -> None:
    due = {"type": "nudge.due", "nudge_id": "n", "step": 1, "cart": {"items": [{"quantity": 3}]}}
    cart = await a_left_cart(anna, pool, due, {"type": "message.declined", "nudge_id": "n", "reason": "not_confirmed"})
    await pool.execute(
        "INSERT INTO onboarding.timeline (site_id, event_id, visitor_id, happened_at, event) VALUES ($1, $2, 'v', $3, $4)",
        anna.site_id,
        uuid4(),
        NOON,
        json.dumps({"type": "opt_in.handled", "outcome": "refused", "reason": "observing"}),
    )

    page = (await anna.http.get(anna.site("/observed"))).text
    shown = (await anna.http.get(f"/api{anna.site('/observed')}")).json()

    assert [each["cart_id"] for each in shown["would_ask"]] == [cart]
    assert shown["would_not"] == []
    assert "reply YES to get cart reminders by text" in page
    assert "Reminder 1: Harbor &amp; Vine: you left 3 items" in page
