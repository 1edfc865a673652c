"""The pages of a site: set-up, settings, pause."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts import SignedIn
from services.onboarding.codes import confirmation_code, tracking_code
from services.onboarding.enrolment import (
    Fault,
    Readers,
    new_site,
    with_api_key,
    with_pace,
    with_sender,
    with_template,
)
from services.onboarding.forms import read_form
from services.onboarding.platforms import guides
from services.onboarding.projections import ProjectionStore
from services.onboarding.store import AccountStore, Site
from services.onboarding.web import Web
from shared.events.identifiers import derived_event_id
from shared.events.merchant import SendingPaused, SendingResumed
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_site_key, new_uuid7
from shared.runtime.settings import Profile

Change = Callable[[Site, Mapping[str, str], datetime], SiteConfigured | list[Fault]]


class SitePages:
    """Everything that changes a site."""

    def __init__(self, web: Web, readers: Readers, profile: Profile, ingest: str, notify: str) -> None:
        self._web = web
        self._readers = readers
        self._profile = profile
        self._ingest = ingest
        self._notify = notify

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        site = "/sites/{site_id:uuid}"
        return [
            Route("/sites/new", web.signed_in(self.show_new)),
            Route("/sites", web.signed_in(self.create), methods=["POST"]),
            Route(f"{site}/setup", web.signed_in(self.setup)),
            Route(f"{site}/settings", web.signed_in(self.settings)),
            Route(f"{site}/settings/pace", self._changing(self._pace), methods=["POST"]),
            Route(f"{site}/settings/template", self._changing(self._template), methods=["POST"]),
            Route(f"{site}/settings/sender", self._changing(self._sender), methods=["POST"]),
            Route(f"{site}/keys", web.signed_in(self.add_key), methods=["POST"]),
            Route(f"{site}/pause", web.signed_in(self.pause), methods=["POST"]),
            Route(f"{site}/resume", web.signed_in(self.resume), methods=["POST"]),
            Route(f"/api{site}/codes", web.signed_in(self.codes)),
        ]

    async def show_new(self, request: Request, who: SignedIn) -> Response:
        """The form for a new site."""
        return self._web.page("new_site.html", signed_in=who, guides=guides().values(), form={})

    async def create(self, request: Request, who: SignedIn) -> Response:
        """Codes exist as soon as the site does: nobody has to wait for anybody."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.transaction_of(who) as tx:
            store = AccountStore(tx)
            pepper = await store.pepper_of(who.account_id)
            made = new_site(form, who.account_id, new_uuid7(), new_site_key(), pepper, self._readers, now)
            if isinstance(made, SiteConfigured):
                await store.put_settings(made, now)
        if not isinstance(made, SiteConfigured):
            values = {"guides": guides().values(), "form": form, "faults": made}
            return self._web.page("new_site.html", 422, signed_in=who, **values)
        self._web.committed()
        return self._web.go(f"/sites/{made.site_id}/setup")

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

    async def settings(self, request: Request, who: SignedIn) -> Response:
        """The forms."""
        async with self._web.transaction_of(who) as tx:
            site = await self._web.site(tx, who, request)
        return self._web.not_found() if site is None else self._show_settings(who, site)

    def _show_settings(
        self, who: SignedIn, site: Site, *, status: int = 200, new_key: str = "", faults: list[Fault] | None = None
    ) -> Response:
        return self._web.page(
            "settings.html",
            status,
            signed_in=who,
            site=site,
            faults=faults or [],
            new_key=new_key,
            is_demo=self._profile is Profile.DEMO,
            delays=",".join(str(step.delay_seconds) for step in site.settings.campaign.steps),
            words=site.settings.campaign.steps[0].template,
            has_sender=any(secret.name == "sms_sender" for secret in site.settings.secrets),
        )

    def _changing(self, change: Change) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request, who: SignedIn) -> Response:
            form, now = await read_form(request), self._web.clock.now()
            async with self._web.transaction_of(who) as tx:
                site = await self._web.lock_site(tx, who, request)
                if site is None:
                    return self._web.not_found()
                changed = change(site, form, now)
                if isinstance(changed, SiteConfigured):
                    await AccountStore(tx).put_settings(changed, now)
            if not isinstance(changed, SiteConfigured):
                return self._show_settings(who, site, status=422, faults=changed)
            self._web.committed()
            return self._web.go(f"/sites/{site.site_id}/settings")

        return self._web.signed_in(handler)

    def _pace(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        return with_pace(site.settings, form, self._profile, now)

    def _template(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        return with_template(site.settings, form.get("template", ""), now)

    def _sender(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        return with_sender(site.settings, form, self._readers, now)

    async def add_key(self, request: Request, who: SignedIn) -> Response:
        """A new secret key for the shop's server; its text is on this one page and nowhere else."""
        now = self._web.clock.now()
        async with self._web.transaction_of(who) as tx:
            site = await self._web.lock_site(tx, who, request)
            if site is None:
                return self._web.not_found()
            made = with_api_key(site.settings, now)
            if isinstance(made, list):
                return self._show_settings(who, site, status=422, faults=made)
            changed, text = made
            await AccountStore(tx).put_settings(changed, now)
        self._web.committed()
        return self._show_settings(who, Site(site.site_id, changed, site.paused), new_key=text)

    async def pause(self, request: Request, who: SignedIn) -> Response:
        """Nothing leaves any more."""
        return await self._set_pause(request, who, paused=True)

    async def resume(self, request: Request, who: SignedIn) -> Response:
        """Messages may leave again."""
        return await self._set_pause(request, who, paused=False)

    async def _set_pause(self, request: Request, who: SignedIn, *, paused: bool) -> Response:
        now = self._web.clock.now()
        async with self._web.transaction_of(who) as tx:
            site = await self._web.lock_site(tx, who, request)
            if site is None:
                return self._web.not_found()
            store = AccountStore(tx)
            await store.put_pause(site.site_id, paused=paused, now=now)
            kind = SendingPaused if paused else SendingResumed
            event_id = derived_event_id(site.site_id, f"sending.{paused}.{now.isoformat()}")
            await store.emit([kind(event_id=event_id, site_id=site.site_id, occurred_at=now, received_at=now)])
        self._web.committed()
        return self._web.go(page_before(request.headers.get("Referer", ""), f"/sites/{site.site_id}"))


def page_before(referer: str, site: str) -> str:
    """The page on which a button of the site's frame was pressed. After a refused form it has the address of the form alone."""
    path = urlsplit(referer).path
    if path.startswith((f"{site}/settings/", f"{site}/keys")):
        return f"{site}/settings"
    return path if path == site or path.startswith((f"{site}/carts", f"{site}/setup", f"{site}/settings")) else site
