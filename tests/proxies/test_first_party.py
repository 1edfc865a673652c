"""The examples of docs/snippet.md for nginx and Caddy, run as they stand: a browser, and a stranger who forges headers."""

from pathlib import Path

import httpx
import pytest

from tests.proxies.first_party import WORKER, FirstParty, a_first_party
from tests.support.browsers.snippet_lab import CART, push
from tests.support.builders.ingest import API_SECRET, CHROME, KEY_ID, SITE_KEY, a_body, an_event

PARTS = ("", "/readers", "/push", "/office", "/acts", "/restore", "/debug", "/cartstack")
FORGED = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "https", "X-Real-IP": "6.6.6.6", "Forwarded": "for=6.6.6.6"}
A_SHOPPERS = "127.0.0.9"
SUBSCRIBES = f"""async () => {{
    const made = await navigator.serviceWorker.register('{WORKER}', {{updateViaCache: 'none'}});
    const worker = made.installing || made.waiting || made.active;
    if (!made.active) await new Promise((yes) => (worker.onstatechange = () => made.active && yes()));
    return [new URL(made.scope).pathname, !!made.active, !!made.pushManager];
}}"""


def a_client(shop: FirstParty) -> httpx.AsyncClient:
    """Somebody at an address of their own, who knows how to forge headers."""
    return httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{shop.port}",
        transport=httpx.AsyncHTTPTransport(local_address=A_SHOPPERS),
        headers={"Host": f"shop.localhost:{shop.port}", "User-Agent": CHROME, **FORGED},
    )


async def assert_files_stay_as_they_were_made(shop: FirstParty) -> None:
    """Compressed once, named by their ETag, and not sent again to who has them."""
    async with a_client(shop) as client, httpx.AsyncClient(base_url=shop.direct) as direct:
        for path in [*(f"/s/{SITE_KEY}{part}.js" for part in PARTS), WORKER]:
            host = {"Host": client.headers["Host"]}
            async with direct.stream("GET", path, headers={"Accept-Encoding": "gzip, br", **host}) as own:
                made = b"".join([part async for part in own.aiter_raw()])
            async with client.stream("GET", path, headers={"Accept-Encoding": "gzip, br"}) as answer:
                raw = b"".join([part async for part in answer.aiter_raw()])
            again = await client.get(path, headers={"Accept-Encoding": "gzip, br", "If-None-Match": answer.headers["etag"]})
            kept = ("etag", "cache-control", "content-type", "content-encoding", "content-length")
            assert {name: answer.headers.get(name) for name in kept} == {name: own.headers.get(name) for name in kept}, path
            assert raw == made
            assert answer.headers["content-encoding"] in ("gzip", "br")
            assert (again.status_code, again.content) == (304, b"")
            assert "accept-encoding" in answer.headers["vary"].lower()


async def assert_a_stranger_is_who_he_is(shop: FirstParty) -> None:
    """What he writes into headers is not taken for his address, nor his plain HTTP for TLS: a cookie would be Secure then."""
    origin, before = {"Origin": f"http://shop.localhost:{shop.port}"}, len(shop.received)
    async with a_client(shop) as client:
        beacon = await client.post("/v1/beacons", json=a_body(an_event("page.seen")), headers=origin)
        key = {"Authorization": f"Bearer bsk_{KEY_ID}_{API_SECRET}"}
        order = await client.post("/v1/orders", json={"order_id": "9", "email": "anna@shop.example"}, headers=key)
        await client.get(f"/s/{SITE_KEY}.js")

    assert (beacon.status_code, order.status_code) == (204, 200)
    assert {(each.client, each.proto) for each in shop.received[before:]} == {(A_SHOPPERS, "http")}
    assert [each.path for each in shop.received[before:]] == ["/v1/beacons", "/v1/orders", f"/s/{SITE_KEY}.js"]


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
async def test_a_shops_own_domain_serves_all_of_it_by_the_documents_example(proxy: str, tmp_path: Path) -> None:
    async with a_first_party(proxy, tmp_path) as shop:
        shop.lab.page("/", head=push(CART, "['setEmail','anna@shop.example']"))
        page = await shop.lab.visit("/#beckon_debug")
        await page.get_by_role("region", name="Beckon on this page").wait_for()
        await shop.lab.wait_for(1, "cart.updated")
        await shop.lab.wait_for(1, "shopper.identified")
        assert await page.evaluate(SUBSCRIBES) == ["/s/", True, True]
        await shop.lab.visit("/", host=shop.lab.office)

        assert {each.path.rpartition("/")[2] for each in shop.received} >= {
            f"{SITE_KEY}.js", "readers.js", "push.js", "debug.js", "office.js", "worker.js", "beacons",
        }  # fmt: skip
        await assert_files_stay_as_they_were_made(shop)
        await assert_a_stranger_is_who_he_is(shop)
