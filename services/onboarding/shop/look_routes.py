"""The page on which a merchant dresses what shoppers see: a logo, a colour, a language, with a preview."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.shop.look import LookPreview, chosen_colour, look_of, preview, with_look
from services.onboarding.shop.sites import Fault
from services.onboarding.shop_pages.page_look import look_in
from services.onboarding.shop_pages.parsing import PAGES
from services.onboarding.shop_pages.shop_check import Fetcher
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.settings import Look, SiteConfigured
from shared.messages.shopper_texts import NAMES
from shared.runtime.security.outbound import Forbidden, Interrupted, NotReached

NOT_READ = "Your shop's first page could not be read just now. Try again, or fill in the form."
NOTHING_FOUND = "Your shop's first page names no icon, colour or language that could be taken."


class LookPages:
    """What is not saved yet lives in the form alone."""

    def __init__(self, web: Web, fetcher: Fetcher) -> None:
        self._web = web
        self._fetcher = fetcher

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, page = self._web, "/sites/{site_id:uuid}/settings/look"
        return [
            Route(page, web.signed_in(self.show), methods=["GET"]),
            Route(page, web.signed_in(self.save), methods=["POST"]),
            Route(f"{page}/preview", web.signed_in(self.preview), methods=["POST"]),
            Route(f"{page}/find", web.signed_in(self.find), methods=["POST"]),
            Route(f"/api{page}", web.signed_in(self.api_show), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The look as it is, and the form."""
        site = await self._web.site(who, request)
        return self._editor(who, site, site.settings.look or Look())

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The look as JSON."""
        site = await self._web.site(who, request)
        shown = preview(site.settings, site.settings.look or Look())
        return JSONResponse(to_json(shown), headers={"Cache-Control": "no-store"})

    async def save(self, request: Request, who: SignedIn) -> Response:
        """Shoppers see it from now on."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            changed = with_look(site.settings, form, now)
            if isinstance(changed, SiteConfigured):
                await AccountStore(tx).put_settings(changed, now)
        if not isinstance(changed, SiteConfigured):
            return self._refused(who, site, form.get("logo", ""), changed)
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/settings/look")

    async def preview(self, request: Request, who: SignedIn) -> Response:
        """What is in the form, as shoppers would see it; nothing is kept."""
        form = await read_form(request)
        site = await self._web.site(who, request)
        look = look_of(form)
        return self._editor(who, site, look) if isinstance(look, Look) else self._refused(who, site, form.get("logo", ""), look)

    async def find(self, request: Request, who: SignedIn) -> Response:
        """What the shop's own first page shows, in the form; nothing is kept. What it does not show stays as it is."""
        site = await self._web.site(who, request)
        before, host = site.settings.look or Look(), site.settings.hosts[0]
        try:
            answer = await self._fetcher.get(host, "/")
        except (Forbidden, NotReached, Interrupted):
            return self._refused(who, site, before.logo or "", [Fault("logo", NOT_READ)])
        if answer.status != 200:
            return self._refused(who, site, before.logo or "", [Fault("logo", NOT_READ)])
        found = (await PAGES.parse(look_in, answer.body, host)).model_dump(exclude_none=True)
        if not found:
            return self._refused(who, site, before.logo or "", [Fault("logo", NOTHING_FOUND)])
        return self._editor(who, site, before.model_copy(update=found))

    def _refused(self, who: SignedIn, site: Site, logo: str, faults: list[Fault]) -> Response:
        """The look as it was, with what was typed where an address is wrong."""
        return self._editor(who, site, site.settings.look or Look(), status=422, faults=faults, logo=logo)

    def _editor(
        self,
        who: SignedIn,
        site: Site,
        look: Look,
        *,
        status: int = 200,
        faults: list[Fault] | None = None,
        logo: str | None = None,
    ) -> Response:
        shown = preview(site.settings, look)
        answer = self._web.page(
            "look.html",
            status,
            json=to_json(shown),
            signed_in=who,
            site=site,
            faults=faults or [],
            shown=shown,
            logo=(look.logo or "") if logo is None else logo,
            colour=chosen_colour(look),
            languages=NAMES,
            is_draft=look != (site.settings.look or Look()),
        )
        answer.headers["Content-Security-Policy"] = shown.policy
        return answer


def to_json(shown: LookPreview) -> dict[str, Any]:
    """A look for programs, with the colours that follow from it."""
    return {
        "logo": shown.look.logo,
        "colour": shown.look.colour,
        "language": shown.language.value,
        **vars(shown.colours),
    }
