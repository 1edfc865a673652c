"""A task that is cancelled ends, also where what it waits for swallows the cancellation."""

import asyncio

import pytest

from shared.runtime.cancellation import cancel


async def swallows(times: int, ended: list[int]) -> None:
    for _ in range(times):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            continue
    try:
        await asyncio.Event().wait()
    finally:
        ended.append(times)


async def fails() -> None:
    raise ValueError("it had ended before")


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_task_ends_however_often_its_cancellation_is_swallowed(times: int) -> None:
    ended: list[int] = []
    task = asyncio.create_task(swallows(times, ended))
    await asyncio.wait({task}, timeout=0.01)

    async with asyncio.timeout(5):
        await cancel([task], again_seconds=0.01)

    assert ended == [times]
    assert task.cancelled()


async def test_what_a_cancelled_task_had_raised_is_dropped() -> None:
    task = asyncio.create_task(fails())

    await cancel([task])
    await cancel([])

    assert task.done()
