"""Guesses are counted before they are tried; what was right is taken back."""

import asyncio

from tests.support.console_client import ConsoleClient


async def test_guesses_that_arrive_together_do_not_slip_past_the_throttle(anna: ConsoleClient) -> None:
    answers = await asyncio.gather(*(anna.signs_in(f"guess number {n}") for n in range(14)))

    tried = [answer for answer in answers if answer.status_code == 422]
    assert len(tried) == 10
    assert {answer.status_code for answer in answers} == {422, 429}


async def test_who_knows_the_password_never_has_to_wait(anna: ConsoleClient) -> None:
    answers = [await anna.signs_in() for _ in range(11)]

    assert {answer.status_code for answer in answers} == {303}


async def test_signing_in_forgives_no_earlier_guess(anna: ConsoleClient) -> None:
    for n in range(9):
        await anna.signs_in(f"guess number {n}")
    right = await anna.signs_in()
    last = await anna.signs_in("one more guess")
    refused = await anna.signs_in()

    assert [right.status_code, last.status_code, refused.status_code] == [303, 422, 429]
