"""The HTTP protocol of the demo's server: uvicorn's, with a way to cut a connection without an answer."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "beckon.demo.abort"


class CuttableProtocol(HttpToolsProtocol):
    """Puts the transport into the scope, so that the carrier can reset a connection as a broken network does."""

    def on_message_begin(self) -> None:
        """A request begins on this connection."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}
