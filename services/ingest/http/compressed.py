"""Files for browsers, compressed once for each text and not for each request.

gzip alone: browsers take brotli over HTTPS only, it would save a tenth, and it needs a dependency; a proxy in front may add it.
"""

import gzip
from dataclasses import dataclass
from hashlib import sha256

from services.ingest.http.requests import Request
from services.ingest.http.responses import Headers, Response

BEST = 9


@dataclass(frozen=True)
class Compressed:
    """A text as it is kept; ``digest`` is the same for the same text."""

    content: bytes
    digest: str


def compressed(text: str) -> Compressed:
    """The text in gzip, the same bytes in every process: two replicas must not differ in what an ETag names."""
    content = text.encode()
    return Compressed(gzip.compress(content, BEST, mtime=0), sha256(content).hexdigest()[:20])


def file_answer(request: Request, file: Compressed, more: Headers = ()) -> Response:
    """The file in an encoding that the browser takes, or 304 where it has this very one. An ETag names one encoding."""
    takes_gzip = accepts_gzip(request.header("accept-encoding"))
    etag = f'"{file.digest}-gzip"' if takes_gzip else f'"{file.digest}"'
    headers: Headers = (
        ("etag", etag),
        ("vary", "accept-encoding"),
        ("cache-control", "private, max-age=300"),
        ("cross-origin-resource-policy", "cross-origin"),
        *more,
    )
    if etag in request.header("if-none-match"):
        return Response(304, headers=headers)
    content = file.content if takes_gzip else gzip.decompress(file.content)
    encoding: Headers = (("content-encoding", "gzip"),) if takes_gzip else ()
    return Response(200, content, "text/javascript; charset=utf-8", headers + encoding)


def accepts_gzip(header: str) -> bool:
    """Whether ``Accept-Encoding`` names gzip and does not refuse it (RFC 9110, 12.5.3)."""
    for coding in header.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return not weight or weight.strip("0.") != ""
    return False
