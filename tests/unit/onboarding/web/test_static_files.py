"""The console's files are served from memory, and nothing beside them."""

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from services.onboarding.web.static_files import StaticFiles


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    files = tmp_path / "static"
    files.mkdir()
    (files / "console.css").write_text("p {}")
    (tmp_path / "secret.txt").write_text("nobody reads this")
    app = Starlette(routes=[Mount("/static", StaticFiles(files))])
    (files / "console.css").unlink()
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://console")


async def test_a_file_is_served_from_memory_once_and_then_known(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/console.css?v=1")
    again = await client.get("/static/console.css", headers={"If-None-Match": answer.headers["etag"]})

    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "p {}", "text/css; charset=utf-8")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["", "nothing", "%2e%2e/secret.txt", "..%2fsecret.txt", "%00", "console.css/", "/console.css/x"]
)
async def test_nothing_else_is_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404


async def test_a_file_is_only_read(client: httpx.AsyncClient) -> None:
    assert (await client.post("/static/console.css")).status_code == 404
