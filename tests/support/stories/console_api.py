"""The console as its merchant's program sees it."""

import re
from typing import Any

import httpx


class ConsoleApi:
    """Signs in and reads. ``__Host-`` cookies are not for http clients on plain http: the header is carried by hand."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self.email, self.password = email, password
        self._client = httpx.Client(base_url=address, headers={"Origin": address}, timeout=30)
        answer = self._client.post("/signin", data={"email": email, "password": password})
        assert answer.status_code == 303, f"the console refused to sign in: {answer.status_code}"
        self._client.headers["Cookie"] = answer.headers["set-cookie"].split(";")[0]
        self.site_id = self.get("/api/sites")["sites"][0]["site_id"]

    def get(self, path: str) -> dict[str, Any]:
        """Read JSON."""
        answer = self._client.get(path).raise_for_status()
        body: dict[str, Any] = answer.json()
        return body

    def page(self, path: str) -> str:
        """Read a page of the site."""
        return self._client.get(f"/sites/{self.site_id}{path}").raise_for_status().text

    def post(self, path: str, **fields: str) -> str:
        """Send a form of the site, as its page would."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page("/settings"))
        assert token is not None, "every page of a site has a form"
        answer = self._client.post(f"/sites/{self.site_id}{path}", data={"csrf_token": token.group(1), **fields})
        assert answer.status_code in (200, 303), answer.text
        return answer.text

    def carts(self) -> list[dict[str, Any]]:
        """The latest carts, with those that were bought without being left behind."""
        carts: list[dict[str, Any]] = self.get(f"/api/sites/{self.site_id}/carts?state=all")["carts"]
        return carts

    def cart(self, cart_id: str) -> dict[str, Any]:
        """One cart with its timeline."""
        return self.get(f"/api/sites/{self.site_id}/carts/{cart_id}")

    def overview(self) -> dict[str, Any]:
        """The figures."""
        return self.get(f"/api/sites/{self.site_id}/overview")

    def codes(self) -> dict[str, str]:
        """What a shop pastes."""
        return self.get(f"/api/sites/{self.site_id}/codes")

    def new_secret_key(self) -> str:
        """Make a key of the order API."""
        shown = re.search(r'id="new-key">([^<]+)<', self.post("/keys"))
        assert shown is not None, "a new key is shown once"
        return shown.group(1)
