"""Pointing in the console: one link, one save, from the shop's own pages alone; versions, undo, and texts of strangers."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from services.onboarding.pointing.routes import LINK_LIVES
from services.onboarding.web.responses import OpenedPointing, Pointings
from shared.events.pointing import Pointing
from shared.events.settings import SiteConfigured
from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient

SHOP = "https://shop.example"
CART = {
    "path": "/korb",
    "line": "div.posten",
    "title": "b",
    "price": "i",
    "title_reads": "Harbor Red",
    "price_reads": "12,00 €",
}
FIRST = Pointing(number=1, path="/korb", line=("div.posten",), title=("b",), price=("i",))
ATTACK = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'}}{{7*7}}"


async def token_of(merchant: ConsoleClient) -> str:
    """Press the button; the page has the link this once."""
    page = (await merchant.posts(merchant.site("/pointing/link"))).text
    link = re.search(r'id="picker-link" href="([^"]+)"', page)
    assert link is not None, page
    address, _, token = link[1].partition("#beckon_pick=")
    assert address == f"{SHOP}/"
    return token


async def saves(transport: httpx.ASGITransport, token: str, *, origin: str = SHOP, **fields: str) -> httpx.Response:
    """What the picker sends: a form without cookies, from a page of the shop."""
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as picker:
        return await picker.post("/api/picker/save", data={"token": token, **(fields or CART)}, headers={"Origin": origin})


async def opens(transport: httpx.ASGITransport, token: str, origin: str = SHOP) -> httpx.Response:
    """What the picker asks first."""
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as picker:
        return await picker.post("/api/picker/open", data={"token": token}, headers={"Origin": origin})


async def settings_of(pool: Pool, merchant: ConsoleClient) -> SiteConfigured:
    text = await pool.fetchval("SELECT settings FROM onboarding.sites WHERE site_id = $1", merchant.site_id)
    return SiteConfigured.model_validate_json(text)


async def test_what_is_pointed_out_becomes_the_next_revision_and_is_undone(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient
) -> None:
    before = await settings_of(pool, anna)
    first = await saves(transport, await token_of(anna))
    token = await token_of(anna)
    opened = (await opens(transport, token)).json()
    second = await saves(transport, token, **{**CART, "email": "#mail"})
    used = await settings_of(pool, anna)

    assert (first.json(), second.json()) == ({"number": 1}, {"number": 2})
    OpenedPointing.model_validate(opened)
    Pointings.model_validate((await anna.http.get(f"/api{anna.site('/pointing')}")).json())
    assert opened["shop"] == "Harbor & Vine"
    assert opened["pointing"]["line"] == ["div.posten"]
    assert used.revision == before.revision + 2
    assert used.pointing is not None
    assert (used.pointing.number, used.pointing.email) == (2, ("#mail",))
    page = (await anna.http.get(anna.site("/pointing"))).text
    assert "In use: version 2" in page
    assert "12,00 €" in page

    await anna.posts(anna.site("/pointing/undo"), number="2")
    again = await anna.posts(anna.site("/pointing/undo"), number="2")
    assert again.status_code == 422
    assert "no longer the one in use" in again.text
    assert (await settings_of(pool, anna)).pointing == FIRST
    await anna.posts(anna.site("/pointing/undo"), number="1")
    assert (await settings_of(pool, anna)).pointing is None
    third = await saves(transport, await token_of(anna))
    assert third.json() == {"number": 3}


async def test_a_link_saves_once_also_for_two_who_use_it_at_once(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient
) -> None:
    token = await token_of(anna)
    answers = await asyncio.gather(*(saves(transport, token) for _ in range(4)))
    later = await saves(transport, token, path="/evil", line="a", title="b")

    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert (later.status_code, later.json()["reason"]) == (403, "ended")
    assert (await opens(transport, token)).status_code == 403
    used = (await settings_of(pool, anna)).pointing
    assert used is not None
    assert (used.number, used.path) == (1, "/korb")


async def test_a_link_ends_after_a_quarter_of_an_hour_and_with_the_next_one(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient
) -> None:
    first, second = await token_of(anna), await token_of(anna)
    replaced = await saves(transport, first)
    await pool.execute(
        "UPDATE onboarding.pointing_links SET expires_at = expires_at - $1::interval", LINK_LIVES + timedelta(seconds=1)
    )
    late = await saves(transport, second)

    assert timedelta(minutes=15) == LINK_LIVES
    assert (replaced.status_code, late.status_code) == (403, 403)
    assert (await settings_of(pool, anna)).pointing is None


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://shop.example.evil.example", "https://notshop.example", "null", "", "file://"]
)
async def test_a_page_of_somebody_else_teaches_a_shop_nothing(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient, origin: str
) -> None:
    token = await token_of(anna)
    answers = [await saves(transport, token, origin=origin), await opens(transport, token, origin)]

    assert [(answer.status_code, answer.json()["reason"]) for answer in answers] == [(403, "foreign_origin")] * 2
    assert "Harbor" not in answers[1].text
    assert (await settings_of(pool, anna)).pointing is None
    assert (await saves(transport, token)).status_code == 200, "the token is not lost by it"


async def test_a_token_opens_nothing_else_and_nothing_else_is_a_token(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient, mallory: ConsoleClient
) -> None:
    await mallory.opens_a_shop()
    token = await token_of(anna)
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as nobody:
        as_session = await nobody.get(f"/api{anna.site('/overview')}", headers=bearer)
        as_shared = await nobody.get(f"/share/{token}")
    session = anna.http.headers["Cookie"].partition("=")[2]
    guesses = [await saves(transport, guess) for guess in ("", session, token[:-1], token + "A", "a" * 5000, "\0")]
    taught = await saves(transport, token, **CART, site_id=str(mallory.site_id))

    assert (as_session.status_code, as_shared.status_code) == (401, 404)
    assert {answer.status_code for answer in guesses} == {403}
    assert taught.status_code == 200
    assert (await settings_of(pool, mallory)).pointing is None


async def test_answers_to_pickers_can_be_read_without_cookies_alone(
    transport: httpx.ASGITransport, anna: ConsoleClient
) -> None:
    answer = await opens(transport, await token_of(anna))

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_what_cannot_be_kept_is_refused_by_field_and_the_link_goes_on(
    transport: httpx.ASGITransport, anna: ConsoleClient
) -> None:
    token = await token_of(anna)
    refused = await saves(transport, token, **{**CART, "price": "*{}", "path": "nowhere"})

    assert refused.status_code == 422
    assert [fault["field"] for fault in refused.json()["faults"]] == ["price", "path"]
    assert (await saves(transport, token)).status_code == 200


async def test_a_title_of_the_page_that_is_markup_is_shown_as_text(transport: httpx.ASGITransport, anna: ConsoleClient) -> None:
    await saves(transport, await token_of(anna), **{**CART, "title_reads": ATTACK, "total": "u", "total_reads": ATTACK * 9})
    page = (await anna.http.get(anna.site("/pointing"))).text
    answer = await anna.http.get(f"/api{anna.site('/pointing')}")

    assert "<img" not in page
    assert "alert(2)</script>" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 2
    assert "{{7*7}}" in page
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["versions"][0]["readings"]["title"] == ATTACK


async def test_the_oldest_version_goes_where_there_are_too_many(
    transport: httpx.ASGITransport, pool: Pool, anna: ConsoleClient
) -> None:
    for _ in range(22):
        assert (await saves(transport, await token_of(anna))).status_code == 200

    versions = (await anna.http.get(f"/api{anna.site('/pointing')}")).json()["versions"]
    assert [each["number"] for each in versions] == list(range(22, 2, -1))
