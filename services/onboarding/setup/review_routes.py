"""Forms of the set-up: platform and confirmation page, the worker file's path, secrets of webhooks and of the back office."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.setup.checklist import Question, Statement
from services.onboarding.setup.order_source import with_source, without_source
from services.onboarding.setup.shop_checks import ShopChecks
from services.onboarding.setup.worker_search import find_worker, worker_path_in
from services.onboarding.shop.settings import with_order_webhook, with_platform, with_worker
from services.onboarding.shop.sites import Fault, Readers
from services.onboarding.shop_pages.shop_check import Fetcher
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.statements import StatementStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.settings import SiteConfigured
from shared.runtime.http.untrusted import storable

LONGEST_PAGE = 200
NOT_FOUND = Fault("worker_path", "The file was not found. Paste the address that your platform shows for it after the upload.")


class ReviewPages:
    """Forms after which the shop is checked at once, so that the open set-up shows the result by itself."""

    def __init__(self, web: Web, readers: Readers, checks: ShopChecks, fetcher: Fetcher) -> None:
        self._web = web
        self._readers = readers
        self._checks = checks
        self._fetcher = fetcher

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, setup = self._web, "/sites/{site_id:uuid}/setup"
        return [
            Route(f"{setup}/review", web.signed_in(self.review), methods=["POST"]),
            Route(f"{setup}/worker", web.signed_in(self.set_worker), methods=["POST"]),
            Route(f"{setup}/webhook", web.signed_in(self.set_webhook), methods=["POST"]),
            Route(f"{setup}/source", web.signed_in(self.set_source), methods=["POST"]),
            Route(f"{setup}/source/disconnect", web.signed_in(self.end_source), methods=["POST"]),
        ]

    async def review(self, request: Request, who: SignedIn) -> Response:
        """The platform of the shop, and the page on which it confirms orders."""
        form, now = await read_form(request), self._web.clock.now()
        page = form.get("confirmation_page", "").strip()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            changed = with_platform(site.settings, form.get("platform", ""), now)
            if page and not is_page(page):
                changed = [Fault("confirmation_page", "Give the path of the page that confirms an order, such as /thanks.")]
            if isinstance(changed, SiteConfigured):
                if changed.platform != site.settings.platform:
                    await AccountStore(tx).put_settings(changed, now)
                statement = Statement(Question.CONFIRMATION_PAGE, page, None, now, who.email)
                await StatementStore(tx).add(site.site_id, statement)
        return await self._done(who, site, changed)

    async def set_worker(self, request: Request, who: SignedIn) -> Response:
        """Where the shop serves the worker file: as typed or pasted, else as found on the shop."""
        typed = (await read_form(request)).get("worker_path", "")
        site = await self._web.site(who, request)
        path = worker_path_in(typed, site.settings) if typed.strip() else await find_worker(site.settings, self._fetcher)
        if not isinstance(path, str):
            return await self._done(who, site, [path or NOT_FOUND])
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            now = self._web.clock.now()
            changed = with_worker(site.settings, {"worker_path": path}, now)
            if isinstance(changed, SiteConfigured):
                await AccountStore(tx).put_settings(changed, now)
        return await self._done(who, site, changed)

    async def set_webhook(self, request: Request, who: SignedIn) -> Response:
        """The secret with which the platform signs the orders that it reports."""
        secret, now = (await read_form(request)).get("webhook_secret", ""), self._web.clock.now()
        return await self._change(request, who, lambda site: with_order_webhook(site, secret, self._readers, now))

    async def set_source(self, request: Request, who: SignedIn) -> Response:
        """The credentials with which the back office is polled."""
        form, now = await read_form(request), self._web.clock.now()
        return await self._change(request, who, lambda site: with_source(site, form, self._readers, now))

    async def end_source(self, request: Request, who: SignedIn) -> Response:
        """The back office is polled no more."""
        now = self._web.clock.now()
        return await self._change(request, who, lambda site: without_source(site, now))

    async def _change(
        self, request: Request, who: SignedIn, change: Callable[[SiteConfigured], SiteConfigured | list[Fault]]
    ) -> Response:
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            changed = change(site.settings)
            if isinstance(changed, SiteConfigured):
                await AccountStore(tx).put_settings(changed, self._web.clock.now())
        return await self._done(who, site, changed)

    async def _done(self, who: SignedIn, site: Site, changed: SiteConfigured | list[Fault]) -> Response:
        if not isinstance(changed, SiteConfigured):
            text = f"{changed[0].sentence} Then go back to the set-up."
            return self._web.page(
                "message.html", 422, signed_in=who, site=site, title="That was not taken", text=text, faults=changed
            )
        self._web.committed()
        await self._checks.watch(site.site_id)
        return self._web.go(f"/sites/{site.site_id}/setup")


def is_page(text: str) -> bool:
    """Whether a text is a path as it may stand in a browser's address."""
    return text.startswith("/") and len(text) <= LONGEST_PAGE and " " not in text and storable(text) == text
