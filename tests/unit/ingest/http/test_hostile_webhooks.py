"""Deliveries that no platform made: other encodings, other types, sizes and addresses, and what each is counted as."""

import asyncio
import gzip
import hmac
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha256
from uuid import UUID

import httpx
import pytest

from services.ingest.orders.platform_orders import Delivery
from services.ingest.orders.webhooks import LARGE_AT_ONCE
from shared.events.envelope import ContactKind
from shared.events.signals import SignalKind
from shared.runtime.security.sealing import contact_index
from tests.support.builders.ingest import PEPPER, SITE, SITE_KEY, Rig, site_settings
from tests.support.processes.ingest_client import a_client
from tests.unit.ingest.http.test_order_webhooks import ADDRESS, ORDER, SECRET, a_shopify_rig, deliver, orders_in, signals_of
from tests.unit.ingest.http.test_woocommerce_webhooks import ORDER as WOOCOMMERCE_ORDER
from tests.unit.ingest.http.test_woocommerce_webhooks import a_woocommerce_rig
from tests.unit.ingest.http.test_woocommerce_webhooks import deliver as deliver_woocommerce

OTHER = UUID(int=SITE.int + 1)


async def send(rig: Rig, body: bytes, *, signed: bytes | None = None, address: str = ADDRESS, **headers: str) -> httpx.Response:
    """Send bytes with a right signature of these, or of others."""
    signature = b64encode(hmac.new(SECRET.encode(), signed or body, sha256).digest()).decode()
    own = {"x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signature}
    async with a_client(rig) as client:
        return await client.post(
            address, content=body, headers=own | {name.replace("_", "-"): each for name, each in headers.items()}
        )


def count(rig: Rig, outcome: Delivery) -> float:
    return rig.registry.get_sample_value("beckon_ingest_webhooks_total", {"outcome": outcome.value}) or 0.0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
async def test_a_signature_over_the_text_in_one_encoding_is_none_in_another(encoding: str) -> None:
    rig, text = a_shopify_rig(), json.dumps(ORDER)

    answer = await send(rig, text.encode(), signed=text.encode(encoding))

    assert (answer.status_code, orders_in(rig)) == (401, [])


async def test_a_signed_body_in_another_encoding_is_no_json_and_named_so() -> None:
    rig = a_shopify_rig()

    answer = await send(rig, json.dumps(ORDER).encode("utf-16"))

    assert (answer.status_code, orders_in(rig)) == (400, [])
    assert (SignalKind.WEBHOOK_REFUSED, "format") in await signals_of(rig)


async def test_a_compressed_body_is_refused_before_it_is_unpacked() -> None:
    rig = a_shopify_rig()

    answer = await send(rig, gzip.compress(b" " * 10_000_000), content_encoding="gzip")

    assert (answer.status_code, orders_in(rig)) == (415, [])


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_what_a_header_names_the_type_matters_nothing_to_a_signed_order(content_type: str) -> None:
    rig = a_shopify_rig()

    answer = await send(rig, json.dumps(ORDER).encode(), content_type=content_type)

    assert (answer.status_code, len(orders_in(rig))) == (200, 1)


async def test_an_order_of_almost_two_megabytes_is_taken() -> None:
    rig = a_shopify_rig()

    answer = await deliver(rig, ORDER | {"note_attributes": [{"name": str(n), "value": "x" * 1000} for n in range(1800)]})

    assert (answer.status_code, len(orders_in(rig))) == (200, 1)


@pytest.mark.parametrize("address", [f"/v1/webhooks/orders?site={OTHER}", f"/v1/webhooks/orders?site={SITE_KEY}",
                                     "/v1/webhooks/orders", f"/v1/webhooks/orders/{SITE}"])  # fmt: skip
async def test_addresses_tried_one_after_another_answer_the_same(address: str) -> None:
    rig = a_shopify_rig()

    answers = [await send(rig, body, address=address) for body in (json.dumps(ORDER).encode(), b"webhook_id=1", b"")]

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}


async def test_a_recorded_body_with_another_total_is_refused_under_any_delivery_id() -> None:
    rig, body = a_shopify_rig(), json.dumps(ORDER).encode()
    altered = json.dumps(ORDER | {"total_price": "1.00"}).encode()

    first = await send(rig, body, x_shopify_webhook_id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
    answers = [await send(rig, altered, signed=body, x_shopify_webhook_id=each) for each in ("", "b54557e4-bdd9", "other")]

    assert first.status_code == 200
    assert {answer.status_code for answer in answers} == {401}
    assert len(orders_in(rig)) == 1


async def test_another_shops_signature_and_address_do_not_mix() -> None:
    rig, body = a_shopify_rig(), json.dumps(ORDER).encode()
    rig.sites.apply(site_settings(site_id=OTHER, site_keys=(), platform="shopify", webhook_secret="t" * 64))

    answers = [await send(rig, body, address=f"/v1/webhooks/orders?site={OTHER}&site={SITE}"),
               await send(rig, body, address=f"/v1/webhooks/orders?site={OTHER}")]  # fmt: skip

    assert [order.site_id for order in orders_in(rig) if order.site_id == OTHER] == []
    assert answers[1].status_code == 401


async def test_every_delivery_that_is_answered_200_is_counted_by_what_became_of_it() -> None:
    rig = a_shopify_rig()

    await deliver(rig)
    await deliver(rig, {"id": 1}, event="products/update")
    await deliver(rig, test="true")
    await deliver(rig, {"id": 1, "total_price": "12.00"})
    rig.clock.pass_seconds(3 * 24 * 3600)
    await deliver(rig)

    counted = {outcome: count(rig, outcome) for outcome in Delivery}
    once = (Delivery.KEPT, Delivery.NO_ORDER, Delivery.TEST, Delivery.NO_IDENTITY, Delivery.TOO_OLD)
    assert counted == dict.fromkeys(Delivery, 0.0) | dict.fromkeys(once, 1.0)


async def test_a_signed_checkout_that_is_not_paid_yet_proves_the_webhook_and_is_counted() -> None:
    rig = a_woocommerce_rig()

    await deliver_woocommerce(rig, WOOCOMMERCE_ORDER | {"status": "pending", "date_paid_gmt": None})

    assert await signals_of(rig) == {(SignalKind.WEBHOOK_TESTED, None)}
    assert count(rig, Delivery.NOT_PLACED) == 1.0


class SlowBody:
    """A large delivery of which one part arrives, and the others when they may."""

    def __init__(self) -> None:
        self.began, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def parts(self) -> AsyncIterator[bytes]:
        yield b"{"
        self.began.set()
        await self.may_go_on.wait()
        yield b"}"


async def test_large_bodies_beyond_a_few_wait_their_turn_and_small_ones_do_not() -> None:
    rig, slow = a_shopify_rig(), [SlowBody() for _ in range(LARGE_AT_ONCE)]
    large = json.dumps(ORDER | {"note": "x" * 100_000}).encode()

    async with a_client(rig) as client, asyncio.TaskGroup() as group:
        for body in slow:
            group.create_task(client.post(ADDRESS, content=body.parts()))
        for body in slow:
            await asyncio.wait_for(body.began.wait(), 10)
        further, small = await send(rig, large), await deliver(rig)
        for body in slow:
            body.may_go_on.set()
    later = await send(rig, large)

    assert (further.status_code, further.headers["retry-after"]) == (503, "1")
    assert (small.status_code, later.status_code) == (200, 200)


@pytest.mark.parametrize(("phone", "country"), [("06 12 34 56 78", "FR"), ("0151 23456789", "DE"), ("+33612345678", "US")])
async def test_a_phone_is_read_as_it_is_dialled_where_the_shopper_lives(phone: str, country: str) -> None:
    rig = a_woocommerce_rig()
    billing = {"email": "", "phone": phone, "country": country}

    await deliver_woocommerce(rig, WOOCOMMERCE_ORDER | {"billing": billing})

    (order,) = orders_in(rig)
    international = {"06 12 34 56 78": "+33612345678", "0151 23456789": "+4915123456789"}.get(phone, phone)
    assert contact_index(PEPPER, ContactKind.PHONE, international) in {identity.index for identity in order.identities}


@pytest.mark.parametrize("country", ["", "fr", "ZZ", "FRA", 33, None, ["FR"]])
async def test_a_country_that_is_none_costs_no_order(country: object) -> None:
    rig = a_woocommerce_rig()

    await deliver_woocommerce(rig, WOOCOMMERCE_ORDER | {"billing": {"phone": "(423) 555-0123", "country": country}})

    assert len(orders_in(rig)) == 1


async def test_an_order_with_all_that_may_name_somebody_is_within_what_a_report_names() -> None:
    rig = a_woocommerce_rig()
    phones = ", ".join(f"0{number} 12 34 56 7{number}, (423) 555-012{number}" for number in range(1, 8))
    emails = ", ".join(f"anna{number}@mail.example" for number in range(9))

    answer = await deliver_woocommerce(
        rig, WOOCOMMERCE_ORDER | {"billing": {"email": emails, "phone": phones, "country": "FR"}, "customer_id": 7}
    )

    (order,) = orders_in(rig)
    assert (answer.status_code, len(order.identities) > 8) == (200, True)
