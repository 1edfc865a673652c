"""What browsers download: its size as it is served over HTTP with a site's settings in it, and what they keep of it."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from services.ingest.http.compressed import accepted_codings
from services.ingest.http.snippet import SnippetFile, built_snippet
from services.ingest.snippet_build import PLATFORMS
from shared.runtime.service import AsgiServer
from tests.support.builders.ingest import SITE_KEY, a_rig, site_settings
from tests.support.processes.servers import free_port

BROTLI, GZIP, PLAIN = ({"accept-encoding": names} for names in ("gzip, deflate, br, zstd", "gzip, deflate", "identity"))
SIZES = {
    f"/s/{SITE_KEY}.js": 3_072,
    f"/s/{SITE_KEY}/push.js": 1_536,
    f"/s/{SITE_KEY}/prompt.js": 1_536,
    f"/s/{SITE_KEY}/office.js": 768,
    f"/s/{SITE_KEY}/acts.js": 768,
    f"/s/{SITE_KEY}/restore.js": 576,
    "/s/worker.js": 1_024,
}
CORE_IN_BROTLI = 2_752
READERS = 9_216
VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"


@asynccontextmanager
async def a_server(platform: str = "plain_html") -> AsyncIterator[httpx.AsyncClient]:
    settings = site_settings(platform=platform).model_copy(update={"vapid_public": VAPID, "worker_path": "/beckon-worker.js"})
    rig, port = a_rig(settings=settings), free_port()
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), "https://beacons.shop.example", "https://beckon.example")
    server = AsgiServer(rig.app, "127.0.0.1", port)
    await server.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers={"host": "beacons.shop.example"}) as client:
        yield client
    await server.stop()


async def downloaded_bytes(client: httpx.AsyncClient, path: str) -> int:
    async with client.stream("GET", path, headers=GZIP) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw).rstrip().endswith((b")", b";"))
    return len(raw)


@pytest.mark.parametrize(("path", "most_bytes"), SIZES.items())
async def test_a_served_file_is_small(path: str, most_bytes: int) -> None:
    async with a_server() as client:
        assert await downloaded_bytes(client, path) <= most_bytes


@pytest.mark.parametrize("platform", ["plain_html", *PLATFORMS])
async def test_the_served_readers_of_a_platform_are_small(platform: str) -> None:
    async with a_server(platform) as client:
        assert await downloaded_bytes(client, f"/s/{SITE_KEY}/readers.js") <= READERS


@pytest.mark.parametrize("path", [*SIZES, f"/s/{SITE_KEY}/readers.js", f"/s/{SITE_KEY}/cartstack.js"])
async def test_each_encoding_has_its_own_etag_and_is_answered_once(path: str) -> None:
    async with a_server() as client:
        first = [await client.get(path, headers=each) for each in (BROTLI, GZIP, PLAIN)]
        etags = [answer.headers["etag"] for answer in first]
        again = [await client.get(path, headers=each | {"if-none-match": etags[0]}) for each in (BROTLI, GZIP, PLAIN)]

    assert [answer.headers.get("content-encoding") for answer in first] == ["br", "gzip", None]
    lengths = [int(answer.headers["content-length"]) for answer in first]
    assert lengths == sorted(set(lengths))
    assert {answer.content for answer in first} == {first[-1].content}
    assert len(set(etags)) == 3
    assert [answer.headers["vary"] for answer in (*first, *again)] == ["accept-encoding"] * 6
    assert [answer.status_code for answer in again] == [304, 200, 200]
    assert again[0].headers["etag"] == etags[0]


async def test_over_https_the_core_is_smaller_still() -> None:
    async with a_server() as client:
        answer = await client.get(f"/s/{SITE_KEY}.js", headers=BROTLI)

    assert int(answer.headers["content-length"]) <= CORE_IN_BROTLI


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", {"gzip"}),
        ("gzip, deflate, br, zstd", {"gzip", "br"}),
        ("br;q=1.0, GZIP; q=0.5", {"gzip", "br"}),
        ("gzip;q=0", set()),
        ("gzip;q=0.000, br", {"br"}),
        ("identity", set()),
        ("", set()),
        ("gzipped, bro", set()),
        (",;q=,;;", set()),
    ],
)
def test_a_coding_is_sent_to_whoever_takes_it(header: str, taken: set[str]) -> None:
    assert accepted_codings(header) & {"gzip", "br"} == taken
