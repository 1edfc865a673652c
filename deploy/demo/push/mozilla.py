"""The push service of Firefox on this machine: a websocket to each browser, and where senders post (Mozilla: autopush)."""

import base64
import json
from contextlib import suppress
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Host, Route, Router, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from deploy.demo.push.exchange import PushExchange

ENDPOINT_HOST = "updates.push.services.mozilla.com"
PROTOCOL = "push-notification"


class MozillaPush:
    """Keeps a socket to each browser that is there. A push is forgotten when its browser has acknowledged it."""

    def __init__(self, exchange: PushExchange) -> None:
        self._exchange = exchange
        self._sockets: dict[str, WebSocket] = {}

    def routes(self) -> list[BaseRoute]:
        """For senders; browsers come to ``browsers``."""
        return [Host(ENDPOINT_HOST, Router([Route("/wpush/v2/{token}", self.post, methods=["POST"])]))]

    def browsers(self) -> BaseRoute:
        """Where ``dom.push.serverURL`` leads."""
        return WebSocketRoute("/push", self.serve)

    async def serve(self, socket: WebSocket) -> None:
        """One browser, until it goes."""
        await socket.accept(subprotocol=PROTOCOL)
        device = ""
        try:
            while True:
                message = json.loads(await socket.receive_text() or "{}")
                if message.get("messageType") == "hello":
                    device = message.get("uaid") or uuid4().hex
                    self._sockets[device] = socket
                await self._answer(socket, device, message)
        except (WebSocketDisconnect, ValueError):
            pass  # it is gone; what comes now waits for it
        finally:
            if self._sockets.get(device) is socket:
                del self._sockets[device]

    async def _answer(self, socket: WebSocket, device: str, message: dict[str, Any]) -> None:
        match message.get("messageType"):
            case "hello":
                answer = {"messageType": "hello", "uaid": device, "status": 200, "use_webpush": True, "broadcasts": {}}
                await socket.send_json(answer)
                await self._deliver(device)
            case "register":
                token = self._exchange.register(device, message["channelID"], "", "")
                endpoint = f"https://{ENDPOINT_HOST}/wpush/v2/{token}"
                await socket.send_json({**_named(message), "status": 200, "pushEndpoint": endpoint})
            case "unregister":
                self._exchange.unregister(device, message["channelID"])
                await socket.send_json({**_named(message), "status": 200})
            case "ack":
                for update in message.get("updates", []):
                    with suppress(ValueError, KeyError):
                        self._exchange.delivered(int(str(update["version"]).partition("-")[0]))
            case None:
                await socket.send_json({})  # a ping
            case _:
                pass  # broadcasts and complaints of a worker: nothing to answer

    async def post(self, request: Request) -> Response:
        """RFC 8030: a push."""
        ttl, body = request.headers.get("ttl", ""), await request.body()
        if not ttl.isdigit() or not request.headers.get("authorization", "").startswith("vapid "):
            return PlainTextResponse("TTL and signature are needed", 400)
        status = self._exchange.post(request.path_params["token"], request.headers.get("topic", ""), int(ttl), body)
        for device in list(self._sockets):
            await self._deliver(device)
        headers = {"Location": f"https://{ENDPOINT_HOST}/m/{uuid4().hex}", "TTL": ttl} if status == 201 else {}
        return Response(status_code=status, headers=headers)

    async def _deliver(self, device: str) -> None:
        socket = self._sockets.get(device)
        for push in self._exchange.waiting(device) if socket is not None else []:
            notification = {
                "messageType": "notification",
                "channelID": push.subscription.app,
                "version": f"{push.number}-{push.subscription.token[:8]}",
                "data": base64.urlsafe_b64encode(push.body).rstrip(b"=").decode(),
                "headers": {"encoding": "aes128gcm"},
            }
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._sockets[device].send_json(notification)


def _named(message: dict[str, Any]) -> dict[str, str]:
    return {"messageType": message["messageType"], "channelID": message["channelID"]}
