"""Orders of platforms in any shape: nothing that is read of one raises, and each field is what the order API reads or empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.contacts import Contacts
from services.ingest.orders.platform_orders import read_platform_order
from services.ingest.orders.reports import NoIdentity
from services.ingest.orders.webhooks import WEBHOOKS, is_signed
from services.ingest.sites import to_site
from shared.events.storefront import OrderReported
from tests.support.builders.ingest import NOON, NOTIFY_KEYS, PEPPER, SITE, public_half, site_settings

NAMES = (
    *(
        "id",
        "status",
        "email",
        "phone",
        "customer",
        "billing",
        "shipping_address",
        "billing_address",
        "line_items",
        "cart_token",
    ),
    *("created_at", "updated_at", "cancelled_at", "date_created_gmt", "date_paid_gmt", "total", "total_price", "currency"),
    *("current_total_price", "test", "refunds", "payment_method", "transaction_id", "date_modified_gmt"),
    *("financial_status", "source_name", "created_via", "customer_id", "variant_id", "product_id", "quantity", "price", "name"),
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["processing", "anna@mail.example"])
)
ORDERS = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner), max_leaves=8
    ),
)
PLATFORMS = sorted(WEBHOOKS)
CONTACTS = Contacts(public_half(NOTIFY_KEYS), PEPPER, SITE, "US")


@pytest.mark.parametrize("platform", PLATFORMS)
@given(order=ORDERS, event=st.sampled_from(["orders/create", "orders/updated"]))
def test_an_order_of_any_shape_is_read_or_names_nobody(platform: str, order: dict[str, object], event: str) -> None:
    webhook, site = WEBHOOKS[platform], to_site(site_settings(), PEPPER)
    reported = webhook.read(order, event)
    if reported is None:
        assert platform == "woocommerce"
        return
    reported.is_late(NOON, webhook.latest)
    try:
        kept = read_platform_order(reported, NOON, site, CONTACTS).event
    except NoIdentity:
        return

    assert OrderReported.model_validate_json(kept.model_dump_json()) == kept


@given(secret=st.text(), body=st.binary(), signature=st.text())
def test_no_text_that_a_stranger_makes_up_is_a_signature(secret: str, body: bytes, signature: str) -> None:
    assert not is_signed(secret, body, signature)
