"""The console's files, from memory: each request of a framework's own file server costs several turns of a thread."""

import mimetypes
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class StaticFiles:
    """The files of a folder as they were at the start, below the path at which this is mounted; nothing else of the disk."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: _answers(path) for path in sorted(folder.iterdir()) if path.is_file()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file, or with 304 when the browser has this very one.

        Raises:
            HTTPException: 404, for what is not there and for methods that do more than read.
        """
        request = Request(scope)
        found = self._files.get(scope["path"].removeprefix(scope["root_path"]).removeprefix("/"))
        if found is None or request.method not in ("GET", "HEAD"):
            raise HTTPException(404)
        whole, same = found
        answer = same if same.headers["etag"] in request.headers.get("If-None-Match", "") else whole
        await answer(scope, receive, send)


def _answers(path: Path) -> tuple[Response, Response]:
    content = path.read_bytes()
    headers = {"ETag": f'"{sha256(content).hexdigest()[:20]}"'}
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Response(content, media_type=kind, headers=headers), Response(status_code=304, headers=headers)
