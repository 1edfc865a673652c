"""Daily limits: which kept messages back, a button that allows more for a day, and limits of the merchant's own."""

from collections.abc import Sequence
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.events import budget_raised_event
from services.onboarding.shop.daily_limits import (
    RAISED_FOR,
    LimitChange,
    MetBudget,
    ceiling_of,
    raised_limit,
    why_not_raised,
    with_daily_limits,
)
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.limits import LimitStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.budgets import Budget, DailyLimits
from shared.events.envelope import to_wire_time
from shared.events.settings import SiteConfigured
from shared.runtime.budget_settings import BudgetSettings
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Transaction

log = structlog.get_logger("limits")


class LimitPages:
    """Limits that are met, as texts. A merchant raises one up to what the operator allows, and no further."""

    def __init__(self, web: Web, operator: BudgetSettings) -> None:
        self._web = web
        self._operator = operator

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, page = self._web, "/sites/{site_id:uuid}/limits"
        return [
            Route(page, web.signed_in(self.show), methods=["GET"]),
            Route(page, web.signed_in(self.set_own), methods=["POST"]),
            Route(f"{page}/raise", web.signed_in(self.raise_limit), methods=["POST"]),
            Route(f"/api{page}", web.signed_in(self.api_show), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page with every limit that was met, and the merchant's own."""
        async with self._web.site_transaction(who, request) as (tx, site):
            return await self._page(tx, who, site)

    async def raise_limit(self, request: Request, who: SignedIn) -> Response:
        """Allow twice as many for a day, of a limit that keeps messages back."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            store, named = LimitStore(tx), form.get("budget", "")
            met = next((each for each in await store.met(site.site_id, now) if each.budget.value == named), None)
            if (fault := why_not_raised(met, self._operator)) is not None:
                return await self._page(tx, who, site, status=422, faults=[fault])
            assert met is not None, "a fault is returned otherwise"
            limit, until = raised_limit(met, self._operator), now + RAISED_FOR
            assert limit is not None, "a fault is returned otherwise"
            of_account = met.budget is Budget.ACCOUNT
            sites = await AccountStore(tx).site_ids_of(who.account_id) if of_account else [site.site_id]
            await store.note_raise(sites, met, limit, until, now)
            await store.note_change(site.site_id, LimitChange(now, who.email, met.budget, met.limit, limit, until))
            event = budget_raised_event(new_uuid7(), site.site_id, who.account_id, met.budget, limit, until, now)
            await AccountStore(tx).emit([event])
        self._web.committed()
        log.info("limit_raised", site_id=str(site.site_id), budget=met.budget.value, was=met.limit, became=limit)
        return self._web.go(f"/sites/{site.site_id}/limits")

    async def set_own(self, request: Request, who: SignedIn) -> Response:
        """Set the merchant's own limits, for every day."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            changed = with_daily_limits(site.settings, form, self._operator, now)
            if not isinstance(changed, SiteConfigured):
                return await self._page(tx, who, site, status=422, faults=changed)
            await AccountStore(tx).put_settings(changed, now)
            before, after = own_of(site.settings), own_of(changed)
            for budget, was, became in (
                (Budget.SITE, before.questions, after.questions),
                (Budget.SITE_MESSAGES, before.messages, after.messages),
            ):
                if was != became:
                    await LimitStore(tx).note_change(site.site_id, LimitChange(now, who.email, budget, was, became, None))
        self._web.committed()
        log.info("limits_set", site_id=str(site.site_id), questions=after.questions, messages=after.messages)
        return self._web.go(f"/sites/{site.site_id}/limits")

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The limits as JSON."""
        async with self._web.site_transaction(who, request) as (tx, site):
            met = await LimitStore(tx).met(site.site_id, self._web.clock.now())
            changes = await LimitStore(tx).changes(site.site_id)
        own = own_of(site.settings)
        body = {
            "limits": [self._limit_json(each) for each in met],
            "questions_per_day": own.questions,
            "messages_per_day": own.messages,
            "most_questions_per_day": ceiling_of(Budget.SITE, self._operator),
            "most_messages_per_day": ceiling_of(Budget.SITE_MESSAGES, self._operator),
            "changes": [limit_changed_event(each) for each in changes],
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _page(
        self, tx: Transaction, who: SignedIn, site: Site, *, status: int = 200, faults: Sequence[Fault] = ()
    ) -> Response:
        met = await LimitStore(tx).met(site.site_id, self._web.clock.now())
        return self._web.page(
            "limits.html",
            status,
            signed_in=who,
            site=site,
            faults=list(faults),
            met=[(each, raised_limit(each, self._operator)) for each in met if each.is_met],
            raised=[each for each in met if not each.is_met],
            own=own_of(site.settings),
            operator=self._operator,
            most_questions=ceiling_of(Budget.SITE, self._operator),
            most_messages=ceiling_of(Budget.SITE_MESSAGES, self._operator),
            changes=await LimitStore(tx).changes(site.site_id),
        )

    def _limit_json(self, met: MetBudget) -> dict[str, Any]:
        return {
            "budget": met.budget.value,
            "title": met.title,
            "meaning": met.meaning,
            "limit": met.limit,
            "is_met": met.is_met,
            "since": to_wire_time(met.since),
            "last_at": to_wire_time(met.last_at),
            "questions": met.questions,
            "reminders": met.reminders,
            "can_be_raised_to": raised_limit(met, self._operator) if met.is_met else None,
            "raised_to": met.raised_to,
            "raised_until": None if met.raised_until is None else to_wire_time(met.raised_until),
        }


def own_of(site: SiteConfigured) -> DailyLimits:
    """The merchant's own limits; without a number each is left to us."""
    return site.daily_limits or DailyLimits()


def limit_changed_event(change: LimitChange) -> dict[str, Any]:
    """A change as JSON."""
    return {
        "changed_at": to_wire_time(change.changed_at),
        "changed_by": change.changed_by,
        "budget": change.budget.value,
        "was": change.was,
        "became": change.became,
        "until": None if change.until is None else to_wire_time(change.until),
    }
