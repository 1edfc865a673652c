"""Pointing: a page that makes the link for it, shows what is read by it and undoes it; and what the picker calls."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn, new_session_token, token_hash
from services.onboarding.events import next_revision
from services.onboarding.pointing.choices import PARTS, Choices, read_choices
from services.onboarding.shop.sites import Fault
from services.onboarding.shop_pages.page_histories import PageHistory, PageKind
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.live import notify_changed
from services.onboarding.storage.pointings import PointingStore, PointingVersion
from services.onboarding.storage.setup import SetupStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.envelope import to_wire_time
from shared.events.settings import SiteConfigured
from shared.runtime.http.untrusted import host_of
from shared.runtime.postgres.pool import Transaction, transaction
from shared.runtime.settings import Profile

LINK_LIVES = timedelta(minutes=15)
FOR_PICKERS = {"Access-Control-Allow-Origin": "*", "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Any page may read these answers, and no browser sends a cookie for them: what counts is the token, and its shop's hosts."""
ENDED = "ended", "Make a new link in Beckon's console: each works for 15 minutes and saves once."
FOREIGN = "foreign_origin", "This page is not the shop's: add its address in Beckon's console, under Settings."

log = structlog.get_logger("pointing")


class PointingPages:
    """What merchants point out. Whoever bears a link's token saves once, from a page of that very shop."""

    def __init__(self, web: Web, console: str, profile: Profile) -> None:
        self._web = web
        self._console = console
        self._is_demo = profile is Profile.DEMO

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, page = self._web, "/sites/{site_id:uuid}/pointing"
        return [
            Route(page, web.signed_in(self.show), methods=["GET"]),
            Route(f"{page}/link", web.signed_in(self.show), methods=["GET"]),  # the page of a link stays up to date as well
            Route(f"{page}/link", web.signed_in(self.make_link), methods=["POST"]),
            Route(f"{page}/undo", web.signed_in(self.undo), methods=["POST"]),
            Route(f"/api{page}", web.signed_in(self.api_show), methods=["GET"]),
            Route("/api/picker/save", self.save, methods=["POST"]),
            Route("/api/picker/open", self.open, methods=["POST"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page with the pointing in use, and every version."""
        async with self._web.site_transaction(who, request) as (tx, site):
            return await self._page(tx, who, site)

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The pointing that is in use, and every version, the newest first."""
        async with self._web.site_transaction(who, request) as (tx, site):
            versions = await PointingStore(tx).versions(site.site_id)
        used = site.settings.pointing
        body = {
            "pointing": None if used is None else used.model_dump(mode="json"),
            "versions": [to_answer(version) for version in versions],
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def make_link(self, request: Request, who: SignedIn) -> Response:
        """A link that opens the picker in the shop: it works for 15 minutes and saves once."""
        token, now = new_session_token(), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            await PointingStore(tx).put_link(site.site_id, token_hash(token), who.email, now + LINK_LIVES)
            cart = cart_page(site.settings, await SetupStore(tx).pages(site.site_id), is_demo=self._is_demo)
            return await self._page(tx, who, site, link=f"{cart}#beckon_pick={token}")

    async def undo(self, request: Request, who: SignedIn) -> Response:
        """Undo the version in use: the one before it is used again, or none."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            used = site.settings.pointing
            if used is None or form.get("number") != str(used.number):
                faults = [Fault("number", "This version is no longer the one in use.")]
                return await self._page(tx, who, site, status=422, faults=faults)
            store = PointingStore(tx)
            await store.undo(site.site_id, used.number, now)
            left = [each.pointing for each in await store.versions(site.site_id) if each.undone_at is None]
            changed = next_revision(site.settings, now, pointing=left[0] if left else None)
            await AccountStore(tx).put_settings(changed, now)
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/pointing")

    async def _page(
        self,
        tx: Transaction,
        who: SignedIn,
        site: Site,
        *,
        link: str = "",
        status: int = 200,
        faults: list[Fault] | None = None,
    ) -> Response:
        return self._web.page(
            "pointing.html",
            status,
            json={"link": link} if link else None,
            signed_in=who,
            site=site,
            faults=faults or [],
            link=link,
            console=self._console,
            parts=PARTS,
            used=site.settings.pointing,
            versions=await PointingStore(tx).versions(site.site_id),
        )

    async def open(self, request: Request) -> Response:
        """The shop that a picker's token is for, and what is in use there."""
        form, now = await read_form(request), self._web.clock.now()
        async with transaction(self._web.pool) as tx:
            link = await PointingStore(tx).link(token_hash(form.get("token", "")), now)
            settings = None if link is None else await AccountStore(tx).settings_of(link.site_id)
        if link is None or settings is None:
            return refused(*ENDED)
        if not comes_from_shop(request, settings):
            return refused(*FOREIGN)
        used = settings.pointing
        body = {
            "shop": settings.name,
            "expires_at": to_wire_time(link.expires_at),
            "pointing": None if used is None else used.model_dump(mode="json"),
        }
        return JSONResponse(body, headers=FOR_PICKERS)

    async def save(self, request: Request) -> Response:
        """Save what was pointed out as a new version; the token ends with it."""
        form, now = await read_form(request), self._web.clock.now()
        hashed = token_hash(form.get("token", ""))
        async with transaction(self._web.pool) as tx:
            store = PointingStore(tx)
            link = await store.link(hashed, now)
            # The site's lock comes first, as it does where links are made; then nobody else can use this one.
            settings = None if link is None else await AccountStore(tx).lock_settings_of(link.site_id)
            if link is None or settings is None:
                return refused(*ENDED)
            if not comes_from_shop(request, settings):
                return refused(*FOREIGN)
            choices = read_choices(form, await store.next_number(link.site_id))
            if not isinstance(choices, Choices):
                faults = [{"field": fault.field, "remedy": fault.sentence} for fault in choices]
                return JSONResponse({"reason": "refused", "faults": faults}, 422, FOR_PICKERS)
            if not await store.use_link(hashed, now):
                return refused(*ENDED)
            await store.add(link.site_id, PointingVersion(choices.pointing, now, link.made_by, choices.readings, None))
            await AccountStore(tx).put_settings(next_revision(settings, now, pointing=choices.pointing), now)
            await notify_changed(tx, [link.site_id])
        self._web.committed()
        log.info("pointing_saved", site_id=str(link.site_id), number=choices.pointing.number)
        return JSONResponse({"number": choices.pointing.number}, headers=FOR_PICKERS)


def cart_page(site: SiteConfigured, pages: Iterable[PageHistory], *, is_demo: bool) -> str:
    """The address of the shop's cart page as far as it is known, else of its first page."""
    host = site.hosts[0]
    path = next((page.path for page in pages if page.kind is PageKind.CART and page.host == host), "/")
    is_local = is_demo and host.partition(":")[0].endswith("localhost")
    return f"{'http' if is_local else 'https'}://{host}{path}"


def comes_from_shop(request: Request, site: SiteConfigured) -> bool:
    """Whether a page of the shop sent this. A host that is listed without a port stands for all of its ports, as in ingest."""
    host = host_of(request.headers.get("Origin"))
    return host is not None and (host in site.hosts or host.rpartition(":")[0] in site.hosts)


def refused(reason: str, remedy: str) -> Response:
    """The answer that nothing was read or saved, and why."""
    return JSONResponse({"reason": reason, "remedy": remedy}, 403, FOR_PICKERS)


def to_answer(version: PointingVersion) -> dict[str, Any]:
    """A version as JSON."""
    return {
        "number": version.pointing.number,
        "made_at": to_wire_time(version.made_at),
        "made_by": version.made_by,
        "undone_at": None if version.undone_at is None else to_wire_time(version.undone_at),
        "pointing": version.pointing.model_dump(mode="json"),
        "readings": dict(version.readings),
    }
