"""The console's pages about people over a whole Beckon, asked by a program of a merchant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from starlette.applications import Starlette

from services.onboarding.http_data_requests import DataRequestPages, DataRequests
from services.onboarding.http_people import PeoplePages
from services.onboarding.http_replies import ReplyPages
from services.onboarding.programs import twins
from services.onboarding.replies import ReplyReader
from services.onboarding.web import Web
from shared.runtime.clock import SystemClock
from shared.runtime.postgres import Pool
from tests.support.builders_notify import CONSOLE_KEYS

ADDRESS = "https://console.example"


@asynccontextmanager
async def a_console(pool: Pool, account_id: UUID) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as this account."""
    web = Web(pool, SystemClock(), lambda: None)
    requests, replies = DataRequests(CONSOLE_KEYS), ReplyReader(CONSOLE_KEYS)
    pages = (PeoplePages(web, requests), DataRequestPages(web, requests, replies), ReplyPages(web, replies))
    routes = [route for part in pages for route in part.routes()]
    app = Starlette(routes=[*routes, *twins(routes)])
    headers = {"Authorization": f"Bearer {await web.add_session(account_id)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS, headers=headers) as client:
        yield client
