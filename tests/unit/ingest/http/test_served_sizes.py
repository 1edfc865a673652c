"""What browsers download, as it is served over HTTP with a site's settings in it."""

import gzip

import httpx
import pytest

from services.ingest.http.snippet import SnippetFile, built_snippet
from shared.runtime.service import AsgiServer
from tests.support.builders.ingest import SITE_KEY, a_rig
from tests.support.processes.servers import free_port


@pytest.mark.parametrize(("path", "most_bytes"), [(f"/s/{SITE_KEY}.js", 3_072)])
async def test_a_served_file_is_small(path: str, most_bytes: int) -> None:
    rig, port = a_rig(), free_port()
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), "https://beacons.shop.example", "https://beckon.example")
    server = AsgiServer(rig.app, "127.0.0.1", port)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        answer = await client.get(path, headers={"host": "beacons.shop.example"})
    await server.stop()

    assert answer.status_code == 200
    assert 500 < len(gzip.compress(answer.content, 9)) <= most_bytes
