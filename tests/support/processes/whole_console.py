"""The console's pages about people over a whole Beckon, asked by a program of a merchant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from starlette.applications import Starlette

from services.onboarding.people.data_request_routes import DataRequestPages, DataRequests
from services.onboarding.people.replies import ReplyReader
from services.onboarding.people.reply_routes import ReplyPages
from services.onboarding.people.routes import PeoplePages
from services.onboarding.web.json_api import twins
from services.onboarding.web.pages import Web
from shared.runtime.clock import SystemClock
from shared.runtime.postgres.pool import Pool
from tests.support.builders.notify import CONSOLE_KEYS

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
