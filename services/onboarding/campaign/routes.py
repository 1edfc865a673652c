"""The campaign's editor: texts and delays of the reminders, with a preview by the function that sends."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.campaign.drafts import (
    MOST_STEPS,
    Preview,
    PushPreview,
    StepDraft,
    drafts_in,
    drafts_of,
    preview,
    push_preview,
    sample_link,
    wait_in,
    with_campaign,
)
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.carts import CartRow, CartStore
from services.onboarding.storage.texting import TextingStore
from services.onboarding.texting.senders import Texting
from services.onboarding.web.durations import UNITS, amount_and_unit
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.settings import SiteConfigured
from shared.messages.rendering import DEFAULT_TEMPLATE, SAMPLE_ITEMS, ReminderFields
from shared.runtime.postgres.pool import Transaction
from shared.runtime.settings import Profile

OFFERED_CARTS = 20


class CampaignPages:
    """A draft lives in the form alone; saving makes it the campaign that is sent."""

    def __init__(self, web: Web, notify: str, profile: Profile) -> None:
        self._web = web
        self._link = sample_link(notify)
        self._profile = profile

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, site = self._web, "/sites/{site_id:uuid}"
        return [
            Route(f"{site}/campaign", web.signed_in(self.show), methods=["GET"]),
            Route(f"{site}/campaign", web.signed_in(self.save), methods=["POST"]),
            Route(f"{site}/campaign/preview", web.signed_in(self.preview), methods=["POST"]),
            Route(f"/api{site}/campaign", web.signed_in(self.api_show), methods=["GET"]),
            Route(f"/api{site}/campaign/preview", web.signed_in(self.api_preview), methods=["POST"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The editor, with the live campaign as its draft."""
        async with self._web.site_transaction(who, request) as (tx, site):
            carts, texting = await self._beside(tx, site)
        return self._editor(who, site, carts, live_form(site.settings), texting)

    async def preview(self, request: Request, who: SignedIn) -> Response:
        """The draft on a phone; nothing is kept."""
        form = await read_form(request)
        async with self._web.site_transaction(who, request) as (tx, site):
            carts, texting = await self._beside(tx, site)
        return self._editor(who, site, carts, form, texting)

    async def save(self, request: Request, who: SignedIn) -> Response:
        """Make the draft the campaign that is sent."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            changed = with_campaign(site.settings, form, self._link, self._profile, now)
            if isinstance(changed, SiteConfigured):
                await AccountStore(tx).put_settings(changed, now)
            carts, texting = await self._beside(tx, site)
        if not isinstance(changed, SiteConfigured):
            return self._editor(who, site, carts, form, texting, status=422, faults=changed)
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/campaign")

    async def _beside(self, tx: Transaction, site: Site) -> tuple[list[CartRow], Texting]:
        return list(await CartStore(tx).latest(site.site_id)), await TextingStore(tx).texting(site.site_id)

    def _editor(
        self,
        who: SignedIn,
        site: Site,
        carts: list[CartRow],
        form: Mapping[str, str],
        texting: Texting,
        *,
        status: int = 200,
        faults: list[Fault] | None = None,
    ) -> Response:
        drafts = drafts_in(form, site.settings)
        free = [n for n in range(1, MOST_STEPS + 1) if n not in {draft.number for draft in drafts}][:1]
        shown = [*drafts, *(StepDraft(n, "", "push", DEFAULT_TEMPLATE) for n in free)]
        wait = wait_in(form)
        return self._web.page(
            "campaign.html",
            status,
            signed_in=who,
            site=site,
            faults=faults or [],
            drafts=shown,
            previews=self._previews(site, drafts, items_of(carts, form.get("cart", ""))),
            pushes=self._pushes(site, drafts, items_of(carts, form.get("cart", ""))),
            part_price=texting.part_price,
            has_phone=bool(texting.phones),
            carts=carts[:OFFERED_CARTS],
            chosen=form.get("cart", ""),
            wait=amount_and_unit(wait),
            delays=[amount_and_unit(draft.delay_seconds) for draft in shown],
            units=[unit for unit in UNITS if unit != "seconds" or self._profile is Profile.DEMO],
            is_draft=drafts != drafts_of(site.settings) or wait != str(site.settings.abandoned_after_seconds),
        )

    def _previews(self, site: Site, drafts: list[StepDraft], items: int) -> list[Preview]:
        fields = ReminderFields(site.settings.name, items, self._link)
        return [preview(draft, fields) for draft in drafts]

    def _pushes(self, site: Site, drafts: list[StepDraft], items: int) -> list[PushPreview]:
        fields = ReminderFields(site.settings.name, items, self._link)
        return [push_preview(draft, fields) for draft in drafts]

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The live campaign as JSON."""
        site = await self._web.site(who, request)
        campaign, wait = site.settings.campaign.model_dump(mode="json"), site.settings.abandoned_after_seconds
        return _json({**campaign, "abandoned_after_seconds": wait, "revision": site.settings.revision})

    async def api_preview(self, request: Request, who: SignedIn) -> Response:
        """The draft's texts as JSON."""
        form = await read_form(request)
        async with self._web.site_transaction(who, request) as (tx, site):
            carts = list(await CartStore(tx).latest(site.site_id))
        drafts, items = drafts_in(form, site.settings), items_of(carts, form.get("cart", ""))
        pushes = self._pushes(site, drafts, items)
        previews = [
            {**vars(text), "push": vars(push)} for text, push in zip(self._previews(site, drafts, items), pushes, strict=True)
        ]
        return _json({"steps": previews})


def live_form(site: SiteConfigured) -> dict[str, str]:
    """The form that would save what is live."""
    form = {"abandoned_after_seconds": str(site.abandoned_after_seconds)}
    for draft in drafts_of(site):
        form[f"delay_seconds_{draft.number}"] = draft.delay_seconds
        form[f"channels_{draft.number}"] = draft.channels
        form[f"template_{draft.number}"] = draft.template
        form[f"push_title_{draft.number}"] = draft.push_title
        form[f"push_body_{draft.number}"] = draft.push_body
    return form


def items_of(carts: list[CartRow], chosen: str) -> int:
    """How many items the chosen cart has; a sample's where none is chosen, or one that is not there."""
    try:
        wanted = UUID(chosen)
    except ValueError:
        return SAMPLE_ITEMS
    return next((cart.item_count for cart in carts if cart.cart_id == wanted), SAMPLE_ITEMS)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-store"})
