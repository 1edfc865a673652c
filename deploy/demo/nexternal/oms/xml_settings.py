"""Settings > XML Tools: the Memorandum of Understanding, users with their privileges, the test, the failure log."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deploy.demo.nexternal.oms.office import Office
from deploy.demo.nexternal.ordering.checkout import text
from deploy.demo.nexternal.records import Privilege, XmlUser

SHORTEST_PASSWORD = 8


class XmlSettings:
    """The page."""

    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self) -> list[Route]:
        """The page, and its two forms."""
        base = "/{account}/settings/xml-tools"
        return [
            Route(base, self.page, methods=["GET"]),
            Route(f"{base}/memorandum", self.keep_memorandum, methods=["POST"]),
            Route(f"{base}/users", self.add_user, methods=["POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """Everything at once. A key is shown once its test was passed."""
        return self._show(request, "")

    async def keep_memorandum(self, request: Request) -> Response:
        """Switch XML Tools on by accepting the memorandum, or off."""
        self._office.account(request).xml.memorandum_accepted = "accepted" in await request.form()
        return self._office.redirect(request, "settings/xml-tools?saved")

    async def add_user(self, request: Request) -> Response:
        """A user with the access level XML Tools, or other privileges for one who is there."""
        form, users = await request.form(), self._office.account(request).xml.users
        name, password = text(form, "name"), text(form, "password")
        privileges = frozenset(each for each in Privilege if each.value in form)
        if not name or len(password) < SHORTEST_PASSWORD:
            return self._show(request, f"Enter a user name and a password of {SHORTEST_PASSWORD} characters or more.")
        users[name] = XmlUser(name, password, privileges)
        return self._office.redirect(request, "settings/xml-tools?saved")

    def _show(self, request: Request, error: str) -> Response:
        xml = self._office.account(request).xml
        values = {"xml": xml, "failures": list(reversed(xml.failures)), "privileges": list(Privilege), "error": error}
        return self._office.show(request, "xml_tools.html", 400 if error else 200, **values)
