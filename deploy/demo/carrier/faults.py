"""Injected faults: the response to a call when something is made to go wrong with it."""

import asyncio
from typing import assert_never

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from deploy.demo.carrier.controls import Fault, FaultKind, Switchboard
from deploy.demo.carrier.errors import KNOWN, Refusal, refuse
from deploy.demo.protocol import EXTENSION

POLL_SECONDS = 0.02


async def misbehave(fault: Fault, request: Request) -> Response:
    """What a client gets instead of Twilio's answer."""
    match fault.kind:
        case FaultKind.ANSWER:
            return as_answer(fault)
        case FaultKind.MALFORMED:
            return PlainTextResponse("<html>it works</html>", 201)
        case FaultKind.TIMEOUT:
            await until_hung_up(request)
            return Response(status_code=504)
        case FaultKind.RESET:
            cut(request)
            return Response(status_code=502)
        case _:
            assert_never(fault.kind)


def as_answer(fault: Fault) -> JSONResponse:
    """Twilio's own words for a code that we know, and a plain failure else."""
    plain = Refusal(fault.code or 20500, fault.status, "An internal server error has occurred")
    known = KNOWN.get(fault.code or 0)
    answer = refuse(known or plain, "that you gave")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


async def while_held(switchboard: Switchboard, request: Request) -> None:
    """Keep a client waiting until the hold is lifted or it has gone."""
    while switchboard.now.hold and not await request.is_disconnected():
        await asyncio.sleep(POLL_SECONDS)


async def until_hung_up(request: Request) -> None:
    """Wait for the client to give up."""
    while not await request.is_disconnected():
        await asyncio.sleep(POLL_SECONDS)


def cut(request: Request) -> None:
    """Reset the connection: the client cannot know whether anything was taken."""
    extension = request.scope.get("extensions", {}).get(EXTENSION)
    assert extension is not None, "the demo's server runs with CuttableProtocol"
    extension["transport"].abort()
