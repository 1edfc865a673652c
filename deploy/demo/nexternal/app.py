"""Puts the simulator together: one process and one port; XML Tools and the control surface answer under any host."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.nexternal.control import Control
from deploy.demo.nexternal.simulator import Simulator


def build(simulator: Simulator) -> Starlette:
    """The whole of it as one application."""
    return Starlette(
        routes=[
            Route("/healthz", healthy, methods=["GET"]),
            simulator.xml_tools.route(),
            *Control(simulator).routes(),
        ]
    )


async def healthy(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ready"})
