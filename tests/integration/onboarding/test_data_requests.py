"""Requests for a person's data in the console: one key each, complete when all have answered, nobody else's, gone in a week."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.onboarding.consumers import apply_cart_events, apply_message_events
from services.onboarding.people.data_requests import MOST_A_DAY
from services.onboarding.storage.sweeps import RETENTION
from shared.events.cart import ShopperDataCollected
from shared.events.message import RecipientDataCollected
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool, transaction
from shared.runtime.security.sealed_answers import seal_answer
from tests.support.stories.console_client import ConsoleClient

EMAIL = "anna@home.example"
ANSWER: dict[str, dict[str, Any]] = {
    "orders": {
        "visitor_ids": [],
        "contacts": [],
        "carts": [
            {"opened_at": "9999-99-99T99:99:99.999Z", "state": "<img src=x onerror=alert(1)>", "items": [], "return_path": None}
        ],
        "orders": [],
        "browsers": [],
        "reminders_planned": [],
        "left_out": {"browsers_that_others_may_share": 2},
    },
    "notify": {"opt_ins": [], "consents": [], "messages": [], "refusals_by_reply_or_merchant": []},
}


async def request_of(merchant: ConsoleClient) -> str:
    """Where the request is that a look has made."""
    moved = await merchant.posts(merchant.site("/people/export"), contact=EMAIL)
    assert moved.status_code == 303, moved.text
    return moved.headers["location"]


async def asked(pool: Pool) -> list[dict[str, Any]]:
    rows = [json.loads(row["value"]) for row in await pool.fetch("SELECT value FROM onboarding.outbox ORDER BY id")]
    return [event for event in rows if event["type"] == "person_data.requested"]


async def answer(pool: Pool, request: dict[str, Any], *services: str) -> None:
    """What these services would have sent."""
    now, site_id, request_id = SystemClock().now(), UUID(request["site_id"]), UUID(request["event_id"])
    for service in services:
        kind = ShopperDataCollected if service == "orders" else RecipientDataCollected
        boxes = seal_answer(request["reader_key"], site_id, request_id, service, ANSWER[service])
        stamp = {"site_id": site_id, "occurred_at": now, "received_at": now, "request_id": request_id, "collected_at": now}
        parts = [kind(event_id=uuid4(), part=n, parts=len(boxes), box=box, **stamp) for n, box in enumerate(boxes, 1)]
        async with transaction(pool) as tx:
            await (apply_cart_events if service == "orders" else apply_message_events)(parts, tx)  # type: ignore[arg-type]


async def test_a_request_is_complete_when_all_services_have_answered(anna: ConsoleClient, pool: Pool) -> None:
    request = await request_of(anna)
    waiting = (await anna.http.get(f"/api{request}")).json()
    [event] = await asked(pool)
    await answer(pool, event, "orders")
    half = (await anna.http.get(f"/api{request}")).json()
    await answer(pool, event, "notify", "notify")

    whole = (await anna.http.get(f"/api{request}")).json()
    page = (await anna.http.get(request)).text

    assert [each["waiting_for"] for each in (waiting, half, whole)] == [["orders", "notify"], ["notify"], []]
    assert [each["complete"] for each in (waiting, half, whole)] == [False, False, True]
    assert whole["completed_at"] == max(whole["answered"].values())
    assert "Complete: all services have answered" in page
    assert "&lt;img src=x" in page
    assert "<img" not in page
    assert "browsers that others may share" in page


async def test_viewing_and_exporting_a_contact_are_one_request_and_name_it_nowhere(anna: ConsoleClient, pool: Pool) -> None:
    viewed = await anna.posts(anna.site("/people"), contact="Anna@HOME.example", also="+1 212 555 0123")
    again = await anna.posts(anna.site("/people"), contact=EMAIL, also="(212) 555-0123")
    request = await request_of(anna)

    events = await asked(pool)
    assert [len(event["recipients"]) for event in events] == [2, 1]
    assert f"/people/requests/{events[0]['event_id']}" in viewed.text
    assert f"/people/requests/{events[0]['event_id']}" in again.text
    assert request.endswith(events[1]["event_id"])
    rows = await pool.fetch("SELECT d::text AS row FROM onboarding.data_requests AS d")
    assert not [row for row in rows if "home.example" in row["row"] or "5550123" in row["row"]]


async def test_nobody_of_another_account_reads_a_request_or_fetches_its_file(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    request = await request_of(anna)
    [event] = await asked(pool)
    await answer(pool, event, "orders", "notify")
    await mallory.opens_a_shop()
    her_own = request.replace(str(anna.site_id), str(mallory.site_id))

    answers = [
        await mallory.http.get(prefix + path + suffix)
        for prefix in ("", "/api")
        for path in (request, her_own)
        for suffix in ("", "/export")
    ]

    assert {each.status_code for each in answers} == {404}
    assert (await anna.http.get(f"{request}/export")).status_code == 200


async def test_a_link_on_another_page_fetches_no_file(anna: ConsoleClient) -> None:
    request = await request_of(anna)

    answers = [
        (await anna.http.get(f"{request}/export", headers={"Origin": "", "Sec-Fetch-Site": fetch_site})).status_code
        for fetch_site in ("cross-site", "same-site", "same-origin")
    ]

    assert answers == [404, 404, 200]


async def test_after_a_week_neither_request_nor_answers_are_there(anna: ConsoleClient, pool: Pool) -> None:
    request = await request_of(anna)
    [event] = await asked(pool)
    await answer(pool, event, "orders", "notify")
    await pool.execute("UPDATE onboarding.data_requests SET asked_at = asked_at - interval '7 days 1 minute'")

    assert (await anna.http.get(request)).status_code == 404
    assert (await anna.http.get(f"/api{request}/export")).status_code == 404
    week = {sweep.table: sweep.kept for sweep in RETENTION if "data_" in sweep.table}
    assert week == dict.fromkeys(("onboarding.data_requests", "onboarding.data_answers"), timedelta(days=7))


async def test_an_answer_nobody_asked_for_is_not_kept(anna: ConsoleClient, pool: Pool) -> None:
    await request_of(anna)
    [event] = await asked(pool)

    await answer(pool, event | {"event_id": str(uuid4())}, "orders")

    assert await pool.fetchval("SELECT count(*) FROM onboarding.data_answers") == 0


async def test_what_cannot_be_read_and_what_is_too_much_is_shown(anna: ConsoleClient, pool: Pool) -> None:
    bad = await anna.posts(anna.site("/people/export"), contact=EMAIL, also="nobody")
    many = await anna.posts(anna.site("/people/export"), contact=EMAIL, also="+12125550123," * 5)
    await pool.execute(
        """
        INSERT INTO onboarding.data_requests (site_id, request_id, kind, recipient_indexes, asked_at, asked_by, key_box)
        SELECT $1, gen_random_uuid(), 'email', '{}', clock_timestamp(), '', '' FROM generate_series(1, $2::bigint)
        """,
        anna.site_id,
        MOST_A_DAY,
    )
    spent = await anna.posts(anna.site("/people/export"), contact=EMAIL)

    assert {each.status_code for each in (bad, many, spent)} == {422}
    assert 'href="#also"' in bad.text
    assert "Go on tomorrow" in spent.text
    assert await asked(pool) == []
