"""A site is made, paused and resumed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.onboarding.accounts.routes import country_of_request
from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.events import sending_event
from services.onboarding.platforms import guides
from services.onboarding.shop.countries import countries
from services.onboarding.shop.sign_up import open_site
from services.onboarding.shop.sites import Fault, Readers
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.settings import SiteConfigured
from shared.runtime.http.untrusted import address_of

Change = Callable[[Site, Mapping[str, str], datetime], SiteConfigured | list[Fault]]


class SitePages:
    """A new site, and the button that silences one."""

    def __init__(self, web: Web, readers: Readers) -> None:
        self._web = web
        self._readers = readers

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        site = "/sites/{site_id:uuid}"
        return [
            Route("/sites/new", web.signed_in(self.show_new)),
            Route("/sites", web.signed_in(self.create), methods=["POST"]),
            Route(f"{site}/pause", web.signed_in(self.pause), methods=["POST"]),
            Route(f"{site}/resume", web.signed_in(self.resume), methods=["POST"]),
        ]

    async def show_new(self, request: Request, who: SignedIn) -> Response:
        """The form for a new site."""
        return self._new_site_page(request, who)

    def _new_site_page(
        self, request: Request, who: SignedIn, form: Mapping[str, str] | None = None, faults: Sequence[Fault] = ()
    ) -> Response:
        shown: dict[str, Any] = {
            "guides": guides().values(),
            "countries": countries(),
            "suggested": country_of_request(request),
        }
        status = 422 if faults else 200
        return self._web.page("new_site.html", status, signed_in=who, form=form or {}, faults=list(faults), **shown)

    async def create(self, request: Request, who: SignedIn) -> Response:
        """Make a site, with its codes: nobody has to wait for anybody."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.transaction_of(who) as tx:
            made = await open_site(tx, form, who.account_id, self._readers, now)
        if not isinstance(made, SiteConfigured):
            return self._new_site_page(request, who, form, made)
        self._web.committed()
        return self._web.go(f"/sites/{made.site_id}/setup")

    async def pause(self, request: Request, who: SignedIn) -> Response:
        """Pause the site: nothing is sent any more."""
        return await self._set_pause(request, who, paused=True)

    async def resume(self, request: Request, who: SignedIn) -> Response:
        """Resume the site: messages may be sent again."""
        return await self._set_pause(request, who, paused=False)

    async def _set_pause(self, request: Request, who: SignedIn, *, paused: bool) -> Response:
        now = self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            store = AccountStore(tx)
            await store.put_pause(site.site_id, paused=paused, now=now)
            await store.emit([sending_event(site.site_id, paused=paused, now=now)])
        self._web.committed()
        return self._web.go(page_before(request.headers.get("Referer", ""), f"/sites/{site.site_id}"))


def page_before(referer: str, site: str) -> str:
    """The page on which a button of the site's frame was pressed. After a refused form it has the address of the form alone."""
    address = address_of(referer)
    path = "" if address is None else address.path
    if path.startswith((f"{site}/settings/", f"{site}/keys")):
        return f"{site}/settings"
    for part in ("campaign", "people", "observed", "live", "limits", "texting"):
        if path.startswith(f"{site}/{part}"):
            return f"{site}/{part}"
    return path if path == site or path.startswith((f"{site}/carts", f"{site}/setup", f"{site}/settings")) else site
