"""What lies between a process and its database."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from shared.events.envelope import Event
from shared.runtime.postgres.pool import CommitUnconfirmed
from tests.simulator.faults import Faults

T = TypeVar("T")


@asynccontextmanager
async def unconfirmed(faults: Faults, inner: AbstractAsyncContextManager[T]) -> AsyncIterator[T]:
    """A transaction whose commit may be lost, or last with its answer lost."""
    await faults.pause()
    async with inner as store:
        await faults.step()
        yield store
        await faults.step()
        if faults.happens(faults.rates.commit_lost):
            raise CommitUnconfirmed("it was lost")
    await faults.pause()
    if faults.happens(faults.rates.commit_unheard):
        raise CommitUnconfirmed("it lasts, and nobody was informed")


@asynccontextmanager
async def read_only(alone: asyncio.Lock) -> AsyncIterator[None]:
    """One statement of its own: it sees what is committed and nothing else."""
    async with alone:
        yield


def without(events: Sequence[Event], gone: Sequence[Event]) -> list[Event]:
    """The rows that are left; a row is known by itself, for an event may be emitted twice."""
    sent = {id(event) for event in gone}
    return [event for event in events if id(event) not in sent]
