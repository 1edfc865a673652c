"""Live events: at once, in one order, none lost and none twice after a break, and nobody else's."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette

from services.onboarding.live.activity_routes import STREAMS_PER_ACCOUNT
from services.onboarding.storage.live import notify_changed
from shared.runtime.postgres.pool import Pool, Transaction, transaction
from shared.runtime.service import AsgiServer
from tests.support.processes.servers import free_port
from tests.support.stories.console_client import ConsoleClient

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
async def address(app: Starlette) -> AsyncIterator[str]:
    """The console on a port: a stream has no end that a call could wait for."""
    port = free_port()
    server = AsgiServer(app, "127.0.0.1", port)
    await server.start()
    yield f"http://127.0.0.1:{port}"
    await server.stop()


@asynccontextmanager
async def listening(address: str, anna: ConsoleClient, after: str = "", last: str = "") -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a stream, as a browser asks for it."""
    headers = {"Cookie": anna.http.headers["Cookie"]} | ({"Last-Event-ID": last} if last else {})
    async with (
        httpx.AsyncClient(base_url=address, timeout=20) as client,
        client.stream("GET", f"{anna.site('/stream')}?after={after}", headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.aiter_lines()


async def rows_of(lines: AsyncIterator[str], count: int) -> list[tuple[str, str]]:
    """The next rows: their ids and the order numbers in their titles."""
    found: list[tuple[str, str]] = []
    number, kind = "", ""
    async with asyncio.timeout(15):
        while len(found) < count:
            line = await anext(lines)
            if line.startswith("id: "):
                number = line[4:]
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: ") and kind == "row":
                found.append((number, json.loads(line[6:])["title"]))
    return found


async def note(tx: Transaction, site_id: UUID, order_id: str) -> None:
    event = {
        "type": "order.reconciled",
        "order_id": numbered(order_id),
        "status": "placed",
        "witnesses": [],
        "credit": "returned",
    }
    await tx.execute(
        "INSERT INTO onboarding.timeline (site_id, event_id, happened_at, event) VALUES ($1, $2, $3, $4)",
        site_id,
        uuid4(),
        NOON,
        json.dumps(event),
    )


async def apply_events(pool: Pool, site_id: UUID, *order_ids: str) -> None:
    for order_id in order_ids:
        async with transaction(pool) as tx:
            await note(tx, site_id, order_id)
            await notify_changed(tx, [site_id])


def titles(*order_ids: str) -> list[str]:
    return [f"Order {numbered(order_id)}: placed" for order_id in order_ids]


def numbered(order_id: str) -> str:
    """As a shop counts: a number without a digit is not shown."""
    return order_id if order_id[-1].isdigit() else f"{order_id}-1"


async def test_an_event_is_shown_at_once_and_none_is_lost_or_repeated_after_a_break(
    address: str, anna: ConsoleClient, pool: Pool
) -> None:
    await apply_events(pool, anna.site_id, "before")
    async with listening(address, anna, "0-0") as lines:
        first = await rows_of(lines, 1)
        await apply_events(pool, anna.site_id, "1", "2")
        second = await rows_of(lines, 2)
    await apply_events(pool, anna.site_id, "3", "4")
    async with listening(address, anna, "0-0", last=second[-1][0]) as lines:
        third = await rows_of(lines, 2)

    assert [title for _, title in [*first, *second, *third]] == titles("before", "1", "2", "3", "4")


async def test_a_transaction_that_commits_late_is_not_passed_over(address: str, anna: ConsoleClient, pool: Pool) -> None:
    """Its number is the smaller one: who had read past it would never see it."""
    async with listening(address, anna, "0-0") as lines:
        async with transaction(pool) as late:
            await note(late, anna.site_id, "late")
            await apply_events(pool, anna.site_id, "early")
            await notify_changed(late, [anna.site_id])
        shown = await rows_of(lines, 2)

    assert [title for _, title in shown] == titles("late", "early")


async def test_the_order_is_that_of_numbers_and_not_of_digits(address: str, anna: ConsoleClient, pool: Pool) -> None:
    """Transaction 1000 comes after 999, and reading is by the index."""
    await apply_events(pool, anna.site_id, "second", "first")
    await pool.execute(
        """
        UPDATE onboarding.timeline SET written_in = (CASE WHEN event LIKE '%first%' THEN '99' ELSE '100' END)::text::xid8
         WHERE site_id = $1
        """,
        anna.site_id,
    )

    async with listening(address, anna, "0-0") as lines:
        shown = await rows_of(lines, 2)

    assert [title for _, title in shown] == titles("first", "second")


async def test_the_page_shows_the_latest_first_and_the_stream_goes_on_from_there(
    address: str, anna: ConsoleClient, pool: Pool
) -> None:
    await apply_events(pool, anna.site_id, *(str(number) for number in range(60)))

    page = (await anna.http.get(anna.site("/activity"))).text
    after = page.partition('data-after="')[2].partition('"')[0]
    async with listening(address, anna, after) as lines:
        await apply_events(pool, anna.site_id, "next")
        shown = await rows_of(lines, 1)

    assert page.index("Order 59:") < page.index("Order 10:")
    assert page.count("<li><time>") == 50
    assert [title for _, title in shown] == titles("next")


async def test_what_the_set_up_warns_of_stands_above_the_events(anna: ConsoleClient, pool: Pool) -> None:
    before = (await anna.http.get(anna.site("/activity"))).text
    for kind, sample in (("order_seen", "{}"), ("server_field_unread", '{"field": "total"}')):
        await pool.execute("INSERT INTO onboarding.signals VALUES ($1, $2, now(), 1, $3)", anna.site_id, kind, sample)

    page = (await anna.http.get(anna.site("/activity"))).text

    assert "had something that could not be read, the last one the total" in page
    assert f'href="/sites/{anna.site_id}/setup#state-confirmation"' in page
    assert "could not be read" not in before


async def test_nobody_receives_another_accounts_shop(
    address: str, anna: ConsoleClient, mallory: ConsoleClient, pool: Pool
) -> None:
    await mallory.opens_a_shop()
    async with listening(address, mallory, "0-0") as lines:
        await apply_events(pool, anna.site_id, "annas")
        await apply_events(pool, mallory.site_id, "mallorys")
        shown = await rows_of(lines, 1)

    async with httpx.AsyncClient(base_url=address, headers={"Cookie": mallory.http.headers["Cookie"]}) as client:
        assert (await client.get(anna.site("/stream"))).status_code == 404
        assert (await client.get(anna.site("/activity"))).status_code == 404
    assert [title for _, title in shown] == titles("mallorys")


async def test_a_stream_without_a_session_is_refused_and_one_whose_session_ends_is_over(
    address: str, anna: ConsoleClient, pool: Pool
) -> None:
    async with httpx.AsyncClient(base_url=address) as client:
        refused = await client.get(anna.site("/stream"))
    async with listening(address, anna, "0-0") as lines:
        await anna.posts("/signout")
        await apply_events(pool, anna.site_id, "secret")
        rest = [line async for line in lines]

    assert (refused.status_code, refused.json()["reason"]) == (401, "signed_out")
    assert not any("secret" in line for line in rest)


async def test_an_account_holds_no_more_streams_than_its_share(address: str, anna: ConsoleClient) -> None:
    headers = {"Cookie": anna.http.headers["Cookie"]}
    async with httpx.AsyncClient(base_url=address, headers=headers, limits=httpx.Limits(max_connections=100)) as client:
        answers = [
            await client.send(client.build_request("GET", anna.site("/stream")), stream=True)
            for _ in range(STREAMS_PER_ACCOUNT + 1)
        ]
        statuses = [answer.status_code for answer in answers]
        for answer in answers:
            await answer.aclose()

    assert statuses == [200] * STREAMS_PER_ACCOUNT + [429]
