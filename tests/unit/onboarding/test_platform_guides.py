"""The guides of the platforms: each is complete, its codes are pasted as they stand, and its shops are recognised."""

import pytest

from services.onboarding.setup.codes import confirmation_code
from services.onboarding.setup.platforms import guides
from services.onboarding.setup.sign_up import platform_of

INGEST = "https://beacons.example"
KEY = "bk_0123456789abcdef"


@pytest.mark.parametrize("platform", list(guides()))
def test_every_guide_says_where_the_codes_and_the_box_belong(platform: str) -> None:
    guide = guides()[platform]

    assert guide.name
    assert all((guide.tracking["menu"], guide.tracking["position"], guide.confirmation["menu"], guide.confirmation["position"]))
    assert all((guide.opt_in["menu"], guide.opt_in["label"], guide.confirmation["order_id"]))


@pytest.mark.parametrize("platform", list(guides()))
def test_a_confirmation_code_names_only_what_its_platform_fills_in(platform: str) -> None:
    code = confirmation_code(KEY, INGEST, guides()[platform])

    assert "['setOrder',{ orderID:'" in code, "a brace without a space would be read by Smarty"
    assert ":''" not in code


@pytest.mark.parametrize(
    ("page", "platform"),
    [
        (b'<link rel="preload" href="https://cdn11.bigcommerce.com/s-abc/stencil/theme.css">', "bigcommerce"),
        (b'<script type="text/x-magento-init">{"*": {"mage/cookies": {}}}</script>', "magento"),
        (b'<script>var prestashop = {"cart":{"products":[]}};</script>', "prestashop"),
        (b"<html><p>We moved from another platform to our own shop</p></html>", None),
    ],
)
def test_a_shops_page_shows_its_platform(page: bytes, platform: str | None) -> None:
    assert platform_of(page) == platform
