"""Settings: Policies, Addenda and Disclaimers with the fields for foreign code, and Site Options with the domain alias."""

import re

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.oms.office import Office
from deploy.demo.nexternal.ordering.checkout import text
from deploy.demo.nexternal.ordering.confirming import keywords
from deploy.demo.nexternal.records import TRACKING_POSITIONS

HOST = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?")


class Settings:
    """The section."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        """Where each page is."""
        base = "/{account}/settings"
        return [
            Route(base, self.overview, methods=["GET"]),
            Route(f"{base}/policies", self.policies, methods=["GET"]),
            Route(f"{base}/policies", self.keep_policies, methods=["POST"]),
            Route(f"{base}/site-options", self.site_options, methods=["GET"]),
            Route(f"{base}/site-options", self.keep_site_options, methods=["POST"]),
        ]

    async def overview(self, request: Request) -> Response:
        """Each group of settings with its Edit."""
        return self._office.show(request, "settings.html")

    async def policies(self, request: Request) -> Response:
        """The codes as they were pasted, and the keywords of the addendum."""
        return self._office.show(request, "policies.html", keywords=keywords(), positions=TRACKING_POSITIONS)

    async def keep_policies(self, request: Request) -> Response:
        """Keep the codes, byte for byte."""
        form, settings = await request.form(), self._office.account(request).settings
        settings.tracking_code, settings.addendum = pasted(form, "tracking_code"), pasted(form, "addendum")
        position = text(form, "tracking_position")
        settings.tracking_position = position if position in TRACKING_POSITIONS else TRACKING_POSITIONS[0]
        return self._office.redirect(request, "settings/policies?saved")

    async def site_options(self, request: Request) -> Response:
        """The store's address."""
        settings = self._office.account(request).settings
        return self._office.show(request, "site_options.html", alias=settings.domain_alias, error="")

    async def keep_site_options(self, request: Request) -> Response:
        """Keep a host name, with its port where it has one; none takes the alias away."""
        account, alias = self._office.account(request), text(await request.form(), "domain_alias").lower()
        if alias and not HOST.fullmatch(alias):
            error = "Enter a host name, such as www.shop.example."
            return self._office.show(request, "site_options.html", 400, alias=alias, error=error)
        account.settings.domain_alias = alias
        return self._office.redirect(request, "settings/site-options?saved")


def pasted(form: FormData, name: str) -> str:
    """A field as it was pasted: a browser sends each line break as two signs."""
    value = form.get(name, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
