"""Puts the simulator together: one process and one port; XML Tools and the control surface answer under any host."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deploy.demo.nexternal.control import Control
from deploy.demo.nexternal.hosts import Hosts
from deploy.demo.nexternal.oms.app import Oms
from deploy.demo.nexternal.ordering.pages import FOLDER
from deploy.demo.nexternal.simulator import Simulator, store_of
from deploy.demo.nexternal.store import Store
from deploy.demo.pages import SameOriginForms


def build(simulator: Simulator) -> Starlette:
    """The whole of it as one application."""
    pages = Hosts(simulator.accounts, Store(simulator.accounts).app(), Oms(simulator.accounts, store_of).app())
    return Starlette(
        routes=[
            Route("/healthz", healthy, methods=["GET"]),
            simulator.xml_tools.route(),
            *Control(simulator).routes(),
            Mount("/_static", StaticFiles(directory=FOLDER / "static")),
            Mount("/", pages),
        ],
        middleware=[Middleware(SameOriginForms)],
    )


async def healthy(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ready"})
