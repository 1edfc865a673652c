"""What shoppers wrote that is no keyword: a list of sealed replies, opened one at a time by who asks for it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.people.replies import KEPT, WAYS, ReplyReader, cursor_of, parse_cursor
from services.onboarding.storage.accounts import Site
from services.onboarding.storage.replies import PAGE, Reply, ReplyStore
from services.onboarding.web.json_api import json_handler
from services.onboarding.web.pages import Web, found
from shared.events.envelope import to_wire_time
from shared.runtime.postgres.pool import Transaction

NO_STORE = {"Cache-Control": "no-store"}


class ReplyPages:
    """Reading the list opens nothing. Opening is a POST: no prefetch, scanner or link from elsewhere opens any."""

    def __init__(self, web: Web, replies: ReplyReader) -> None:
        self._web = web
        self._replies = replies

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, replies = self._web, "/sites/{site_id:uuid}/replies"
        one = f"{replies}/{{reply_id:uuid}}/open"
        return [
            Route(replies, web.signed_in(self.show), methods=["GET"]),
            Route(one, web.signed_in(self.open), methods=["POST"]),
            Route(f"/api{replies}", web.signed_in(self.api_show), methods=["GET"]),
            Route(f"/api{one}", json_handler(web.signed_in(self.api_open)), methods=["POST"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The replies, none of them open."""
        async with self._web.site_transaction(who, request) as (tx, site):
            return await self._page(tx, who, site, request)

    async def open(self, request: Request, who: SignedIn) -> Response:
        """One reply, opened for this request. That it was opened, by whom and when, is stored with it."""
        async with self._web.site_transaction(who, request) as (tx, site):
            reply, text = await self._open(tx, who, site, request, "page")
            return await self._page(tx, who, site, request, reply, text)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The replies, sealed; ``next`` is what ``after`` is for the page behind it."""
        async with self._web.site_transaction(who, request) as (tx, site):
            store = ReplyStore(tx)
            replies = await store.page(site.site_id, parse_cursor(request.query_params.get("after", "")))
            counts = await store.counts(site.site_id)
        body = {
            "kept": counts.kept,
            "unopened": counts.unopened,
            "replies": [_reply_json(reply) for reply in replies[:PAGE]],
            "next": cursor_of(replies[PAGE - 1]) if len(replies) > PAGE else None,
        }
        return JSONResponse(body, headers=NO_STORE)

    async def api_open(self, request: Request, who: SignedIn) -> Response:
        """The text of one reply; that your account opened it by the API is stored with it."""
        async with self._web.site_transaction(who, request) as (tx, site):
            reply, text = await self._open(tx, who, site, request, "program")
            openings = await ReplyStore(tx).openings(site.site_id, reply.reply_id)
        listed = [{"at": to_wire_time(at), "by": by, "way": way} for at, by, way in openings]
        body = {
            "reply_id": str(reply.reply_id),
            "received_at": to_wire_time(reply.received_at),
            "text": text,
            "openings": listed,
        }
        return JSONResponse(body, headers=NO_STORE)

    async def _open(self, tx: Transaction, who: SignedIn, site: Site, request: Request, way: str) -> tuple[Reply, str]:
        reply = found(await ReplyStore(tx).reply(site.site_id, request.path_params["reply_id"]))
        return reply, await self._replies.open(tx, who, site, reply, way, self._web.clock.now())

    async def _page(
        self,
        tx: Transaction,
        who: SignedIn,
        site: Site,
        request: Request,
        opened: Reply | None = None,
        text: str = "",
    ) -> Response:
        store, after = ReplyStore(tx), request.query_params.get("after", "")
        replies = await store.page(site.site_id, parse_cursor(after))
        return self._web.page(
            "replies.html",
            signed_in=who,
            site=site,
            replies=replies[:PAGE],
            next=cursor_of(replies[PAGE - 1]) if len(replies) > PAGE else None,
            is_first=not after,
            counts=await store.counts(site.site_id),
            opened=opened,
            text=text,
            openings=[] if opened is None else await store.openings(site.site_id, opened.reply_id),
            ways=WAYS,
            kept_days=KEPT.days,
        )


def _reply_json(reply: Reply) -> dict[str, Any]:
    return {
        "reply_id": str(reply.reply_id),
        "cart_id": None if reply.cart_id is None else str(reply.cart_id),
        "received_at": to_wire_time(reply.received_at),
        "openings": reply.openings,
        "opened_at": None if reply.opened_at is None else to_wire_time(reply.opened_at),
        "opened_by": reply.opened_by,
    }
