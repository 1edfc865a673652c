"""Guesses are counted before they are tried and make guessing slower; nobody is locked out by somebody else's."""

import asyncio
from itertools import islice

import httpx
import pytest

from services.onboarding.accounts.throttle import FREE_TRIES, LONGEST_DELAY_SECONDS, MOST_WAITING_EACH, WINDOW
from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ADDRESS, PASSWORD, ConsoleClient


@pytest.fixture
def stranger(transport: httpx.ASGITransport, anna: ConsoleClient) -> ConsoleClient:
    """Somebody who knows Anna's e-mail address, or Anna at a computer of somebody else's."""
    return ConsoleClient(transport, anna.email)


async def guess(stranger: ConsoleClient, times: int) -> list[httpx.Response]:
    return [await stranger.signs_in(f"guess number {n}") for n in range(times)]


async def test_guessing_gets_slower_and_the_right_password_still_gets_in(stranger: ConsoleClient, waits: list[float]) -> None:
    guesses = await guess(stranger, 12)
    right = await stranger.signs_in()

    assert {answer.status_code for answer in guesses} == {422}
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0, LONGEST_DELAY_SECONDS)
    assert right.status_code == 303


async def test_a_browser_that_signed_in_before_does_not_wait_for_the_guesses_of_others(
    anna: ConsoleClient, stranger: ConsoleClient, waits: list[float]
) -> None:
    await guess(stranger, 12)
    waits.clear()

    known = await anna.signs_in()
    anna.keeps_cookies(known)
    paused = await anna.posts(anna.site("/pause"))

    assert (known.status_code, paused.status_code, waits) == (303, 303, [0])


async def test_guesses_never_end_a_session(anna: ConsoleClient, stranger: ConsoleClient) -> None:
    await guess(stranger, 12)

    assert (await anna.posts(anna.site("/pause"))).status_code == 303


async def test_a_known_browser_has_a_budget_too(anna: ConsoleClient, waits: list[float]) -> None:
    await guess(anna, FREE_TRIES["device"] + 1)

    assert waits[-2:] == [0, 0.5]


async def test_another_accounts_browser_is_a_stranger(
    transport: httpx.ASGITransport, anna: ConsoleClient, mallory: ConsoleClient, waits: list[float]
) -> None:
    mallory.email = anna.email
    await guess(mallory, FREE_TRIES["account"] + 1)

    assert waits[-1] > 0


async def test_guesses_that_arrive_together_are_no_faster(
    stranger: ConsoleClient, waits: list[float], gate: asyncio.Event
) -> None:
    gate.clear()
    answers = asyncio.as_completed([stranger.signs_in(f"guess number {n}") for n in range(14)], timeout=60)
    refused = [await answer for answer in islice(answers, 14 - MOST_WAITING_EACH)]
    gate.set()
    tried = [await answer for answer in answers]

    assert {answer.status_code for answer in refused} == {429}
    assert {answer.headers["Retry-After"] for answer in refused} == {"5"}
    assert [answer.status_code for answer in tried] == [422] * MOST_WAITING_EACH
    assert len(waits) == MOST_WAITING_EACH


async def test_who_knows_the_password_never_has_to_wait(stranger: ConsoleClient, waits: list[float]) -> None:
    answers = [await stranger.signs_in() for _ in range(11)]

    assert {answer.status_code for answer in answers} == {303}
    assert set(waits) == {0}


async def test_signing_in_forgives_no_earlier_guess(stranger: ConsoleClient, waits: list[float]) -> None:
    await guess(stranger, FREE_TRIES["account"])
    await stranger.signs_in()
    await stranger.signs_in("one more guess")

    assert waits[-2:] == [0.5, 0.5]


async def test_what_was_guessed_long_ago_costs_nothing(stranger: ConsoleClient, waits: list[float], pool: Pool) -> None:
    await guess(stranger, FREE_TRIES["account"])
    await pool.execute("UPDATE onboarding.failed_sign_ins SET failed_at = failed_at - $1::interval", WINDOW)
    await stranger.signs_in()

    assert waits[-1] == 0


async def test_a_program_is_held_to_the_same(transport: httpx.ASGITransport, anna: ConsoleClient, waits: list[float]) -> None:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as program:
        for number in range(FREE_TRIES["account"] + 1):
            await program.post("/api/signin", json={"email": anna.email, "password": f"guess number {number}"})
        right = await program.post("/api/signin", json={"email": anna.email, "password": PASSWORD})

    assert (right.status_code, waits[-1]) == (200, 1.0)
