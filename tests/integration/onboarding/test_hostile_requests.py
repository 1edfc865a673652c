"""The console as it is served: no header, query or body, at its largest, is answered with an error or ends a loop."""

import asyncio
import re
from collections.abc import Iterator

from starlette.applications import Starlette
from starlette.routing import Route as StarletteRoute

from services.onboarding.accounts.mail import ResetMails
from tests.support.hostile_requests import Route, hostile_requests, served, status_at, unanswered, written
from tests.support.stories.console_client import PASSWORD, ConsoleClient

QUERY = (b"after", b"state")
FILES = ("/static/console.css", "/static/nothing", "/static/%00", "/static/..%2fapp.py", "/share/nothing", "/nothing")


def routes_of(app: Starlette, merchant: ConsoleClient, token: str) -> Iterator[Route]:
    """Each address of a merchant, in turn for a program and for a browser."""
    program = {b"Authorization": f"Bearer {token}".encode()}
    browser = {b"Cookie": merchant.http.headers["Cookie"].encode(), b"Origin": b"http://x"}
    for path in FILES:
        yield Route(b"GET", path.encode(), QUERY, browser)
    found = [route for route in app.routes if isinstance(route, StarletteRoute) and "signout" not in route.path]
    for number, route in enumerate(found):
        path = re.sub(r"\{\w+(:\w+)?\}", "nothing", route.path.replace("{site_id:uuid}", str(merchant.site_id)))
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            yield Route(method.encode(), path.encode(), QUERY, (program, browser)[number % 2])


async def test_every_header_query_and_body_is_answered_and_the_console_goes_on(
    app: Starlette, anna: ConsoleClient, mails: ResetMails
) -> None:
    answer = await anna.http.post("/api/signin", data={"email": anna.email, "password": PASSWORD})
    token = answer.json()["token"]
    sending = asyncio.create_task(mails.run())
    async with served(app) as port:
        assert await unanswered(port, hostile_requests(routes_of(app, anna, token), alone=8, together=8)) == []

        page = Route(b"GET", anna.site("/setup").encode(), (), {b"Authorization": f"Bearer {token}".encode()})
        assert await status_at(port, written(page)) == 200
    assert not sending.done()
    sending.cancel()
