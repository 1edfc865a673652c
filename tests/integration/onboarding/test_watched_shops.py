"""Whatever one shop's page is, it costs that shop its check: the others are checked, and the console lives on."""

import asyncio
from uuid import UUID

import pytest

from services.onboarding.setup.shop_checks import AT_ONCE, ShopChecks
from services.onboarding.shop_pages.findings import PageError
from services.onboarding.storage.setup import SetupStore
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from shared.runtime.security.outbound import Answer, NotReached
from tests.support.stories.console_client import ConsoleClient
from tests.support.waiting import eventually


class Shops:
    """Pages by host. ``endless`` ones never come, and are counted."""

    def __init__(self, pages: dict[str, bytes | Exception]) -> None:
        self.pages = pages
        self.waiting = 0

    async def get(self, host: str, path: str) -> Answer:
        page = self.pages.get(host, NotReached("gone"))
        if page == b"endless":
            self.waiting += 1
            await asyncio.Event().wait()
        if isinstance(page, bytes):
            return Answer(200, {}, page)
        raise page


async def opens(merchant: ConsoleClient, *hosts: str) -> list[UUID]:
    answers = [await merchant.posts("/sites", name="Harbor", host=host) for host in hosts]
    return [UUID(answer.headers["location"].split("/")[2]) for answer in answers]


@pytest.mark.parametrize("page", [b"<title" * 66_000, KeyError("a bug")])
async def test_a_shop_beside_one_with_a_hostile_page_is_checked(
    pool: Pool, anna: ConsoleClient, page: bytes | Exception
) -> None:
    evil, good = await opens(anna, "evil.example", "good.example")
    shops = Shops({"evil.example": page, "good.example": b'<meta name="generator" content="Good">'})
    checks = ShopChecks(pool, shops, SystemClock(), "https://in.example")
    await checks.watch(evil)
    await checks.watch(good)
    running = asyncio.create_task(checks.run())

    async def twice() -> bool:
        async with pool.acquire() as connection:
            found = await SetupStore(connection).findings(good)
        return found is not None and found.page.words == "Good"

    await eventually(twice)
    shops.pages["good.example"] = NotReached("away")

    async def seen_again() -> bool:
        async with pool.acquire() as connection:
            found = await SetupStore(connection).findings(good)
        return found is not None and found.error is PageError.NOT_REACHED

    await eventually(seen_again)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_pages_that_never_come_take_no_more_than_their_places(pool: Pool, anna: ConsoleClient) -> None:
    hosts = [f"slow{number}.example" for number in range(AT_ONCE + 5)]
    shops = Shops(dict.fromkeys(hosts, b"endless"))
    checks = ShopChecks(pool, shops, SystemClock(), "https://in.example")
    for site in await opens(anna, *hosts):
        await checks.watch(site)
    running = asyncio.create_task(checks.run())

    await eventually(lambda: are_waiting(shops))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert shops.waiting == AT_ONCE


async def are_waiting(shops: Shops) -> bool:
    return shops.waiting >= AT_ONCE
