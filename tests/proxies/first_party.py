"""A shop that serves Beckon from its own domain, behind a proxy that is configured as docs/snippet.md shows it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.ingest.http.snippet import SnippetFile, built_snippet
from shared.runtime.http.client_address import TrustedProxies
from shared.runtime.service import AsgiServer
from tests.support.browsers.shared_chromium import CHROMIUM_OF_LABS
from tests.support.browsers.snippet_lab import Lab, a_browser
from tests.support.builders.ingest import Rig, a_rig, site_settings
from tests.support.developers_document import block
from tests.support.processes.servers import free_port

INGEST_IN_DOCUMENT = "127.0.0.1:8701"
VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
WORKER = "/s/worker.js"
START_SECONDS = 10
NGINX = """daemon off; pid {folder}/nginx.pid; error_log stderr warn; worker_processes 1;
events {{}}
http {{
    access_log off; gzip on; gzip_types text/javascript application/json; gzip_min_length 1;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port}; server_name shop.localhost;
        {block}
        location / {{ proxy_pass http://127.0.0.1:{site}; }}
    }}
}}
"""


@dataclass(frozen=True)
class Received:
    """One request as ingest got it: its path, the client's address, and whether its browser used TLS."""

    path: str
    client: str
    proto: str


@dataclass
class FirstParty:
    """The shop at the proxy's address, and what came through to ingest."""

    lab: Lab
    port: int
    direct: str
    received: list[Received] = field(default_factory=list)


def configuration(proxy: str, folder: Path, port: int, site: int, ingest: int) -> tuple[str, list[str]]:
    """The document's example with the ports of a test and the shop beside it, and the command that runs it."""
    example, file = block(proxy).replace(INGEST_IN_DOCUMENT, f"127.0.0.1:{ingest}"), folder / "proxy.conf"
    if proxy == "nginx":
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
        text, command = (
            NGINX.format(folder=folder, port=port, site=site, block=example),
            [program, "-p", f"{folder}", "-c", f"{file}"],
        )
    else:
        shop = f"http://shop.localhost:{port} {{\n    bind 127.0.0.1\n    encode gzip"
        text = example.replace("shop.example {", shop).replace(
            "# … what the shop already has", f"reverse_proxy 127.0.0.1:{site}"
        )
        text, command = "{\n    admin off\n}\n" + text, ["caddy", "run", "--adapter", "caddyfile", "--config", f"{file}"]
    assert f"127.0.0.1:{ingest}" in text
    assert f"127.0.0.1:{site}" in text
    file.write_text(text)
    return text, command


@asynccontextmanager
async def running(command: list[str], folder: Path, port: int) -> AsyncIterator[None]:
    """The proxy, once it takes connections."""
    environment = {**os.environ, "HOME": f"{folder}"}
    process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _answers(port):
                assert process.returncode is None, process.stderr and (await process.stderr.read()).decode()
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def a_first_party(proxy: str, folder: Path) -> AsyncIterator[FirstParty]:
    """Start all of it. Ingest trusts one proxy, as the document demands."""
    ports = {name: free_port() for name in ("proxy", "site", "ingest")}
    shop, office = f"shop.localhost:{ports['proxy']}", f"office.localhost:{ports['site']}"
    settings = site_settings(hosts=(shop,), back_office_hosts=(office,)).model_copy(
        update={"vapid_public": VAPID, "worker_path": WORKER}
    )
    rig = a_rig(test_browsers=True, settings=settings)
    rig.app.snippet = SnippetFile(rig.ingestion, built_snippet(), f"http://{shop}", f"http://127.0.0.1:{ports['site']}")
    received: list[Received] = []
    async with AsyncExitStack() as stack:
        server = AsgiServer(_recording(rig, received), "127.0.0.1", ports["ingest"], TrustedProxies.parse("1"))
        await server.start()
        stack.push_async_callback(server.stop)
        stack.push_async_callback(CHROMIUM_OF_LABS.close)
        context = await stack.enter_async_context(a_browser())
        hosted = f"http://127.0.0.1:{ports['site']}"
        lab = Lab(rig, f"http://{shop}", f"http://{shop}", f"http://{office}", hosted, context, server)
        site = AsgiServer(lab, "127.0.0.1", ports["site"])
        await site.start()
        stack.push_async_callback(site.stop)
        _, command = configuration(proxy, folder, ports["proxy"], ports["site"], ports["ingest"])
        await stack.enter_async_context(running(command, folder, ports["proxy"]))
        yield FirstParty(lab, ports["proxy"], f"http://127.0.0.1:{ports['ingest']}", received)
        await context.close()
        assert lab.errors == []


def _recording(rig: Rig, received: list[Received]) -> Any:
    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        protos = [value.decode() for name, value in scope["headers"] if name == b"x-forwarded-proto"]
        received.append(Received(scope["path"], scope["client"][0], ",".join(protos)))
        await rig.app(scope, receive, send)

    return app
