"""The HTTP protocol of every service: uvicorn's, with what a stranger on a public port may not decide."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from shared.runtime.client_address import TrustedProxies, client_address


def protocol_of(proxies: TrustedProxies) -> type[HttpToolsProtocol]:
    """Return the protocol class of one server."""

    class EdgeProtocol(HttpToolsProtocol):
        def on_headers_complete(self) -> None:
            if self.client is not None:
                forwarded = [value.decode("latin-1") for name, value in self.headers if name == b"x-forwarded-for"]
                scope: Any = self.scope
                scope["client"] = (client_address(self.client[0], forwarded, proxies), self.client[1])
            super().on_headers_complete()

    return EdgeProtocol
