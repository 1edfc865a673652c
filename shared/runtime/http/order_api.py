"""Contract of ``POST /v1/orders`` at ingest's address: what a shop's server sends and is answered. The console describes it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

ORDERS_PATH = "/v1/orders"
WEBHOOKS_PATH = "/v1/webhooks/orders"
"""With the site's id as ``site``: where a platform's own webhook reports orders."""
AMOUNT = "A number, or a text as shops write it"
ID = "A text or a whole number"


class OrderLine(BaseModel, frozen=True):
    """One line of an order. It needs a quantity, and a product_id or a name."""

    product_id: Annotated[str | int, Field(description=f"{ID}; also taken as sku, id, item_id or variant_id", examples=["W-1"])]
    name: Annotated[str, Field(description="What the shopper reads", examples=["Harbor Red"])] = ""
    quantity: Annotated[int | float | str, Field(description="At least 1; also taken as qty", examples=[2])]
    unit_price: Annotated[
        str | float | None, Field(description=f"{AMOUNT}, of one piece; also taken as price", examples=["64.95"])
    ] = None
    url: Annotated[str | None, Field(description="The product's page on the shop", examples=["/wine/harbor-red"])] = None
    image_url: Annotated[str | None, Field(description="Its picture on the shop", examples=["/pictures/w-1.jpg"])] = None


class Order(BaseModel, frozen=True):
    """An order. It needs one of email, phone, customer_id, cart_id and visitor_id; no other field is required.

    Other spellings are read too (orderId, order_number, customer_email, line_items ...); a field's own name counts first.
    """

    order_id: Annotated[str | int | None, Field(description=f"{ID}, at most 128 characters", examples=["1001"])] = None
    status: Annotated[
        str,
        Field(
            description="placed, cancelled or refunded, or a platform's word for one, such as paid, processing or voided",
            examples=["placed"],
        ),
    ] = "placed"
    total: Annotated[str | float | None, Field(description=f"{AMOUNT}, not negative", examples=["129.90"])] = None
    currency: Annotated[
        str | None, Field(description="ISO 4217, or a symbol that is one currency's; without it the shop's", examples=["USD"])
    ] = None
    email: Annotated[
        str | None, Field(description="Who bought; also taken from customer or billing", examples=["anna@shop.example"])
    ] = None
    phone: Annotated[
        str | None, Field(description="With the country's code where it is not the shop's", examples=["+14155550123"])
    ] = None
    customer_id: Annotated[str | int | None, Field(description=f"{ID}: the shop's own for who bought", examples=["77"])] = None
    cart_id: Annotated[str | int | None, Field(description=f"{ID}: the shop's own for the cart", examples=["c-5"])] = None
    visitor_id: Annotated[
        str | None,
        Field(description="The 22 characters by which the snippet knows the browser", examples=["Kq3vX0aZbT7uYw1sPd9mLg"]),
    ] = None
    placed_at: Annotated[
        str | None,
        Field(description="When it was placed: ISO 8601 with a time zone, or Unix time", examples=["2026-11-28T12:00:00Z"]),
    ] = None
    updated_at: Annotated[
        str | None, Field(description="When its status changed: ISO 8601 with a time zone", examples=["2026-11-28T12:05:00Z"])
    ] = None
    origin: Annotated[
        str | None,
        Field(description="storefront, back_office, batch (reported late on purpose) or import", examples=["storefront"]),
    ] = None
    items: Annotated[tuple[OrderLine, ...], Field(description="What was bought, at most 100 lines")] = ()


class OrderWarning(BaseModel, frozen=True):
    """A field that was left empty, for it could not be read, or that is none of the order API's."""

    field: Annotated[str, Field(description="Its name")]
    reason: Annotated[str, Field(description="unreadable_field, unknown_field, or keyword_not_replaced for a place-holder")]
    remedy: Annotated[str, Field(description="What to send in its place")]


class OrderTaken(BaseModel, frozen=True):
    """The order is durable, and silences the reminders of who bought."""

    event_id: Annotated[UUID, Field(description="The same for a repeat of the same order")]
    warnings: Annotated[tuple[OrderWarning, ...], Field(description="Left out where every field was read")] = ()


class OrderRefused(BaseModel, frozen=True):
    """Nothing was kept."""

    reason: Annotated[str, Field(description="Why, such as bad_key, malformed, no_identity or over_limit")]
    remedy: Annotated[str, Field(description="What to do about it")]
    warnings: Annotated[tuple[OrderWarning, ...], Field(description="With no_identity: what could not be read")] = ()


REFUSED = {
    "400": "malformed: the body is no JSON object. several_orders: it is a list. no_identity: it names nobody",
    "401": "bad_key or stale_signature: the key is not known or was revoked, or the signature is over five minutes old",
    "429": "over_limit: come again after Retry-After seconds",
    "503": "Not ready: come again after Retry-After seconds",
}
EXAMPLE: dict[str, Any] = {
    **{
        name: field.examples[0]
        for name, field in Order.model_fields.items()
        if field.examples and name not in ("cart_id", "visitor_id")
    },
    "items": [{name: field.examples[0] for name, field in OrderLine.model_fields.items() if field.examples}],
}
