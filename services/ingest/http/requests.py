"""What a handler needs of a request."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ingest.origin import OPAQUE
from shared.runtime.http.untrusted import host_of


@dataclass(frozen=True)
class Request:
    """A request whose body has been read within its limits."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    client: str
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header by its lower-case name; empty where there is none."""
        return self.headers.get(name, "")

    @property
    def page_host(self) -> str | None:
        """The host of the page that sent this, as far as the browser names it."""
        return host_of(self.header("origin")) or host_of(self.header("referer"))

    @property
    def is_of_opaque_origin(self) -> bool:
        """Whether a frame without an origin sent this."""
        return self.header("origin") == OPAQUE
