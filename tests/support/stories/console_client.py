"""A merchant's browser in front of a console that runs inside the test."""

import re
from typing import Self
from uuid import UUID

import httpx

from shared.runtime.security.sealing import to_base64url

ADDRESS = "http://console.example"
PASSWORD = "correct horse battery staple"
CONSOLE_KEYS_TEXT = f"o1:{to_base64url(bytes(range(32)))}"


class ConsoleClient:
    """Signs up, keeps the cookie, fills in forms."""

    def __init__(self, transport: httpx.ASGITransport, email: str) -> None:
        self.email = email
        self.http = httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers={"Origin": ADDRESS}, timeout=30)
        self.site_id = UUID(int=0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def signs_up(self) -> None:
        """A new account."""
        answer = await self.http.post("/signup", data={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        self.keeps_cookies(answer)

    def keeps_cookies(self, answer: httpx.Response) -> None:
        """As a browser would: ``__Host-`` cookies are not for http clients on plain http."""
        kept = dict(part.split("=", 1) for part in self.http.headers.get("Cookie", "").split("; ") if part)
        kept |= dict(each.split(";")[0].split("=", 1) for each in answer.headers.get_list("set-cookie"))
        self.http.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in kept.items())

    async def signs_in(self, password: str = PASSWORD) -> httpx.Response:
        """Whether it works is for the test to decide."""
        return await self.http.post("/signin", data={"email": self.email, "password": password})

    async def opens_a_shop(self) -> None:
        """The first site."""
        answer = await self.posts("/sites", name="Harbor & Vine", host="shop.example")
        self.site_id = UUID(answer.headers["location"].split("/")[2])

    async def posts(self, path: str, **fields: str) -> httpx.Response:
        """A form with the token of this session."""
        page = (await self.http.get("/sites/new")).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, "a page behind a session has a form"
        return await self.http.post(path, data={"csrf_token": found.group(1), **fields})

    def site(self, path: str = "") -> str:
        """A page of the site."""
        return f"/sites/{self.site_id}{path}"
