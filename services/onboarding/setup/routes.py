"""Set-up: both codes, where they go, and the checklist that updates itself as the shop reports."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn, new_session_token, token_hash
from services.onboarding.campaign.drafts import sample_link
from services.onboarding.live.gaps import Need, needs_of
from services.onboarding.platforms import Guide, guide_of, guides
from services.onboarding.setup.cart_reading import YES, cart_of, names_in, reader_text
from services.onboarding.setup.checklist import Question, Seen, Statement, Step, StepState
from services.onboarding.setup.codes import (
    cartstack_address,
    confirmation_code,
    found_keywords,
    tracking_code,
    webhook_address,
)
from services.onboarding.setup.shop_checks import ShopChecks
from services.onboarding.setup.verification import steps_of
from services.onboarding.shop.settings import PROPOSED_WORKER_PATH
from services.onboarding.shop_pages.page_histories import PageHistory
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.people import PeopleStore
from services.onboarding.storage.setup import SetupStore
from services.onboarding.storage.statements import StatementStore
from services.onboarding.storage.texting import TextingStore
from services.onboarding.texting.senders import is_texting, texting_steps
from services.onboarding.web.pages import Web
from shared.events.envelope import to_wire_time
from shared.events.settings import SiteConfigured
from shared.runtime.postgres.pool import Transaction, transaction

LINK_LIVES = timedelta(days=14)
SHOWN_AS_STEPS = frozenset({"tracking", "confirmation", "carts", "contacts", "sender", "registration"})


class SetupPages:
    """What a merchant does once, as a page, as JSON, and for a developer without an account."""

    def __init__(self, web: Web, ingest: str, notify: str, checks: ShopChecks) -> None:
        self._web = web
        self._ingest = ingest
        self._notify = notify
        self._checks = checks

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, site = self._web, "/sites/{site_id:uuid}"
        return [
            Route(f"{site}/setup", web.signed_in(self.setup)),
            Route(
                f"{site}/setup/link", web.signed_in(self.setup), methods=["GET"]
            ),  # the page of a link stays up to date as well
            Route(f"{site}/setup/link", web.signed_in(self.make_link), methods=["POST"]),
            Route(f"{site}/setup/link/end", web.signed_in(self.end_link), methods=["POST"]),
            Route(f"/api{site}/codes", web.signed_in(self.codes)),
            Route(f"/api{site}/setup", web.signed_in(self.api_setup)),
            Route("/share/{token:str}", self.shared),
        ]

    async def setup(self, request: Request, who: SignedIn) -> Response:
        """The page with both codes and the checklist."""
        async with self._web.site_transaction(who, request) as (tx, site):
            shown = await self._shown(tx, site)
            has_link = await SetupStore(tx).has_link(site.site_id, self._web.clock.now())
        await self._checks.watch(site.site_id)
        return self._web.page("setup.html", signed_in=who, site=site, has_link=has_link, link="", **shown)

    async def _shown(self, tx: Transaction, site: Site) -> dict[str, Any]:
        guide = guide_of(site.settings.platform)
        seen, steps, needs = await self._progress(tx, site, guide)
        cart = cart_of(seen)
        done = sum(step.state is StepState.VERIFIED for step in steps) + sum(need.done for need in needs)
        return {
            "guide": guide,
            "guides": guides().values(),
            "steps": {step.key: step for step in steps},
            "needs": needs,
            "cart": cart,
            "names": names_in(cart),
            "reader": "" if cart is None else reader_text(cart),
            "own_carts": seen.answer(Question.OWN_CARTS) == YES,
            "confirmation_page": seen.answer(Question.CONFIRMATION_PAGE) or guide.confirmation.get("page", ""),
            "compared": seen.statements.get(Question.CART_IS_RIGHT),
            "pages": seen.histories(site.settings.hosts[0]),
            "done": done,
            "count": len(steps) + len(needs),
            "proposed_worker_path": PROPOSED_WORKER_PATH,
            "worker_address": f"{self._ingest}/s/worker.js",
            **self._codes(site.settings, seen.signals),
        }

    async def _progress(self, tx: Transaction, site: Site, guide: Guide) -> tuple[Seen, list[Step], list[Need]]:
        seen = await SetupStore(tx).seen(site.site_id, self._web.clock.now())
        texting = await TextingStore(tx).texting(site.site_id)
        stated = await PeopleStore(tx).opt_outs_stated_at(site.site_id) is not None
        needs = needs_of(site.settings, seen, texting, sample_link(self._notify), opt_outs_stated=stated)
        steps = steps_of(site.settings, guide, seen)
        if is_texting(site.settings):
            steps += texting_steps(site.settings, texting)
        return seen, steps, [need for need in needs if need.field not in SHOWN_AS_STEPS]

    def _codes(self, settings: SiteConfigured, signals: Mapping[str, Mapping[str, Any]]) -> dict[str, str | None]:
        key, guide = settings.site_keys[0], guide_of(settings.platform)
        return {
            "tracking": tracking_code(key, self._ingest),
            "confirmation": confirmation_code(settings, self._ingest, guide, found_keywords(guide, signals)),
            "cartstack": cartstack_address(key, self._ingest),
            "order_webhook": webhook_address(settings, self._ingest) if guide.webhook else None,
            "replies_to": f"{self._notify}/in/twilio/{settings.site_id}",
        }

    async def make_link(self, request: Request, who: SignedIn) -> Response:
        """A link to this page's codes for who has no account; its text is on this one page and nowhere else."""
        token, now = new_session_token(), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            await SetupStore(tx).put_link(site.site_id, token_hash(token), now + LINK_LIVES)
            shown = await self._shown(tx, site)
        link = f"{str(request.base_url).rstrip('/')}/share/{token}"
        json = {"link": link}
        return self._web.page("setup.html", json=json, signed_in=who, site=site, has_link=True, link=link, **shown)

    async def end_link(self, request: Request, who: SignedIn) -> Response:
        """End the developer's link."""
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            await SetupStore(tx).end_link(site.site_id)
        return self._web.go(f"/sites/{site.site_id}/setup")

    async def shared(self, request: Request) -> Response:
        """The codes and the state of what the shop shows: no figures, no people, no settings."""
        now, token = self._web.clock.now(), request.path_params["token"]
        async with transaction(self._web.pool) as tx:
            site_id: UUID | None = await SetupStore(tx).site_of_link(token_hash(token), now)
            settings = None if site_id is None else await AccountStore(tx).settings_of(site_id)
            if site_id is None or settings is None:
                return self._web.not_found(request)
            shown = await self._shown(tx, Site(site_id, settings, paused=False))
        await self._checks.watch(site_id)
        return self._web.page("shared_setup.html", shop=settings.name, zone=settings.time_zone, **shown)

    async def codes(self, request: Request, who: SignedIn) -> Response:
        """The codes that the shop pastes."""
        async with self._web.site_transaction(who, request) as (tx, site):
            signals = await SetupStore(tx).signals(site.site_id)
        body = {"site_key": site.settings.site_keys[0], **self._codes(site.settings, signals)}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def api_setup(self, request: Request, who: SignedIn) -> Response:
        """The checklist as JSON."""
        async with self._web.site_transaction(who, request) as (tx, site):
            seen, steps, needs = await self._progress(tx, site, guide_of(site.settings.platform))
            statements = await StatementStore(tx).history(site.site_id)
        await self._checks.watch(site.site_id)
        pages = [to_answer(page) for page in seen.histories(site.settings.hosts[0])]
        cart = cart_of(seen)
        body = {
            "steps": [vars(step) for step in steps],
            "needs": [vars(need) for need in needs],
            "pages": pages,
            "cart": None if cart is None else cart.model_dump(mode="json"),
            "statements": [statement_answer(statement) for statement in statements],
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})


def to_answer(page: PageHistory) -> dict[str, str | None]:
    """A watched page as JSON."""
    return {
        "kind": page.kind.value,
        "path": page.path,
        "error": page.error,
        "seen_at": None if page.seen_at is None else to_wire_time(page.seen_at),
        "gone_at": None if page.gone_at is None else to_wire_time(page.gone_at),
    }


def statement_answer(statement: Statement) -> dict[str, str | None]:
    """A statement of the merchant as JSON."""
    return {**vars(statement), "question": statement.question.value, "stated_at": to_wire_time(statement.stated_at)}
