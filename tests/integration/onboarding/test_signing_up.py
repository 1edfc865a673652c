"""A sign-up makes account and shop at once, and nobody makes them, or asks for names, by the hundred."""

import httpx

from services.onboarding.throttle import HARD_LIMITS
from tests.support.console_client import ADDRESS, PASSWORD, ConsoleClient


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
