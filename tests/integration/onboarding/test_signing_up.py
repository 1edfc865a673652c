"""A sign-up makes account and shop at once, and nobody makes them, or asks for names, by the hundred."""

import re
from uuid import UUID

import httpx
import pytest

from services.onboarding.accounts.throttle import HARD_LIMITS
from tests.support.stories.console_client import ADDRESS, PASSWORD, ConsoleClient


async def sign_up(transport: httpx.ASGITransport, email: str, shop: str = "") -> httpx.Response:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers={"Origin": ADDRESS}) as somebody:
        return await somebody.post("/signup", data={"email": email, "password": PASSWORD, "shop": shop})


async def test_a_shop_that_was_named_is_set_up_at_once(transport: httpx.ASGITransport) -> None:
    answer = await sign_up(transport, "new@shop.example", "https://nowhere.invalid/cart")

    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/setup")


async def test_an_address_that_is_none_is_refused_by_name(transport: httpx.ASGITransport) -> None:
    answer = await sign_up(transport, "new@shop.example", "not an address")

    assert answer.status_code == 422
    assert "Give the address of your shop" in answer.text


async def test_who_signs_up_by_the_dozen_waits_and_learns_nothing_more(
    transport: httpx.ASGITransport, anna: ConsoleClient
) -> None:
    limit = HARD_LIMITS["signup"]
    for number in range(limit - 1):  # Anna's own was the first
        await sign_up(transport, f"shop{number}@shop.example")

    taken, free = await sign_up(transport, anna.email), await sign_up(transport, "free@shop.example")

    assert (taken.status_code, free.status_code) == (429, 429)
    assert taken.text.replace(anna.email, "") == free.text.replace("free@shop.example", "")


async def shop_of(client: ConsoleClient) -> dict[str, str]:
    """The settings of the shop that a sign-up made."""
    [site] = (await client.http.get("/api/sites")).json()["sites"]
    settings: dict[str, str] = (await client.http.get(f"/api/sites/{site['site_id']}/settings")).json()
    return settings


async def test_the_country_that_is_chosen_at_the_sign_up_is_the_shops(transport: httpx.ASGITransport) -> None:
    async with ConsoleClient(transport, "erika@shop.example") as erika:
        form = {"email": erika.email, "password": PASSWORD, "shop": "nowhere.invalid", "country": "DE"}
        erika.keeps_cookies(await erika.http.post("/signup", data=form))
        erika.site_id = UUID((await erika.http.get("/api/sites")).json()["sites"][0]["site_id"])
        shop = await shop_of(erika)
        read = await erika.posts(erika.site("/people/opt-outs"), list="0151 23456789")

    assert (shop["country"], shop["currency"], shop["time_zone"]) == ("DE", "EUR", "Europe/Berlin")
    assert "1 read" in read.text or "could not" not in read.text


async def test_an_unrecognised_shop_chooses_its_platform_and_the_checklist_follows(
    transport: httpx.ASGITransport,
) -> None:
    async with ConsoleClient(transport, "erika@shop.example") as erika:
        form = {"email": erika.email, "password": PASSWORD, "shop": "nowhere.invalid"}
        erika.keeps_cookies(await erika.http.post("/signup", data=form))
        erika.site_id = UUID((await erika.http.get("/api/sites")).json()["sites"][0]["site_id"])
        before = await erika.http.get(erika.site("/setup"))
        chosen = await erika.posts(erika.site("/settings/platform"), platform="nexternal", then="setup")
        after = await erika.http.get(erika.site("/setup"))

    assert "Choose your platform" in before.text
    assert "Nexternal: <b>" not in before.text
    assert chosen.headers["location"] == erika.site("/setup")
    assert "Nexternal: <b>" in after.text


@pytest.mark.parametrize(
    ("languages", "country"),
    [("de-AT,de;q=0.9", "AT"), ("en-US", "US"), ("fr", "US"), ("", "US"), ("x-ZZ;q=1", "US"), ("zh-Hant-TW, en", "TW")],
)
async def test_the_form_suggests_the_country_of_the_browser(
    transport: httpx.ASGITransport, languages: str, country: str
) -> None:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as somebody:
        page = await somebody.get("/signup", headers={"Accept-Language": languages})

    assert re.findall(r'<option value="(\w+)"[^>]* selected>', page.text) == [country]
