"""Live events: the page, and the stream of server-sent events that every open page of a site listens to."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.platforms import guide_of
from services.onboarding.results.timelines import timeline_entry
from services.onboarding.setup.verification import steps_of
from services.onboarding.storage.live import EventCursor, LiveRow, LiveStore, Notifier, parse_cursor
from services.onboarding.storage.setup import SetupStore
from services.onboarding.web.headers import SAFE
from services.onboarding.web.pages import Web, local_time

HEARTBEAT_SECONDS = 15.0
UNCERTAIN_SECONDS = 0.2
STREAMS_PER_ACCOUNT = 20
BUSY = {"reason": "too_many_streams", "remedy": "Close some of the pages that are open."}


class ActivityPages:
    """A stream ends with its session, with its reader, and with the process; browsers come back to where they were."""

    def __init__(self, web: Web, notifier: Notifier) -> None:
        self._web = web
        self._notifier = notifier
        self._streams: Counter[UUID] = Counter()

    def routes(self) -> list[Route]:
        """Their addresses."""
        site = "/sites/{site_id:uuid}"
        return [
            Route(f"{site}/activity", self._web.signed_in(self.show), methods=["GET"]),
            Route(f"{site}/stream", self._web.signed_in(self.stream), methods=["GET"]),
            Route(f"/api{site}/activity", self._web.signed_in(self.api_show), methods=["GET"]),
            Route(f"/api{site}/stream", self._web.signed_in(self.stream), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The last events, below what the set-up warns of; the stream goes on from the newest."""
        async with self._web.site_transaction(who, request) as (tx, site):
            rows = await LiveStore(tx).latest(site.site_id)
            seen = await SetupStore(tx).seen(site.site_id, self._web.clock.now())
        newest = rows[0].cursor if rows else EventCursor()
        warned = [step for step in steps_of(site.settings, guide_of(site.settings.platform), seen) if step.fault]
        return self._web.page("activity.html", signed_in=who, site=site, rows=rows, newest=str(newest), warned=warned)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The last events as JSON; ``after`` is the cursor from which the stream goes on."""
        async with self._web.site_transaction(who, request) as (tx, site):
            rows = await LiveStore(tx).latest(site.site_id)
        events = [{**timeline_entry(row.entry), "cart_id": row.cart_id and str(row.cart_id)} for row in rows]
        body = {"events": events, "after": str(rows[0].cursor if rows else EventCursor())}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def stream(self, request: Request, who: SignedIn) -> Response:
        """Server-sent events: ``row`` with an id to come back to, ``changed`` for pages that show anything else."""
        site = await self._web.site(who, request)
        if self._streams[who.account_id] >= STREAMS_PER_ACCOUNT:
            return JSONResponse(BUSY, 429, headers={"Retry-After": "30"})
        last_id = request.headers.get("Last-Event-ID") or request.query_params.get("after", "")
        zone = site.settings.time_zone
        body = self._events(request, who, site.site_id, parse_cursor(last_id), zone)
        return StreamingResponse(body, media_type="text/event-stream", headers={**SAFE, "X-Accel-Buffering": "no"})

    async def _events(
        self, request: Request, who: SignedIn, site_id: UUID, cursor: EventCursor | None, zone: str
    ) -> AsyncIterator[str]:
        self._streams[who.account_id] += 1
        try:
            with self._notifier.subscribe(str(site_id)) as changed:
                yield "retry: 1000\n\n"
                while not self._notifier.closed and await self._web.who(request) is not None:
                    changed.clear()
                    rows, waits = await self._read(who, site_id, cursor)
                    for row in rows:
                        cursor = row.cursor
                        yield _event("row", _live_row(row, site_id, zone), str(cursor))
                    yield _event("changed", {})
                    with suppress(TimeoutError):
                        async with asyncio.timeout(UNCERTAIN_SECONDS if waits else HEARTBEAT_SECONDS):
                            await changed.wait()
        finally:
            self._streams[who.account_id] -= 1

    async def _read(self, who: SignedIn, site_id: UUID, cursor: EventCursor | None) -> tuple[list[LiveRow], bool]:
        """Rows after the cursor, and whether more are about to appear. A page that only waits for changes has no cursor."""
        if cursor is None:
            return [], False
        async with self._web.transaction_of(who) as tx:
            store = LiveStore(tx)
            return await store.since(site_id, cursor), await store.waits(site_id)


def _event(kind: str, data: dict[str, str], number: str = "") -> str:
    return (f"id: {number}\n" if number else "") + f"event: {kind}\ndata: {json.dumps(data)}\n\n"


def _live_row(row: LiveRow, site_id: UUID, zone: str) -> dict[str, str]:
    return {
        "at": local_time(row.entry.at, zone),
        "title": row.entry.title,
        "sentence": row.entry.sentence,
        "cart": "" if row.cart_id is None else f"/sites/{site_id}/carts/{row.cart_id}",
    }
