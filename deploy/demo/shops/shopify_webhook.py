"""Shopify's webhook for new orders, as a merchant makes it in Settings / Notifications: JSON, signed with the shop's secret."""

import hmac
import json
import secrets
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx

from deploy.demo.shop.goods import decimal
from deploy.demo.shops.base import CURRENCY, Order

PATIENCE_SECONDS = 10.0


@dataclass
class OrderWebhook:
    """One webhook: nothing is sent before it has an address."""

    address: str = ""
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    async def send(self, order: dict[str, Any]) -> None:
        """Post a new order."""
        if self.address:
            body = json.dumps(order).encode()
            async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client:
                await client.post(self.address, content=body, headers=self._headers(body, is_test=False))

    def send_test(self) -> int:
        """Post the order that "Send test" sends. Returns the status of the answer."""
        body = json.dumps({"id": 820982911946154508, "email": "jon@example.com", "test": True}).encode()
        headers = self._headers(body, is_test=True)
        return httpx.post(self.address, content=body, headers=headers, trust_env=False, timeout=PATIENCE_SECONDS).status_code

    def _headers(self, body: bytes, *, is_test: bool) -> dict[str, str]:
        signature = b64encode(hmac.new(self.secret.encode(), body, sha256).digest()).decode()
        return {
            "content-type": "application/json",
            "user-agent": "Shopify-Captain-Hook",
            "x-shopify-topic": "orders/create",
            "x-shopify-test": str(is_test).lower(),
            "x-shopify-hmac-sha256": signature,
        }


def order_json(order: Order, token: str, customer: int | None, variants: dict[str, int]) -> dict[str, Any]:
    """An order as the webhook has it; ``token`` is its cart's, ``variants`` are the numbers of goods."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "id": int(order.number),
        "name": f"#{order.number}",
        "cart_token": token,
        "created_at": now,
        "updated_at": now,
        "cancelled_at": None,
        "currency": CURRENCY,
        "total_price": decimal(order.total),
        "financial_status": "paid",
        "source_name": "web",
        "email": order.email,
        "phone": None,
        "customer": {"id": customer, "email": order.email, "phone": None},
        "shipping_address": {"phone": order.phone or None},
        "line_items": [
            {
                "variant_id": variants[line.good.id],
                "name": line.good.name,
                "quantity": line.quantity,
                "price": decimal(line.good.price),
            }
            for line in order.lines
        ],
    }
