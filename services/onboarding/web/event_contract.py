"""The events' contract for people and tools, without a script from anywhere."""

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.web.pages import Web
from shared.events.schemas import asyncapi


def contract_routes(web: Web) -> list[Route]:
    """``/events`` to read, ``/events/asyncapi.json`` for tools. It is public: it holds nothing about anybody."""
    document = asyncapi()
    messages = document["components"]["messages"]
    topics = [
        (name, channel["description"], channel["x-owner"], [(each, messages[each]) for each in channel["messages"]])
        for name, channel in document["channels"].items()
    ]
    texts = {name: json.dumps(message["payload"], indent=2) for name, message in messages.items()}

    async def show(request: Request) -> Response:
        return web.page("events.html", topics=topics, texts=texts)

    async def serve(request: Request) -> Response:
        return JSONResponse(document)

    return [Route("/events", show), Route("/events/asyncapi.json", serve)]
