"""A client of ingest over HTTP, without a socket."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from tests.support.builders.ingest import (
    CHROME,
    Rig,
)

SHOP = {"origin": "https://shop.example", "user-agent": CHROME}
OFFICE = {"origin": "https://office.example", "user-agent": CHROME}


@asynccontextmanager
async def a_client(rig: Rig) -> AsyncIterator[httpx.AsyncClient]:
    """A page of the shop, in a browser."""
    transport = httpx.ASGITransport(app=rig.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://ingest", headers=SHOP) as client:
        yield client


async def post(rig: Rig, body: object, headers: Mapping[str, str] | Mapping[bytes, bytes] | None = None) -> httpx.Response:
    """Send a body of beacons."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with a_client(rig) as client:
        return await client.post("/v1/beacons", content=raw, headers=headers or SHOP)
