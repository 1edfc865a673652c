"""The switches and the log, as JSON for the demo's seed and for tests. Only programs of this machine may use them.

* ``GET /_account``: the carrier's account with its token, for whoever enters it into the console.
* ``GET /_log[?to=]``: each message taken from the API, oldest first; it was on the disk before the client got an answer.
* ``GET /_calls[?to=]``: each call, also those refused, with the moment at which it came in.
* ``GET`` and ``POST /_control``: the switches of ``controls.py``; a post changes what it names.
* ``POST /_inbound`` with ``from`` and ``body``: what typing on the phones page does.
* ``POST /_opt_outs`` with ``to`` and ``opted_out``: the carrier's own list.
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.carrier.access import from_this_machine
from deploy.demo.carrier.exchange import Exchange
from deploy.demo.carrier.messages import Direction, Message
from deploy.demo.carrier.sending import E164

Handler = Callable[[Request], Awaitable[Response]]


class Inbound(BaseModel):
    """A reply to inject."""

    model_config = ConfigDict(extra="forbid")

    sender: str = Field(alias="from", pattern=E164.pattern + "$")
    body: str = Field(max_length=1600)


class OptOut(BaseModel):
    """An entry of the carrier's opt-out list to set or to lift."""

    model_config = ConfigDict(extra="forbid")

    to: str
    opted_out: bool


class Control:
    """The face to tests."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[Route]:
        """Where each is."""
        return [
            Route("/_account", guarded(self.account), methods=["GET"]),
            Route("/_log", guarded(self.log), methods=["GET"]),
            Route("/_calls", guarded(self.calls), methods=["GET"]),
            Route("/_control", guarded(self.show), methods=["GET"]),
            Route("/_control", guarded(self.change), methods=["POST"]),
            Route("/_inbound", guarded(self.inbound), methods=["POST"]),
            Route("/_opt_outs", guarded(self.opt_outs), methods=["POST"]),
        ]

    async def account(self, request: Request) -> Response:
        """Id, token, number and webhook."""
        account = self._exchange.store.account()
        return JSONResponse(
            {
                "sid": account.sid,
                "auth_token": account.auth_token,
                "number": account.number,
                "number_sid": account.number_sid,
                "messaging_service_sid": account.messaging_service_sid,
                "sms_url": account.sms_url,
            }
        )

    async def log(self, request: Request) -> Response:
        """What was taken from the API."""
        to = request.query_params.get("to")
        taken = [m for m in reversed(self._exchange.store.messages()) if m.direction is Direction.API]
        return JSONResponse({"messages": [logged(m) for m in taken if to in (None, m.handset)]})

    async def calls(self, request: Request) -> Response:
        """What came in."""
        to = request.query_params.get("to")
        return JSONResponse({"calls": [call for call in self._exchange.store.calls() if to in (None, call["to"])]})

    async def show(self, request: Request) -> Response:
        """How the switches stand."""
        return JSONResponse(self._exchange.switchboard.now.model_dump(mode="json"))

    async def change(self, request: Request) -> Response:
        """Set some of them."""
        changed = self._exchange.switchboard.change(dict(await request.json()))
        return JSONResponse(changed.model_dump(mode="json"))

    async def inbound(self, request: Request) -> Response:
        """A handset answers."""
        inbound = Inbound.model_validate(await request.json())
        message = self._exchange.receive(inbound.sender, inbound.body)
        return JSONResponse({"sid": message.sid}, 201)

    async def opt_outs(self, request: Request) -> Response:
        """Set or lift an opt-out at the carrier, without a word from the handset."""
        entry = OptOut.model_validate(await request.json())
        if entry.opted_out:
            self._exchange.store.opt_out(entry.to, self._exchange.arrive(entry.to, "").arrived_at)
        else:
            self._exchange.store.opt_in(entry.to)
        return JSONResponse({"to": entry.to, "opted_out": self._exchange.store.opted_out(entry.to)})


def guarded(handler: Handler) -> Handler:
    """Only programs of this machine, and only JSON that makes sense."""

    async def handle(request: Request) -> Response:
        if not from_this_machine(request):
            return JSONResponse({"reason": "only programs of this machine may use the switches"}, 403)
        try:
            return await handler(request)
        except ValidationError as error:
            return JSONResponse(
                {"reason": "unreadable", "errors": error.errors(include_url=False, include_input=False, include_context=False)},
                400,
            )
        except (ValueError, TypeError):
            return JSONResponse({"reason": "the body must be a JSON object"}, 400)

    return handle


def logged(message: Message) -> dict[str, object]:
    """One line of the log."""
    return {
        "sid": message.sid,
        "to": message.handset,
        "body": message.body,
        "accepted_at": message.created_at.isoformat(),
        "accepted_monotonic": message.accepted_monotonic,
        "status_callback": message.status_callback,
        "status": message.status.value,
    }
