"""What every response has, and what no form can do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from services.onboarding.storage.global_stops import GlobalStop, GlobalStopStore
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ADDRESS, PASSWORD, ConsoleClient


@pytest.mark.parametrize(
    "path", ["/signin", "/", "/nowhere", "/signout", "/api/sites", "/static/console.css", "/events", "/order-api"]
)
async def test_every_answer_bears_the_headers(anna: ConsoleClient, path: str) -> None:
    answer = await anna.http.get(path)

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


async def test_only_a_file_whose_address_names_its_contents_is_kept(anna: ConsoleClient) -> None:
    answer = await anna.http.get("/static/console.css?v=1")
    missing = await anna.http.get("/static/nothing.css?v=1")

    assert "immutable" in answer.headers["cache-control"]
    assert (missing.status_code, missing.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    ("pressed_on", "back_on"),
    [
        ("", ""),
        ("/carts", "/carts"),
        ("/settings/pace", "/settings"),
        ("/keys", "/settings"),
    ],
)
async def test_pausing_leads_back_to_a_page(anna: ConsoleClient, pressed_on: str, back_on: str) -> None:
    anna.http.headers["Referer"] = ADDRESS + anna.site(pressed_on)

    answer = await anna.posts(anna.site("/pause"))
    page = await anna.http.get(answer.headers["location"])

    assert answer.headers["location"] == anna.site(back_on)
    assert page.status_code == 200
    assert "Sending is paused" in page.text


async def test_every_merchant_sees_that_the_operator_has_stopped_sending(
    anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    await mallory.opens_a_shop()
    stop = GlobalStop(UUID(int=1), datetime.now(UTC), "sam", "a carrier bills twice")

    async with transaction(pool) as tx:
        await GlobalStopStore(tx).add(stop)
    stopped = [await each.http.get(each.site("/settings")) for each in (anna, mallory)]
    answer = await anna.http.get("/api/sites")
    async with transaction(pool) as tx:
        await GlobalStopStore(tx).end(stop.stop_id, "kim", "mended", datetime.now(UTC))
    resumed = await anna.http.get(anna.site("/settings"))

    assert ["Sending is paused by the operator" in page.text for page in stopped] == [True, True]
    assert not any("sam" in page.text or "bills" in page.text for page in stopped)
    assert [(site["paused"], site["stopped"]) for site in answer.json()["sites"]] == [(False, True)]
    assert "Sending is paused" not in resumed.text


@pytest.mark.parametrize("referer", ["https://evil.example/sites", "//evil.example", "", "javascript:alert(1)"])
async def test_pausing_leads_nowhere_else(anna: ConsoleClient, referer: str) -> None:
    anna.http.headers["Referer"] = referer

    answer = await anna.posts(anna.site("/pause"))

    assert answer.headers["location"] == anna.site()


async def test_a_form_without_an_end_is_not_read_to_it(anna: ConsoleClient) -> None:
    sent = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1000:
            sent += 1
            yield b"x" * 1024

    answer = await anna.http.post("/signin", content=without_end())

    assert answer.status_code == 422
    assert sent < 1000


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join(b"a=1" for _ in range(101)), b"email=a%00b@c.example&password=%00"])
async def test_a_form_that_no_page_of_ours_sends_is_answered_with_a_sentence(
    transport: httpx.ASGITransport, body: bytes
) -> None:
    async with ConsoleClient(transport, "x@shop.example") as stranger:
        answer = await stranger.http.post("/signin", content=body)

    assert answer.status_code == 422
    assert "Wrong e-mail or password" in answer.text


async def test_a_name_with_a_nul_raises_no_error(transport: httpx.ASGITransport) -> None:
    async with ConsoleClient(transport, "x@shop.example") as stranger:
        answer = await stranger.http.post("/signup", data={"email": "a\0b@shop.example", "password": PASSWORD})

    assert answer.status_code == 303
