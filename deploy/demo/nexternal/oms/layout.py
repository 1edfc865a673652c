"""Layout > Import: files of the merchant, served from the account's own address."""

import re

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.oms.office import Office

LARGEST_FILE_BYTES = 1_000_000
MOST_FILES = 100
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Layout:
    """The section."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        """Where each page is."""
        base = "/{account}/layout"
        return [
            Route(base, self.overview, methods=["GET"]),
            Route(f"{base}/import", self.files, methods=["GET"]),
            Route(f"{base}/import", self.keep_file, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        """What can be imported."""
        return self._office.show(request, "layout.html")

    async def files(self, request: Request) -> Response:
        """What was imported, with its addresses."""
        return self._office.show(request, "import.html", error="")

    async def keep_file(self, request: Request) -> Response:
        """Import a file; one of the same name is replaced."""
        async with request.form(max_files=1) as form:
            given = form.get("file")
            name = given.filename or "" if isinstance(given, UploadFile) else ""
            content = await given.read(LARGEST_FILE_BYTES + 1) if isinstance(given, UploadFile) else b""
        files = self._office.account(request).settings.files
        if not NAME.fullmatch(name):
            error = "Choose a file whose name has letters, digits, dots and dashes alone."
        elif len(content) > LARGEST_FILE_BYTES or (len(files) >= MOST_FILES and name not in files):
            error = "The file is too large, or there are too many."
        else:
            files[name] = content
            return self._office.redirect(request, "layout/import?saved")
        return self._office.show(request, "import.html", 400, error=error)
