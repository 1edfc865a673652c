"""The sources of orders in a process of their own, around an XML Tools of the test."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.runtime.security.sealing import to_base64url
from tests.support.builders.ingest import NOTIFY_KEYS
from tests.support.builders.sources import READER_KEYS
from tests.support.processes.orders import ROOT
from tests.support.processes.servers import free_port


@contextmanager
def some_sources(kafka: str, dsn: str, xml_tools: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Start them; what they report shows that they are ready."""
    public = to_base64url(NOTIFY_KEYS.keys["n1"].public_key().public_bytes_raw())
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "BECKON_PROFILE": "demo",
        "BECKON_KAFKA": kafka,
        "BECKON_POSTGRES": dsn,
        "BECKON_METRICS_PORT": str(free_port()),
        "BECKON_READER_KEYS": READER_KEYS,
        "BECKON_NOTIFY_PUBLIC_KEY": f"n1:{public}",
        "BECKON_XML_TOOLS": xml_tools,
        "BECKON_POLL_SECONDS": "1",
    }
    command = [sys.executable, "-m", "services.ingest.sources"]
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
