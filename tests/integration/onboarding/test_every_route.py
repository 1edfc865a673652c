"""Attacks over every route that there is: a new page is covered by itself."""

import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from services.onboarding.web.openapi import DOCUMENT, api_routes
from tests.support.stories.console_client import ConsoleClient


def routes_of_a_site(app: Starlette) -> Iterator[tuple[str, str]]:
    """Method and path with places for ids."""
    for route in app.routes:
        if isinstance(route, Route) and "{site_id:uuid}" in route.path:
            for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
                yield method, route.path


def filled(path: str, site_id: object) -> str:
    return re.sub(r"\{\w+:\w+\}", str(uuid4()), path.replace("{site_id:uuid}", str(site_id)))


def without(headers: httpx.Headers, name: str) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key.lower() != name}


async def test_nobody_reaches_a_site_of_another_account(app: Starlette, anna: ConsoleClient, mallory: ConsoleClient) -> None:
    statuses = {}
    for method, path in routes_of_a_site(app):
        address = filled(path, anna.site_id)
        answer = await (mallory.http.get(address) if method == "GET" else mallory.posts(address))
        statuses[method, path] = answer.status_code
        assert "Harbor" not in answer.text, path

    assert len(statuses) > 30
    assert {route: status for route, status in statuses.items() if status != 404} == {}


async def test_nobody_gets_in_without_a_session(app: Starlette, anna: ConsoleClient, transport: httpx.ASGITransport) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as nobody:
        for method, path in routes_of_a_site(app):
            answer = await nobody.request(method, filled(path, anna.site_id))
            json_handler = path.startswith("/api/") or path.endswith("/stream")

            assert answer.status_code == (401 if json_handler else 303), path
            assert answer.headers.get("location") == (None if json_handler else "/signin"), path


async def test_no_form_works_without_its_token_or_from_elsewhere(app: Starlette, anna: ConsoleClient) -> None:
    posts = [filled(path, anna.site_id) for method, path in routes_of_a_site(app) if method == "POST"]
    before = (await anna.http.get(f"/api/sites/{anna.site_id}/overview")).json()

    forged = [await anna.http.post(path, data={"csrf_token": "0" * 32, "mode": "live"}) for path in posts]
    elsewhere = [await anna.http.post(path, headers={"Origin": "https://evil.example"}) for path in posts]

    assert len(posts) > 12
    assert {answer.status_code for answer in [*forged, *elsewhere]} == {403}
    assert (await anna.http.get(f"/api/sites/{anna.site_id}/overview")).json() == before


async def test_the_api_is_described_whole_and_the_description_loads_nothing(app: Starlette, anna: ConsoleClient) -> None:
    document = (await anna.http.get(DOCUMENT)).json()
    paths = {re.sub(r"\{(\w+):\w+\}", r"{\1}", route.path) for route in api_routes(app.routes)}

    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == paths | {"/v1/orders"}
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(len(operation["summary"]) > 10 for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


@pytest.mark.parametrize("path", ["/api/sites", "/api/sites/not-a-uuid/overview", "/api/nothing"])
async def test_a_program_without_a_session_is_answered_in_json(transport: httpx.ASGITransport, path: str) -> None:
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as nobody:
        answer = await nobody.get(path)

    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == "application/json"
