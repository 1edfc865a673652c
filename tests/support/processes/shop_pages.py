"""A shop whose pages a test changes."""

import asyncio

from shared.runtime.security.outbound import Answer, NotReached
from tests.support.stories.console_client import ConsoleClient


class Shop:
    """A shop whose page can be changed, that can be away, or never answer."""

    def __init__(self) -> None:
        self.page: str | None = ""
        self.further: dict[str, str] = {}
        self.hosts: list[str] = []
        self.slow: set[str] = set()
        self.breaks: set[str] = set()

    async def get(self, host: str, path: str) -> Answer:
        """Its page as it is now."""
        self.hosts.append(host)
        if path != "/":
            found = self.further.get(path)
            return Answer(404 if found is None else 200, {"content-type": "text/html"}, (found or "").encode())
        if host in self.slow:
            await asyncio.Event().wait()
        if host in self.breaks:
            raise ZeroDivisionError
        if self.page is None:
            raise NotReached("away")
        return Answer(200, {"content-type": "text/html"}, self.page.encode())


async def page_with_code(anna: ConsoleClient) -> str:
    key = (await anna.http.get(f"/api{anna.site('/codes')}")).json()["site_key"]
    return f'<html><head><script async src="https://in.example/s/{key}.js"></script></head><body></body></html>'
