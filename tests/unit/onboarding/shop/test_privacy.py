"""Whether shoppers are asked first, and what a browser's Global Privacy Control does."""

import pytest

from services.onboarding.shop.settings import with_privacy
from shared.events.settings import FieldCapture, PrivacyControl, SiteConfigured
from tests.support.builders.notify import NOON, a_site


def test_a_merchant_has_shoppers_asked_first_and_takes_it_back() -> None:
    asked = with_privacy(a_site(), {"consent": "required", "privacy_control": "deny"}, NOON)
    assert isinstance(asked, SiteConfigured)
    back = with_privacy(asked, {"consent": "not_required", "privacy_control": "limit"}, NOON)
    assert isinstance(back, SiteConfigured)

    assert (asked.consent_required, asked.privacy_control) == (True, PrivacyControl.DENY)
    assert (back.consent_required, back.privacy_control) == (False, PrivacyControl.LIMIT)
    assert back.revision == asked.revision + 1 == a_site().revision + 2


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"privacy_control": "limit"}, "consent"),
        ({"consent": "yes", "privacy_control": "limit"}, "consent"),
        ({"consent": "required"}, "privacy_control"),
        ({"consent": "required", "privacy_control": "LIMIT"}, "privacy_control"),
        ({"consent": "required", "privacy_control": "limit", "field_capture": "typed"}, "field_capture"),
        ({"consent": "not_required", "privacy_control": "limit", "field_capture": "live"}, "field_capture"),
    ],
)
def test_a_choice_that_there_is_not_changes_nothing_and_is_named(form: dict[str, str], field: str) -> None:
    found = with_privacy(a_site(), form, NOON)

    assert isinstance(found, list)
    assert [fault.field for fault in found] == [field]


def test_fields_are_read_when_they_are_left_until_a_merchant_chooses() -> None:
    form = {"consent": "required", "privacy_control": "limit"}

    first = with_privacy(a_site(), form, NOON)
    assert isinstance(first, SiteConfigured)
    live = with_privacy(first, form | {"field_capture": "live"}, NOON)
    assert isinstance(live, SiteConfigured)
    kept = with_privacy(live, form, NOON)
    assert isinstance(kept, SiteConfigured)

    assert (first.field_capture, live.field_capture, kept.field_capture) == ("blur", "live", "live")


def test_a_shop_that_reads_while_typing_cannot_stop_asking_first() -> None:
    live = a_site().model_copy(update={"consent_required": True, "field_capture": FieldCapture.LIVE})

    found = with_privacy(live, {"consent": "not_required", "privacy_control": "limit"}, NOON)

    assert isinstance(found, list)
    assert [fault.field for fault in found] == ["field_capture"]
