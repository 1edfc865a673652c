"""Settings: sending, sender, shop, keys. Delays and texts are the campaign's."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.platforms import guides
from services.onboarding.shop.countries import countries, example_number
from services.onboarding.shop.push_keys import new_push_keys
from services.onboarding.shop.settings import (
    PROPOSED_WORKER_PATH,
    with_platform,
    with_privacy,
    with_push_keys,
    with_shop,
    with_site_key,
    with_worker,
    without_api_key,
    without_site_key,
)
from services.onboarding.shop.sites import Fault, Readers, with_api_key, with_sender, with_sending, with_template
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.texting import TextingStore
from services.onboarding.texting.senders import Sender
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_site_key
from shared.runtime.postgres.pool import Transaction
from shared.runtime.settings import Profile

SHOWN = (
    "revision", "name", "mode", "site_keys", "revoked_keys", "hosts", "back_office_hosts", "currency", "time_zone", "country",
    "platform", "abandoned_after_seconds", "hours", "control_share", "vapid_public", "worker_path",
    "consent_required", "privacy_control", "field_capture",
)  # fmt: skip
Change = Callable[[Site, Mapping[str, str], datetime], SiteConfigured | list[Fault]]
Also = Callable[[Transaction, Site, Mapping[str, str], datetime], Awaitable[None]]


class SettingsPages:
    """Everything that changes a site that is already there."""

    def __init__(self, web: Web, readers: Readers, profile: Profile) -> None:
        self._web = web
        self._readers = readers
        self._profile = profile

    def routes(self) -> list[Route]:
        """Their addresses."""
        site = "/sites/{site_id:uuid}"
        return [
            Route(f"{site}/settings", self._web.signed_in(self.settings)),
            Route(f"{site}/settings/pace", self._changing(self._sending), methods=["POST"]),
            Route(f"{site}/settings/template", self._changing(self._template), methods=["POST"]),
            Route(f"{site}/settings/sender", self._changing(self._sender, note_sender), methods=["POST"]),
            Route(f"{site}/settings/shop", self._changing(self._shop), methods=["POST"]),
            Route(f"{site}/settings/platform", self._changing(self._platform), methods=["POST"]),
            Route(f"{site}/settings/privacy", self._changing(self._privacy), methods=["POST"]),
            Route(f"{site}/settings/site-keys", self._changing(self._add_site_key), methods=["POST"]),
            Route(f"{site}/settings/site-keys/revoke", self._changing(self._revoke_site_key), methods=["POST"]),
            Route(f"{site}/settings/keys/revoke", self._changing(self._revoke_key), methods=["POST"]),
            Route(f"{site}/settings/worker", self._changing(self._worker), methods=["POST"]),
            Route(f"{site}/settings/push-keys", self._changing(self._push_keys), methods=["POST"]),
            Route(f"{site}/keys", self._web.signed_in(self.add_key), methods=["POST"]),
            Route(f"/api{site}/settings", self._web.signed_in(self.api_settings), methods=["GET"]),
        ]

    async def settings(self, request: Request, who: SignedIn) -> Response:
        """The page with the forms."""
        site = await self._web.site(who, request)
        return self._show_settings(who, site)

    async def api_settings(self, request: Request, who: SignedIn) -> Response:
        """The settings as JSON: what the forms show, and no secret."""
        site = await self._web.site(who, request)
        shown = site.settings.model_dump(mode="json", include=set(SHOWN))
        keys = [{"key_id": key.key_id} for key in site.settings.api_keys]
        body = {**shown, "api_keys": keys, "paused": site.paused, "stopped": site.stopped, "has_sender": has_sender(site)}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    def _show_settings(
        self, who: SignedIn, site: Site, *, status: int = 200, new_key: str = "", faults: list[Fault] | None = None
    ) -> Response:
        return self._web.page(
            "settings.html",
            status,
            json={"key": new_key} if new_key else None,
            signed_in=who,
            site=site,
            faults=faults or [],
            new_key=new_key,
            is_demo=self._profile is Profile.DEMO,
            proposed_worker_path=PROPOSED_WORKER_PATH,
            countries=countries(),
            guides=guides(),
            example_number=example_number(site.settings.country),
            has_sender=has_sender(site),
        )

    def _changing(self, change: Change, also: Also | None = None) -> Callable[[Request], Awaitable[Response]]:
        async def handler(request: Request, who: SignedIn) -> Response:
            form, now = await read_form(request), self._web.clock.now()
            async with self._web.site_transaction(who, request, lock=True) as (tx, site):
                changed = change(site, form, now)
                if isinstance(changed, SiteConfigured):
                    await AccountStore(tx).put_settings(changed, now)
                    if also is not None:
                        await also(tx, site, form, now)
            if not isinstance(changed, SiteConfigured):
                return self._show_settings(who, site, status=422, faults=changed)
            self._web.committed()
            return self._web.go(f"/sites/{site.site_id}/{'setup' if form.get('then') == 'setup' else 'settings'}")

        handler.__doc__ = change.__doc__  # the API's document speaks of what is changed
        return self._web.signed_in(handler)

    def _sending(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """When reminders go out, and whether."""
        return with_sending(site.settings, form, self._profile, now)

    def _template(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """The template of every text."""
        return with_template(site.settings, form.get("template", ""), now)

    def _sender(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """The account that sends texts, sealed for the service that sends."""
        return with_sender(site.settings, form, self._readers, now)

    def _shop(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """Name, addresses, country, currency, time zone and platform."""
        return with_shop(site.settings, form, now)

    def _platform(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """The platform of the shop: the set-up shows its guide."""
        return with_platform(site.settings, form.get("platform", ""), now)

    def _privacy(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """Whether shoppers are asked before anything is stored, and what Global Privacy Control does."""
        return with_privacy(site.settings, form, now)

    def _add_site_key(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """One more public key, for new codes."""
        return with_site_key(site.settings, new_site_key(), now)

    def _revoke_site_key(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """Revoke a public key: pages that bear it report nothing any more."""
        return without_site_key(site.settings, form.get("site_key", ""), now)

    def _revoke_key(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """Revoke a secret key: who holds it is refused from now on."""
        return without_api_key(site.settings, form.get("key_id", ""), now)

    def _worker(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """Where the shop serves the worker file of web push."""
        return with_worker(site.settings, form, now)

    def _push_keys(self, site: Site, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
        """A new pair of keys for web push."""
        return with_push_keys(site.settings, new_push_keys(), self._readers, now)

    async def add_key(self, request: Request, who: SignedIn) -> Response:
        """A new secret key for the shop's server; its text is on this one page and nowhere else."""
        now = self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            made = with_api_key(site.settings, now)
            if isinstance(made, list):
                return self._show_settings(who, site, status=422, faults=made)
            changed, text = made
            await AccountStore(tx).put_settings(changed, now)
        self._web.committed()
        return self._show_settings(who, replace(site, settings=changed), new_key=text)


async def note_sender(tx: Transaction, site: Site, form: Mapping[str, str], now: datetime) -> None:
    """Store what may be shown of the carrier account: its secrets are sealed, and nobody here can read them again."""
    sender = Sender(form["account_sid"].strip()[-4:], form["from_number"].strip())
    await TextingStore(tx).put_sender(site.site_id, sender, now)


def has_sender(site: Site) -> bool:
    """Whether an account that sends texts is stored."""
    return any(secret.name == "sms_sender" for secret in site.settings.secrets)
