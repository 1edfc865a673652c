"""The shop's administration, with the fields that Nexternal has for foreign code."""

from pathlib import Path

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from deploy.demo.pages import Pages
from deploy.demo.shop.codes import load_keywords
from deploy.demo.shop.ordering import ON
from deploy.demo.shop.policies import Field, PolicyStore

FOLDER = Path(__file__).parent
FILE_TYPES = ("text/javascript", "text/plain")
OPT_IN_BOXES = ("unticked", "ticked", "none")
DECLINES = "declines"
COOKIE_BANNERS = ("none", DECLINES)


class Admin:
    """Settings / Policies, Addenda and Disclaimers.

    A merchant can get each of them wrong: so can whoever tries out what Beckon reports then.
    """

    def __init__(self, policies: PolicyStore) -> None:
        self._policies = policies
        self._pages = Pages(FOLDER / "templates")

    def routes(self) -> list[Route]:
        """The page, and its two forms: seed and merchant post the same ones."""
        return [
            Route("/admin", self.page, methods=["GET"]),
            Route("/admin/policies", self.keep_policies, methods=["POST"]),
            Route("/admin/reporting", self.keep_reporting, methods=["POST"]),
            Route("/admin/files", self.keep_files, methods=["POST"]),
            Route("/admin/appearance", self.keep_appearance, methods=["POST"]),
            Route("/beckon-worker.js", self.worker_file, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """What stands in each field."""
        values = {field.value: self._policies.read(field) for field in Field}
        choices = {"file_types": FILE_TYPES, "opt_in_boxes": OPT_IN_BOXES, "cookie_banners": COOKIE_BANNERS}
        saved = "saved" in request.query_params
        return self._pages.show("admin.html", 200, keywords=load_keywords(), on=ON, saved=saved, **choices, **values)

    async def keep_policies(self, request: Request) -> Response:
        """Keep the two codes."""
        form = await request.form()
        for field in (Field.TRACKING_CODE, Field.ADDENDUM):
            self._policies.write(field, pasted(form, field))
        return RedirectResponse("/admin?saved", 303)

    async def keep_reporting(self, request: Request) -> Response:
        """Keep whether, where and with which key the server reports orders."""
        form = await request.form()
        for field in (Field.TELL_ENABLED, Field.TELL_URL, Field.TELL_KEY):
            self._policies.write(field, pasted(form, field).strip())
        return RedirectResponse("/admin?saved", 303)

    async def keep_files(self, request: Request) -> Response:
        """Keep the one file that a merchant may put at the shop's root."""
        form = await request.form()
        self._policies.write(Field.WORKER_FILE, pasted(form, Field.WORKER_FILE))
        self._policies.write(Field.FILE_TYPE, one_of(FILE_TYPES, form, Field.FILE_TYPE))
        return RedirectResponse("/admin?saved", 303)

    async def keep_appearance(self, request: Request) -> Response:
        """Keep how the checkout asks, whether a banner does, and the header that limits what pages may load."""
        form = await request.form()
        self._policies.write(Field.OPT_IN_BOX, one_of(OPT_IN_BOXES, form, Field.OPT_IN_BOX))
        self._policies.write(Field.COOKIE_BANNER, one_of(COOKIE_BANNERS, form, Field.COOKIE_BANNER))
        policy = " ".join(pasted(form, Field.CONTENT_SECURITY_POLICY).split())
        self._policies.write(Field.CONTENT_SECURITY_POLICY, policy if policy.isascii() else "")
        return RedirectResponse("/admin?saved", 303)

    async def worker_file(self, request: Request) -> Response:
        """The file, once somebody has put it there."""
        text = self._policies.read(Field.WORKER_FILE)
        return Response(text, 200 if text else 404, media_type=self._policies.read(Field.FILE_TYPE) or FILE_TYPES[0])


def one_of(choices: tuple[str, ...], form: FormData, field: Field) -> str:
    """What was chosen; the first where it is none of the choices."""
    chosen = pasted(form, field)
    return chosen if chosen in choices else choices[0]


def pasted(form: FormData, field: Field) -> str:
    """What was pasted, byte for byte: a browser's form writes each end of a line as CR LF, which is undone here."""
    value = form.get(field.value, "")
    return value.replace("\r\n", "\n") if isinstance(value, str) else ""
