"""XML Tools of the make-believe Nexternal, set up for another program."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from deploy.demo.nexternal.app import build
from deploy.demo.nexternal.simulator import Simulator
from tests.support.builders.nexternal import PASSWORD, USER, SetClock, XmlClient


@pytest_asyncio.fixture
async def client() -> AsyncIterator[XmlClient]:
    now = SetClock()
    app = build(Simulator(now))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://www.nexternal.localhost") as http:
        client = XmlClient(http, now)
        await client.configure(memorandum_accepted=True, users=[{"name": USER, "password": PASSWORD}])
        yield client
