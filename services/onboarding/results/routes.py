"""The pages that show results: overview, carts, one cart's timeline. And the same as JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.platforms import guide_of
from services.onboarding.results.cart_filters import CHANNEL_CHOICES, STATE_CHOICES, CartFilter, read_filter
from services.onboarding.results.coverage import steps_of_falls
from services.onboarding.results.timelines import timeline_entry
from services.onboarding.setup.checklist import Step, StepState
from services.onboarding.setup.shop_checks import ShopChecks
from services.onboarding.setup.verification import steps_of
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.carts import CartRow, CartStore
from services.onboarding.storage.coverage import CoverageStore
from services.onboarding.storage.projections import ProjectionStore
from services.onboarding.storage.replies import ReplyStore
from services.onboarding.storage.setup import SetupStore
from services.onboarding.web.pages import Web, found
from services.onboarding.web.reason_texts import REASONS
from shared.events.envelope import to_wire_time
from shared.runtime.postgres.pool import Transaction


class ResultPages:
    """Pages and JSON that change nothing."""

    def __init__(self, web: Web, checks: ShopChecks) -> None:
        self._web = web
        self._checks = checks

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        site = "/sites/{site_id:uuid}"
        return [
            Route("/", web.signed_in(self.home)),
            Route(site, web.signed_in(self.overview)),
            Route(f"{site}/carts", web.signed_in(self.carts)),
            Route(f"{site}/carts/{{cart_id:uuid}}", web.signed_in(self.cart)),
            Route("/api/sites", web.signed_in(self.api_sites)),
            Route(f"/api{site}/overview", web.signed_in(self.api_overview)),
            Route(f"/api{site}/carts", web.signed_in(self.api_carts)),
            Route(f"/api{site}/carts/{{cart_id:uuid}}", web.signed_in(self.api_cart)),
        ]

    async def home(self, request: Request, who: SignedIn) -> Response:
        """The only site's overview, or the list of sites."""
        async with self._web.transaction_of(who) as tx:
            sites = await AccountStore(tx).sites_of(who.account_id)
        if not sites:
            return self._web.go("/sites/new")
        if len(sites) == 1:
            return self._web.go(f"/sites/{sites[0].site_id}")
        return self._web.page("sites.html", signed_in=who, sites=sites)

    async def overview(self, request: Request, who: SignedIn) -> Response:
        """What is broken of the shop's codes; recovered, silenced, withheld."""
        async with self._web.site_transaction(who, request) as (tx, site):
            figures = await ProjectionStore(tx).figures(site.site_id)
            broken = await self._broken_steps(tx, site)
        await self._checks.watch(site.site_id)
        return self._web.page("overview.html", signed_in=who, site=site, figures=figures, broken=broken)

    async def _broken_steps(self, tx: Transaction, site: Site) -> list[Step]:
        seen = await SetupStore(tx).seen(site.site_id, self._web.clock.now())
        steps = steps_of(site.settings, guide_of(site.settings.platform), seen)
        orders = await CoverageStore(tx).orders(site.site_id, site.settings.time_zone, seen.now)
        return [step for step in steps if step.state is StepState.BROKEN] + steps_of_falls(orders)

    async def carts(self, request: Request, who: SignedIn) -> Response:
        """A page of carts, as the address asks for them."""
        asked = read_filter(request.query_params)
        wanted, faults = (CartFilter(), asked) if isinstance(asked, list) else (asked, [])
        async with self._web.site_transaction(who, request) as (tx, site):
            page = await CartStore(tx).page(site.site_id, wanted)
        return self._web.page(
            "carts.html",
            422 if faults else 200,
            signed_in=who,
            site=site,
            faults=faults,
            carts=page.carts,
            asked=wanted,
            following=page.following,
            states=STATE_CHOICES,
            channels=CHANNEL_CHOICES,
            reasons=sorted(((each.value, REASONS[each]) for each in REASONS), key=lambda pair: pair[1]),
        )

    async def cart(self, request: Request, who: SignedIn) -> Response:
        """One cart, with everything that happened and why."""
        async with self._web.site_transaction(who, request) as (tx, site):
            cart = found(await CartStore(tx).cart(site.site_id, request.path_params["cart_id"]))
            entries = await ProjectionStore(tx).timeline(site.site_id, cart.cart_id)
            replies = await ReplyStore(tx).page(site.site_id, None, cart.cart_id)
        return self._web.page("cart.html", signed_in=who, site=site, cart=cart, entries=entries, replies=replies)

    async def api_sites(self, request: Request, who: SignedIn) -> Response:
        """The account's sites."""
        async with self._web.transaction_of(who) as tx:
            sites = await AccountStore(tx).sites_of(who.account_id)
        shown = [{"site_id": str(s.site_id), "name": s.settings.name, "paused": s.paused, "stopped": s.stopped} for s in sites]
        return _json({"sites": shown})

    async def api_overview(self, request: Request, who: SignedIn) -> Response:
        """The overview's figures."""
        async with self._web.site_transaction(who, request) as (tx, site):
            figures = await ProjectionStore(tx).figures(site.site_id)
            broken = await self._broken_steps(tx, site)
        await self._checks.watch(site.site_id)
        return _json(
            {
                "broken": [vars(step) for step in broken],
                "carts": figures.carts,
                "abandoned": figures.abandoned,
                "messaged": figures.messaged,
                "silenced": figures.silenced,
                "withheld": figures.withheld,
                "recovered_orders": figures.recovered_orders,
                "recovered": [amount.model_dump() for amount in figures.recovered],
                "recovered_unverified": [amount.model_dump() for amount in figures.recovered_unverified],
                "recovered_without_total": figures.recovered_without_total,
            }
        )

    async def api_carts(self, request: Request, who: SignedIn) -> Response:
        """A page of carts: by state, reason and channel; ``next`` is what ``after`` is for the page behind it."""
        asked = read_filter(request.query_params)
        async with self._web.site_transaction(who, request) as (tx, site):
            if isinstance(asked, list):
                faults = [{"field": fault.field, "remedy": fault.sentence} for fault in asked]
                return _json({"reason": "refused", "faults": faults}, 422)
            page = await CartStore(tx).page(site.site_id, asked)
        cursor = None if page.following is None else str(page.following.after)
        return _json({"carts": [_cart(cart) for cart in page.carts], "next": cursor})

    async def api_cart(self, request: Request, who: SignedIn) -> Response:
        """One cart and its timeline."""
        async with self._web.site_transaction(who, request) as (tx, site):
            cart = found(await CartStore(tx).cart(site.site_id, request.path_params["cart_id"]))
            entries = await ProjectionStore(tx).timeline(site.site_id, cart.cart_id)
        return _json({**_cart(cart), "timeline": [timeline_entry(entry) for entry in entries]})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})


def _cart(cart: CartRow) -> dict[str, Any]:
    return {
        "cart_id": str(cart.cart_id),
        "state": cart.state,
        "items": cart.item_count,
        "unread_lines": cart.unread_lines,
        "names": cart.names,
        "total": None if cart.total is None else cart.total.model_dump(),
        "opened_at": to_wire_time(cart.opened_at),
        "abandoned": cart.abandoned,
        "messaged": cart.messaged,
        "silenced_reason": cart.silenced_reason,
        "withheld_reason": cart.withheld_reason,
        "reason": cart.reason,
        "channels": list(cart.channels),
        "orders": [
            {"order_id": each.order_id, "status": each.status, "witnesses": list(each.witnesses), "verified": each.verified}
            for each in cart.orders
        ],
    }
