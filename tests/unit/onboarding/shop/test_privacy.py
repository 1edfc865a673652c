"""Whether shoppers are asked first, and what a browser's Global Privacy Control does."""

import pytest

from services.onboarding.shop.settings import with_privacy
from shared.events.settings import PrivacyControl, SiteConfigured
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
    ],
)
def test_a_choice_that_there_is_not_changes_nothing_and_is_named(form: dict[str, str], field: str) -> None:
    found = with_privacy(a_site(), form, NOON)

    assert isinstance(found, list)
    assert [fault.field for fault in found] == [field]
