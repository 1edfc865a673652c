"""Probes: whether a process on this machine answers."""

import http.client
from urllib.parse import urlsplit


def is_ok(address: str) -> bool:
    """Whether the address answers 200 within a second. Without a client library, which would load certificates each time."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=1)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == 200
    except (http.client.HTTPException, OSError):
        return False
    finally:
        connection.close()
