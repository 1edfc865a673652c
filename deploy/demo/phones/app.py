"""phones.localhost: a list of handsets, one thread for each, and a line to answer with."""

import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demo.carrier.exchange import Exchange
from deploy.demo.carrier.sending import E164
from deploy.demo.clock import Clock
from deploy.demo.pages import Pages, SameOriginForms
from deploy.demo.phones.links import with_links
from deploy.demo.phones.store import PhonesStore

FOLDER = Path(__file__).parent
LONGEST_REPLY = 1600


class Phones:
    """The pages."""

    def __init__(self, store: PhonesStore, exchange: Exchange, clock: Clock) -> None:
        self._store = store
        self._exchange = exchange
        self._clock = clock
        self._pages = Pages(FOLDER / "templates", with_links=with_links)

    def app(self) -> Starlette:
        """The whole of phones.localhost."""
        return Starlette(
            routes=[
                Route("/", self.home, methods=["GET"]),
                Route("/add", self.add, methods=["POST"]),
                Route("/threads/{number:str}", self.thread, methods=["GET"]),
                Route("/threads/{number:str}", self.reply, methods=["POST"]),
                Mount("/static", StaticFiles(directory=FOLDER / "static")),
            ],
            middleware=[Middleware(SameOriginForms)],
        )

    async def home(self, request: Request) -> Response:
        """The list of phones."""
        return self._show(None)

    async def thread(self, request: Request) -> Response:
        """One phone's messages."""
        number = request.path_params["number"]
        return self._show(number) if E164.fullmatch(number) else RedirectResponse("/", 303)

    async def add(self, request: Request) -> Response:
        """A phone that nobody has written to yet."""
        number = as_e164(str((await request.form()).get("number", "")))
        if number is None:
            return self._show(None, "Write the number with its country code, such as +1 423 555 0123.")
        self._store.add(number, self._clock())
        return RedirectResponse(f"/threads/{number}", 303)

    async def reply(self, request: Request) -> Response:
        """Somebody typed on the phone."""
        number = request.path_params["number"]
        body = str((await request.form()).get("body", ""))[:LONGEST_REPLY]
        if E164.fullmatch(number) and body.strip():
            self._exchange.receive(number, body)
        return RedirectResponse(f"/threads/{number}", 303)

    def _show(self, number: str | None, error: str = "") -> Response:
        messages = self._exchange.store.thread(number) if number else []
        shown = {
            "handsets": self._store.handsets(),
            "chosen": number,
            "messages": messages,
            "shop_number": self._exchange.store.account().number,
            "error": error,
        }
        return self._pages.show("phones.html", status=400 if error else 200, **shown)


def as_e164(text: str) -> str | None:
    """A number as people write it; ten digits are taken for one of North America."""
    digits = re.sub(r"[\s().\-]", "", text)
    number = f"+1{digits}" if re.fullmatch(r"[2-9]\d{9}", digits) else digits
    return number if E164.fullmatch(number) else None
