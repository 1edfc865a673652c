"""Replies in the console: sealed until somebody reads one, and who did is written down. Nobody of another account does."""

from datetime import timedelta

import httpx

from services.onboarding.storage.replies import MOST_OF_ONE, PAGE
from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient
from tests.support.stories.console_replies import NOON, NUMBER, a_reply


async def test_a_list_opens_nothing_and_reading_a_reply_is_recorded(anna: ConsoleClient, pool: Pool) -> None:
    reply = await a_reply(pool, anna.site_id)
    path = anna.site(f"/replies/{reply.event_id}/open")

    before = await anna.http.get(anna.site("/replies"))
    by_get = await anna.http.get(path)
    opened = await anna.posts(path)
    after = await anna.http.get(anna.site("/replies"))

    assert "Where is it?" not in before.text + after.text
    assert by_get.status_code == 404
    assert "1 kept, 1 not opened yet" in before.text
    assert "Where is it? &lt;/blockquote&gt;&lt;script&gt;" in opened.text
    assert "<script>alert" not in opened.text
    assert opened.headers["cache-control"] == "no-store"
    assert "1 kept, 0 not opened yet" in after.text
    assert f"by {anna.email}" in after.text
    rows = await pool.fetch("SELECT opened_by, way FROM onboarding.reply_openings")
    assert [tuple(row) for row in rows] == [(anna.email, "page")]


async def test_nobody_opens_a_reply_of_another_account_by_any_address(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    reply = await a_reply(pool, anna.site_id)
    await mallory.opens_a_shop()

    answers = [
        await mallory.posts(f"{api}/sites/{site}/replies/{reply.event_id}/open")
        for api in ("", "/api")
        for site in (anna.site_id, mallory.site_id)
    ]
    hers = await mallory.http.get(mallory.site("/replies"))

    assert {answer.status_code for answer in answers} == {404}
    assert "0 kept" in hers.text
    assert await pool.fetchval("SELECT count(*) FROM onboarding.reply_openings") == 0


async def test_a_forged_form_opens_nothing(anna: ConsoleClient, pool: Pool) -> None:
    reply = await a_reply(pool, anna.site_id)
    path = anna.site(f"/replies/{reply.event_id}/open")

    forged = [
        await anna.http.post(path),
        await anna.http.post(path, data={"csrf_token": "0" * 32}),
        await anna.http.post(path, headers={"Origin": "https://evil.example"}),
    ]

    assert {answer.status_code for answer in forged} == {403}
    assert await pool.fetchval("SELECT count(*) FROM onboarding.reply_openings") == 0


async def test_replies_come_in_pages_and_a_flood_of_one_number_ends(anna: ConsoleClient, pool: Pool) -> None:
    for number in range(PAGE + 1):
        await a_reply(pool, anna.site_id, at=NOON + timedelta(days=number), number=f"+1212555{number:04}")
    await pool.execute(
        """
        INSERT INTO onboarding.replies (site_id, reply_id, recipient_index, received_at, box)
        SELECT site_id, gen_random_uuid(), recipient_index, received_at - n * interval '1 minute', ''
          FROM onboarding.replies, generate_series(1, $1::bigint) AS n WHERE received_at = $2
        """,
        MOST_OF_ONE - 1,
        NOON,
    )

    await a_reply(pool, anna.site_id, at=NOON + timedelta(minutes=1), number="+12125550000")
    first = (await anna.http.get(f"/api/sites/{anna.site_id}/replies")).json()
    second = (await anna.http.get(f"/api/sites/{anna.site_id}/replies", params={"after": first["next"]})).json()
    nowhere = await anna.http.get(f"/api/sites/{anna.site_id}/replies", params={"after": "\u0000|x"})

    ids = [each["reply_id"] for each in first["replies"] + second["replies"]]
    assert first["kept"] == PAGE + MOST_OF_ONE
    assert len(set(ids)) == len(ids) == 2 * PAGE
    assert nowhere.json()["replies"] == first["replies"]


async def test_a_reply_of_a_key_that_is_gone_is_shown_as_unreadable(anna: ConsoleClient, pool: Pool) -> None:
    reply = await a_reply(pool, anna.site_id)
    await pool.execute("UPDATE onboarding.replies SET box = replace(box, 'h1.o1.', 'h1.o9.')")

    opened = await anna.posts(anna.site(f"/replies/{reply.event_id}/open"))

    assert "Nobody can read it any more" in opened.text


async def test_a_reply_goes_with_its_person_and_stands_beside_their_cart_and_name(anna: ConsoleClient, pool: Pool) -> None:
    reply = await a_reply(pool, anna.site_id)

    person: httpx.Response = await anna.posts(anna.site("/people"), contact=NUMBER)
    await pool.execute(
        """
        INSERT INTO onboarding.carts (site_id, cart_id, visitor_id, state, opened_at, changed_at)
        VALUES ($1, $2, '', 'open', $3, $3)
        """,
        anna.site_id,
        reply.cart_id,
        NOON,
    )
    cart = await anna.http.get(anna.site(f"/carts/{reply.cart_id}"))
    activity = await anna.http.get(anna.site("/activity"))
    await anna.posts(anna.site("/people/erase"), contact=NUMBER)

    assert f"/replies/{reply.event_id}/open" in person.text
    assert f"/replies/{reply.event_id}/open" in cart.text
    assert "The shopper wrote back" in activity.text
    assert await pool.fetchval("SELECT count(*) FROM onboarding.replies") == 0
    kept = await pool.fetch("SELECT event FROM onboarding.timeline")
    assert not [row for row in kept if "reply.received" in row["event"] or "h1." in row["event"]]
