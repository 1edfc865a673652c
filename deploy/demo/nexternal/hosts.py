"""Which host name shows what: the default store, the OMS, and an account's own domain alias."""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.simulator import OMS_HOST, STORE_HOST


class Hosts:
    """Leads a request to the store or to the OMS of the account that its host or its path names."""

    def __init__(self, accounts: Mapping[str, Account], store: ASGIApp, oms: ASGIApp) -> None:
        self._accounts = accounts
        self._store = store
        self._oms = oms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Under an alias the account's name may stand in the path, and need not."""
        host, path = Headers(scope=scope).get("host", "").lower(), str(scope["path"])
        first = path.split("/")[1]
        aliased = next((each for each in self._accounts.values() if each.settings.domain_alias == host), None)
        if aliased is not None:
            inside = path if first == aliased.name else f"/{aliased.name}{path}"
            await self._store({**scope, "path": inside, "raw_path": inside.encode()}, receive, send)
            return
        app = {STORE_HOST: self._store, OMS_HOST: self._oms}.get(host.partition(":")[0])
        if app is None or first not in self._accounts:
            await PlainTextResponse(self._signpost(host), 404 if app else 200)(scope, receive, send)
            return
        await app(scope, receive, send)

    def _signpost(self, host: str) -> str:
        _, colon, port = host.partition(":")
        lines = [f"http://{name}{colon}{port}/{account}/" for account in self._accounts for name in (STORE_HOST, OMS_HOST)]
        return "\n".join(["A make-believe Nexternal. Its stores and their Order Management Systems:", *lines, ""])
