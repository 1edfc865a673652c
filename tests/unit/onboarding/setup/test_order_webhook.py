"""The step of the platform's own webhook: what was delivered proves it, and what was wrong is named with its remedy."""

from typing import Any

import pytest

from services.onboarding.platforms import guides
from services.onboarding.setup.checklist import Seen, Step, StepState
from services.onboarding.setup.codes import webhook_address
from services.onboarding.setup.order_webhook import FAULTS
from services.onboarding.setup.verification import steps_of
from services.onboarding.shop.settings import with_order_webhook
from services.onboarding.shop.sites import Fault
from shared.events.settings import SiteConfigured
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, open_secret, to_base64url
from tests.support.builders.onboarding import INGEST, NOON, NOTIFY, READERS, SITE, a_site
from tests.unit.onboarding.setup.test_verification import signal

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"
SHOPIFY = guides()["shopify"]
INGEST_KEYS = ReaderKeys.parse(f"g1:{to_base64url(INGEST.private_bytes_raw())}")
NOTIFY_KEYS = ReaderKeys.parse(f"g1:{to_base64url(NOTIFY.private_bytes_raw())}")


def with_secret(secret: str = SECRET) -> SiteConfigured:
    changed = with_order_webhook(a_site(), secret, READERS, NOON)
    assert isinstance(changed, SiteConfigured), changed
    return changed


def step(site: SiteConfigured, **signals: dict[str, Any]) -> Step:
    found = {each.key: each for each in steps_of(site, SHOPIFY, Seen(signals, None, NOON))}
    return found["webhook"]


def test_the_step_goes_from_its_place_over_the_secret_and_a_test_to_an_order() -> None:
    before, stored = step(a_site()), step(with_secret())
    tested = step(with_secret(), webhook_tested=signal(600))
    proved = step(with_secret(), webhook_tested=signal(1), webhook_seen=signal(600))

    assert (before.state, stored.state, tested.state) == (StepState.TODO, StepState.CLAIMED, StepState.VERIFIED)
    assert "Settings / Notifications / Webhooks" in before.remedy
    assert "first order is still to come" in tested.sentence
    assert (proved.state, proved.sentence) == (StepState.VERIFIED, SHOPIFY.webhook["proof"])


def test_other_events_beside_the_orders_of_a_shop_are_no_fault() -> None:
    refused = signal(1, field="event")

    alone, tested = (
        step(with_secret(), webhook_refused=refused),
        step(with_secret(), webhook_refused=refused, webhook_tested=signal(90)),
    )
    beside = step(with_secret(), webhook_refused=refused, webhook_seen=signal(6000))

    assert [each.state for each in (alone, tested, beside)] == [StepState.BROKEN, StepState.BROKEN, StepState.VERIFIED]


def test_a_delivery_without_a_stored_secret_asks_for_it() -> None:
    found = step(a_site(), webhook_refused=signal(1, field="signature"))

    assert (found.state, found.fault) == (StepState.BROKEN, "no_secret")


@pytest.mark.parametrize("field", list(FAULTS))
def test_what_was_wrong_with_a_delivery_is_named_until_one_is_right(field: str) -> None:
    refused = signal(1, field=field)

    first, again = (
        step(with_secret(), webhook_refused=refused),
        step(with_secret(), webhook_refused=refused, webhook_seen=signal()),
    )

    assert (first.state, first.fault, first.sentence) == (StepState.BROKEN, *FAULTS[field][:2])
    assert again.state is StepState.VERIFIED


def test_a_secret_that_no_longer_fits_shows_an_hour_after_the_last_order() -> None:
    refused = signal(1, field="signature")

    found = step(with_secret(), webhook_refused=refused, webhook_seen=signal(61))

    assert found.fault == "bad_signature"


def test_a_platform_without_a_webhook_has_no_such_step() -> None:
    others = [guide for guide in guides().values() if guide.key not in ("shopify", "woocommerce", "bigcommerce")]

    steps = [each.key for guide in others for each in steps_of(a_site(), guide, Seen({}, None, NOON))]

    assert "webhook" not in steps


def test_the_secret_is_for_ingest_alone_and_a_new_one_replaces_it() -> None:
    site = with_order_webhook(with_secret(), "b" * 64, READERS, NOON)

    assert isinstance(site, SiteConfigured)
    (boxed,) = [each for each in site.secrets if each.name == "order_webhook"]
    assert open_secret(INGEST_KEYS, SITE, "order_webhook", boxed.box) == b'{"secret": "' + b"b" * 64 + b'"}'
    with pytest.raises(CannotOpen):
        open_secret(NOTIFY_KEYS, SITE, "order_webhook", boxed.box)
    assert "b" * 64 not in site.model_dump_json()


@pytest.mark.parametrize("typed", ["", "   ", "short", "with a space " * 3, "x" * 129, "s\u00e9cret" * 4])
def test_what_is_no_secret_is_refused_by_its_field(typed: str) -> None:
    refused = with_order_webhook(a_site(), typed, READERS, NOON)

    assert isinstance(refused, list)
    assert [type(fault) for fault in refused] == [Fault]
    assert refused[0].field == "webhook_secret"


def test_the_address_names_the_site_and_none_of_its_keys() -> None:
    address = webhook_address(a_site(), "https://in.beckon.example")

    assert address == f"https://in.beckon.example/v1/webhooks/orders?site={SITE}"
