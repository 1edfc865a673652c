"""Going live: the list of what is missing, and nothing goes live without it."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.campaign.drafts import sample_link
from services.onboarding.events import next_revision
from services.onboarding.live.gaps import Need, needs_of
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.people import PeopleStore
from services.onboarding.storage.setup import SetupStore
from services.onboarding.storage.texting import TextingStore
from services.onboarding.web.pages import Web
from shared.events.settings import SiteMode
from shared.runtime.postgres.pool import Transaction


class LivePages:
    """The one way from test or observe mode to live."""

    def __init__(self, web: Web, notify: str) -> None:
        self._web = web
        self._link = sample_link(notify)

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, path = self._web, "/sites/{site_id:uuid}/live"
        return [
            Route(path, web.signed_in(self.show), methods=["GET"]),
            Route(path, web.signed_in(self.go_live), methods=["POST"]),
            Route(f"/api{path}", web.signed_in(self.api_show), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The list of needs."""
        async with self._web.site_transaction(who, request) as (tx, site):
            needs = await self._needs(tx, site)
        return self._web.page("live.html", signed_in=who, site=site, needs=needs)

    async def go_live(self, request: Request, who: SignedIn) -> Response:
        """Set the site live: from the next due reminder on, shoppers get messages."""
        now = self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            needs = await self._needs(tx, site)
            faults = [Fault(need.field, f"{need.title}: {need.sentence}") for need in needs if not need.done]
            if not faults and site.settings.mode is not SiteMode.LIVE:
                await AccountStore(tx).put_settings(next_revision(site.settings, now, mode=SiteMode.LIVE), now)
        if faults:
            return self._web.page("live.html", 422, signed_in=who, site=site, needs=needs, faults=faults)
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/live")

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The list as JSON."""
        async with self._web.site_transaction(who, request) as (tx, site):
            needs = await self._needs(tx, site)
        body = {"mode": site.settings.mode.value, "needs": [vars(need) for need in needs]}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _needs(self, tx: Transaction, site: Site) -> list[Need]:
        seen = await SetupStore(tx).seen(site.site_id, self._web.clock.now())
        texting = await TextingStore(tx).texting(site.site_id)
        stated = await PeopleStore(tx).opt_outs_stated_at(site.site_id) is not None
        return needs_of(site.settings, seen, texting, self._link, opt_outs_stated=stated)
