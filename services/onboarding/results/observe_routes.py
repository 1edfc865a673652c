"""The page of observe mode: three lists, from real carts, with nothing sent."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.campaign.drafts import sample_link
from services.onboarding.results.observing import OBSERVED_TYPES, WouldAsk, WouldNot, WouldSend, observe
from services.onboarding.storage.accounts import Site
from services.onboarding.storage.carts import CartStore
from services.onboarding.storage.observed import ObservedStore
from services.onboarding.web.pages import Web
from shared.events.envelope import to_wire_time
from shared.runtime.postgres.pool import Transaction


class ObservePages:
    """Results of observe mode, in which a shop may run beside another product first."""

    def __init__(self, web: Web, notify: str) -> None:
        self._web = web
        self._link = sample_link(notify)

    def routes(self) -> list[Route]:
        """Their addresses."""
        path = "/sites/{site_id:uuid}/observed"
        return [Route(path, self._web.signed_in(self.show)), Route(f"/api{path}", self._web.signed_in(self.api_show))]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page with all three lists."""
        async with self._web.site_transaction(who, request) as (tx, site):
            names = {cart.cart_id: cart.title for cart in await CartStore(tx).latest(site.site_id)}
            lists = await self._lists(tx, site)
        return self._web.page("observed.html", signed_in=who, site=site, names=names, **lists)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """What would have been sent and asked, and what would not."""
        async with self._web.site_transaction(who, request) as (tx, site):
            lists = await self._lists(tx, site)
        body = {name: [_result_json(each) for each in found] for name, found in lists.items()}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _lists(self, tx: Transaction, site: Site) -> dict[str, Any]:
        carts = await ObservedStore(tx).events_of_latest_carts(site.site_id, OBSERVED_TYPES)
        found = [each for cart, events in carts.items() for each in observe(cart, events, site.settings, self._link)]
        kinds = {"would_send": WouldSend, "would_ask": WouldAsk, "would_not": WouldNot}
        newest = sorted(found, key=lambda each: each.at, reverse=True)
        return {name: [each for each in newest if isinstance(each, kind)] for name, kind in kinds.items()}


def _result_json(found: WouldSend | WouldNot | WouldAsk) -> dict[str, Any]:
    return {**vars(found), "cart_id": str(found.cart_id), "at": to_wire_time(found.at)}
