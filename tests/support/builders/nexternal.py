"""A client of XML Tools as public ones are written, and of the simulator's control surface."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import httpx

ACCOUNT, USER, PASSWORD = "harborvine", "beckon-reader", "a long password of XML Tools"
NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 7, 1, 16, 0, 42, tzinfo=UTC)
"""12:00 in New York."""

LONG_AGO, FAR_OFF = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


class SetClock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


def root_of(answer: httpx.Response) -> Element:
    """The root of a reply.

    Raises:
        ElementTree.ParseError: it is not well-formed.
    """
    return ElementTree.fromstring(answer.content)  # noqa: S314 - of our own simulator


def text(parent: Element, path: str) -> str:
    """The text of an element below; empty where there is none."""
    return parent.findtext(path) or ""


def order_range(start: datetime = LONG_AGO, end: datetime = FAR_OFF, page: int = 1) -> str:
    """Orders that were updated in a range."""
    bounds = "".join(
        f"<OrderUpd{name}><DateTime><Date>{local:%m/%d/%Y}</Date><Time>{local:%H:%M}</Time></DateTime></OrderUpd{name}>"
        for name, local in (("Start", start.astimezone(NEW_YORK)), ("End", end.astimezone(NEW_YORK)))
    )
    return f"<OrderUpdRange>{bounds}</OrderUpdRange><Page>{page}</Page>"


class XmlClient:
    """Another program, with the account's name, a user and a password."""

    def __init__(self, http: httpx.AsyncClient, now: SetClock) -> None:
        self.http = http
        self.now = now

    async def send(self, request: str, body: str = "", *, key: str = "", attribute: str = "") -> httpx.Response:
        """Post a request with a key, or with name and password."""
        secret = f"<Key>{key}</Key>" if key else f"<UserName>{USER}</UserName><Password>{PASSWORD}</Password>"
        extra, body = (body, "") if request.startswith("Test") else ("", body)
        credentials = f"<Credentials{attribute}><AccountName>{ACCOUNT}</AccountName>{secret}{extra}</Credentials>"
        whole = f'<?xml version="1.0" encoding="UTF-8"?><{request}Request>{credentials}{body}</{request}Request>'
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.http.post(f"/shared/xml/{request.lower()}.rest", content=whole.encode(), headers=headers)

    async def post(self, request: str, body: str = "", attribute: str = "") -> Element:
        """A step of the XML test."""
        return root_of(await self.send(request, body, attribute=attribute))

    async def query(self, request: str, body: str = "", *, key: str = "") -> Element:
        """The root of a reply."""
        return root_of(await self.send(request, body, key=key))

    async def pass_test(self) -> str:
        """Both steps. Returns the active key, or the name of a user who goes on with the password."""
        submitted = await self.post("TestSubmit")
        key = text(submitted, "TestKey")
        is_attribute = submitted.get("Type") == "Attribute"
        verified = await self.post(
            "TestVerify", "" if is_attribute else f"<Key>{key}</Key>", f' Key="{key}"' if is_attribute else ""
        )
        return text(verified, "ActiveKey") or text(verified, "UserName")

    async def configure(self, **wanted: Any) -> None:
        """Set up the account."""
        (await self.http.put(f"/_control/accounts/{ACCOUNT}", json=wanted)).raise_for_status()

    async def place(self, **wanted: Any) -> dict[str, Any]:
        """Place an order directly."""
        anna = {"customer": {"email": "anna@mail.example", "phone": "+14235550123", "first_name": "Anna"}}
        body = anna | {"lines": [{"product": 101}]} | wanted
        placed: dict[str, Any] = (
            (await self.http.post(f"/_control/accounts/{ACCOUNT}/orders", json=body)).raise_for_status().json()
        )
        return placed

    async def change_order(self, number: int, **wanted: str) -> None:
        """Change an order's statuses."""
        (await self.http.patch(f"/_control/accounts/{ACCOUNT}/orders/{number}", json=wanted)).raise_for_status()

    async def switch(self, *faults: dict[str, Any]) -> None:
        """Switch faults on."""
        (await self.http.put("/_control/faults", json={"faults": list(faults)})).raise_for_status()

    async def calls(self) -> list[dict[str, str]]:
        """What XML Tools was asked."""
        found: list[dict[str, str]] = (await self.http.get("/_control/calls")).json()["calls"]
        return found
