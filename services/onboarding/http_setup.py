"""Set-up: both codes, where they go, and whether they have been seen."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts import SignedIn
from services.onboarding.codes import confirmation_code, tracking_code
from services.onboarding.platforms import guides
from services.onboarding.projections import ProjectionStore
from services.onboarding.web import Web


class SetupPages:
    """What a merchant does once, as a page and for a program."""

    def __init__(self, web: Web, ingest: str, notify: str) -> None:
        self._web = web
        self._ingest = ingest
        self._notify = notify

    def routes(self) -> list[Route]:
        """Their addresses."""
        site = "/sites/{site_id:uuid}"
        return [
            Route(f"{site}/setup", self._web.signed_in(self.setup)),
            Route(f"/api{site}/codes", self._web.signed_in(self.codes)),
        ]

    async def setup(self, request: Request, who: SignedIn) -> Response:
        """Both codes, where they go, and whether they have been seen."""
        async with self._web.transaction_of(who) as tx:
            site = await self._web.site(tx, who, request)
            signals = {} if site is None else await ProjectionStore(tx).signals(site.site_id)
        if site is None:
            return self._web.not_found()
        guide = guides().get(site.settings.platform) or next(iter(guides().values()))
        return self._web.page(
            "setup.html",
            signed_in=who,
            site=site,
            guide=guide,
            signals=signals,
            tracking=tracking_code(site.settings.site_keys[0], self._ingest),
            confirmation=confirmation_code(site.settings.site_keys[0], self._ingest, guide),
            replies_to=f"{self._notify}/in/twilio/{site.site_id}",
            has_sender=any(secret.name == "sms_sender" for secret in site.settings.secrets),
        )

    async def codes(self, request: Request, who: SignedIn) -> Response:
        """The same codes for a program."""
        async with self._web.transaction_of(who) as tx:
            site = await self._web.site(tx, who, request)
        if site is None:
            return JSONResponse({"reason": "not_found"}, 404)
        guide = guides()[site.settings.platform]
        key = site.settings.site_keys[0]
        return JSONResponse(
            {
                "site_key": key,
                "tracking": tracking_code(key, self._ingest),
                "confirmation": confirmation_code(key, self._ingest, guide),
                "replies_to": f"{self._notify}/in/twilio/{site.site_id}",
            },
            headers={"Cache-Control": "no-store"},
        )
