"""Where browsers check in and register, where senders post, and the switches for tests."""

import secrets

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router

from deploy.demo.push import wire
from deploy.demo.push.exchange import PushExchange

ENDPOINT_HOST = "jmt17.google.com"
"""Of Debian's Chromium; a Chrome of Google's names fcm.googleapis.com."""
LARGEST_BODY = 4096


class PushService:
    """Two faces: to browsers as ``push.localhost``, to senders as the host of the endpoints that browsers give away."""

    def __init__(self, exchange: PushExchange) -> None:
        self._exchange = exchange

    def routes(self) -> list[BaseRoute]:
        """By host name."""
        browsers = Router(
            [
                Route("/checkin", self.check_in, methods=["POST"]),
                Route("/register", self.register, methods=["POST"]),
                Route("/_log", self.log, methods=["GET"]),
                Route("/_control", self.control, methods=["POST"]),
            ]
        )
        senders = Router([Route("/fcm/send/{token}", self.post, methods=["POST"])])
        return [Host("push.localhost", browsers), Host(ENDPOINT_HOST, senders)]

    async def check_in(self, request: Request) -> Response:
        """Each browser is a device of its own."""
        await request.body()
        now = int(self._exchange.now().timestamp() * 1000)
        message = wire.number_field(wire.CHECKIN_OK, 1) + wire.number_field(wire.TIME_MS, now)
        message += wire.fixed_field(wire.ANDROID_ID, secrets.randbits(62)) + wire.fixed_field(
            wire.SECURITY_TOKEN, secrets.randbits(62)
        )
        return Response(message, media_type="application/x-protobuf")

    async def register(self, request: Request) -> Response:
        """Subscribe, or give a subscription up."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        device, app = form.get("device", ""), form.get("app", "")
        if form.get("delete") == "true":
            self._exchange.unregister(device, app)
            return PlainTextResponse(f"deleted={app}")
        token = self._exchange.register(device, app, form.get("sender", ""), form.get("X-subtype", app))
        return PlainTextResponse(f"token={token}")

    async def post(self, request: Request) -> Response:
        """RFC 8030: a push. What a push service would refuse is refused here too."""
        body = await request.body()
        ttl, encoding = request.headers.get("ttl", ""), request.headers.get("content-encoding")
        if not ttl.isdigit() or encoding != "aes128gcm" or not request.headers.get("authorization", "").startswith("vapid "):
            return PlainTextResponse("TTL, encryption and signature are needed", 400)
        if len(body) > LARGEST_BODY:
            return PlainTextResponse("too large", 413)
        token = request.path_params["token"]
        status = self._exchange.post(token, request.headers.get("topic", ""), int(ttl), body)
        headers = {"Location": f"https://{ENDPOINT_HOST}/m/{secrets.token_hex(8)}"} if status == 201 else {}
        return Response(status_code=status, headers=headers)

    async def log(self, request: Request) -> Response:
        """For tests and for who wants to see that nothing of it can be read."""
        return JSONResponse({"pushes": self._exchange.log()})

    async def control(self, request: Request) -> Response:
        """``{"answers": [410], "corrupt": true, "only": "token"}``: what becomes of pushes, all or those to one browser."""
        wanted = await request.json()
        self._exchange.answers = [int(status) for status in wanted.get("answers", [])]
        self._exchange.corrupt = bool(wanted.get("corrupt", False))
        self._exchange.only = wanted.get("only")
        return Response(status_code=204)
