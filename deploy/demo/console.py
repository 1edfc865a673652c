"""Beckon's console as a merchant uses it: pages, forms and a cookie."""

import re
from collections.abc import Mapping
from html import unescape

import httpx

SESSION = re.compile(r"__Host-beckon=[^;]*")
TOKEN = re.compile(r'name="csrf_token" value="([^"]*)"')
FAULT = re.compile(r'<li><a href="#\w+">([^<]+)</a></li>')
REFUSED = 422


class ConsoleError(Exception):
    """The console did not take what it was given."""


class Refused(ConsoleError):
    """The console refused with a reason; the same again would be refused again."""


class Console:
    """One merchant's browser. It carries the session itself: over http a ``__Host-`` cookie is kept by browsers alone."""

    def __init__(self, client: httpx.Client, address: str) -> None:
        self._client = client
        self._address = address
        self._cookie = ""

    def enter(self, email: str, password: str) -> None:
        """Sign in, and up where there is no such account yet."""
        credentials = {"email": email, "password": password}
        answer = self._post("/signin", credentials)
        if answer.status_code == REFUSED:
            answer = self._post("/signup", credentials)
        self._expect(answer, "sign in")
        found = SESSION.search(answer.headers.get("set-cookie", ""))
        if found is None:
            raise ConsoleError("the console gave no session")
        self._cookie = found.group()

    def read(self, path: str) -> object:
        """Something from the console's API."""
        answer = self._client.get(self._address + path, headers=self._headers())
        if answer.status_code != httpx.codes.OK:
            raise ConsoleError(f"{path} answered {answer.status_code}")
        return answer.json()

    def submit(self, page: str, action: str, fields: Mapping[str, str]) -> str:
        """Fill in a form of a page, and return where it led to."""
        shown = self._client.get(self._address + page, headers=self._headers())
        token = TOKEN.search(shown.text)
        if token is None:
            raise ConsoleError(f"{page} has no form")
        answer = self._post(action, {**fields, "csrf_token": unescape(token[1])})
        self._expect(answer, action)
        return str(answer.headers.get("location", ""))

    def _post(self, path: str, fields: Mapping[str, str]) -> httpx.Response:
        return self._client.post(self._address + path, data=dict(fields), headers=self._headers())

    def _headers(self) -> dict[str, str]:
        origin = {"Origin": self._address}
        return origin | {"Cookie": self._cookie} if self._cookie else origin

    def _expect(self, answer: httpx.Response, what: str) -> None:
        if answer.status_code != httpx.codes.SEE_OTHER:
            faults = "; ".join(unescape(fault).strip() for fault in FAULT.findall(answer.text))
            error_type = Refused if answer.status_code == REFUSED else ConsoleError
            raise error_type(f"{what} answered {answer.status_code} {faults}".rstrip())
