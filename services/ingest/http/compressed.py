"""Files for browsers, compressed once for each text and not for each request: by brotli, which needs HTTPS, and by gzip."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import brotli

from services.ingest.http.requests import Request
from services.ingest.http.responses import Headers, Response

BEST_GZIP = 9
BEST_BROTLI = 11
"""Twice as slow as 10 for two more bytes of a hundred: some 20 ms for the largest file, once for each site."""
IDENTITY = "identity"


@dataclass(frozen=True)
class Compressed:
    """A text as it is kept, by content coding, the smallest first; ``digest`` is the same for the same text."""

    contents: Mapping[str, bytes]
    digest: str


def compressed(text: str) -> Compressed:
    """The text in each coding, the same bytes in every process: two replicas must not differ in what an ETag names."""
    content = text.encode()
    contents: dict[str, bytes] = {
        "br": brotli.compress(content, mode=brotli.MODE_TEXT, quality=BEST_BROTLI),
        "gzip": gzip.compress(content, BEST_GZIP, mtime=0),
        IDENTITY: content,
    }
    return Compressed(contents, sha256(content).hexdigest()[:20])


def file_answer(request: Request, file: Compressed, more: Headers = ()) -> Response:
    """The file in a coding that the browser takes, or 304 where it has this very one. An ETag names one coding."""
    accepted = accepted_codings(request.header("accept-encoding"))
    coding = next((each for each in file.contents if each in accepted), IDENTITY)
    etag = f'"{file.digest}-{coding}"'
    headers: Headers = (
        ("etag", etag),
        ("vary", "accept-encoding"),
        ("cache-control", "private, max-age=300"),
        ("cross-origin-resource-policy", "cross-origin"),
        *more,
    )
    if etag in request.header("if-none-match"):
        return Response(304, headers=headers)
    encoding: Headers = () if coding == IDENTITY else (("content-encoding", coding),)
    return Response(200, file.contents[coding], "text/javascript; charset=utf-8", headers + encoding)


def accepted_codings(header: str) -> frozenset[str]:
    """What ``Accept-Encoding`` names and does not refuse by a weight of 0 (RFC 9110, 12.5.3)."""
    named = (coding.replace(" ", "").partition(";q=") for coding in header.lower().split(","))
    return frozenset(name for name, _, weight in named if not weight or weight.strip("0."))
