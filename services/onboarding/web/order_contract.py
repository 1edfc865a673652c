"""The order API for people and tools: its part of the OpenAPI document, and a page without a script from anywhere."""

import json
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.onboarding.web.pages import Web
from shared.runtime.http.order_api import (
    EXAMPLE,
    ORDERS_PATH,
    REFUSED,
    Order,
    OrderLine,
    OrderRefused,
    OrderTaken,
    OrderWarning,
)

MODELS: tuple[type[BaseModel], ...] = (Order, OrderTaken, OrderRefused)


def order_operation(ingest: str) -> dict[str, Any]:
    """The operation at ingest's own address, signed with a secret key of the site."""
    return {
        "summary": "Report an order from the shop's own server",
        "description": "An order is never refused for a field: one that cannot be read is left empty and named in warnings.",
        "operationId": "post_v_orders",
        "servers": [{"url": ingest or "/"}],
        "security": [{"secretKey": []}],
        "requestBody": {"required": True, "content": {"application/json": {**_content(Order), "example": EXAMPLE}}},
        "responses": {
            "200": {"description": "It is durable", "content": {"application/json": _content(OrderTaken)}},
            **{
                status: {"description": text, "content": {"application/json": _content(OrderRefused)}}
                for status, text in REFUSED.items()
            },
        },
    }


def order_contract_routes(web: Web, ingest: str) -> list[Route]:
    """``/order-api``, public: it holds nothing about anybody."""
    shown: dict[str, Any] = {
        "address": f"{ingest}{ORDERS_PATH}",
        "tables": [
            ("The order", _rows(Order)),
            ("Each line of items", _rows(OrderLine)),
            ("The answer", _rows(OrderTaken)),
            ("Each of its warnings", _rows(OrderWarning)),
        ],
        "refused": REFUSED,
        "example": json.dumps(EXAMPLE, indent=2),
        "shortest": json.dumps({"order_id": EXAMPLE["order_id"], "email": EXAMPLE["email"]}),
    }

    async def show(request: Request) -> Response:
        return web.page("order_api.html", **shown)

    return [Route("/order-api", show)]


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}


def _rows(model: type[BaseModel]) -> list[tuple[str, str, str]]:
    """Name, description and example of each field."""
    return [
        (name, field.description or "", json.dumps(field.examples[0]) if field.examples else "")
        for name, field in model.model_fields.items()
    ]
