"""The guides of the platforms: each is complete, its codes are pasted as they stand, and its shops are recognised."""

import re

import pytest

from services.onboarding.platforms import guides
from services.onboarding.setup.codes import confirmation_code
from services.onboarding.shop.sign_up import platform_of
from tests.support.builders.ingest import SITE_KEY, site_settings

INGEST = "https://beacons.example"


@pytest.mark.parametrize("platform", list(guides()))
def test_every_guide_shows_where_the_codes_and_the_box_belong(platform: str) -> None:
    guide = guides()[platform]

    assert guide.name
    assert all((guide.tracking["menu"], guide.tracking["position"], guide.confirmation["menu"], guide.confirmation["position"]))
    assert all((guide.opt_in["menu"], guide.opt_in["label"]))
    assert guide.confirmation.get("order_id") or guide.keywords.get("order_id") or guide.confirmation["code"]


@pytest.mark.parametrize("platform", [key for key, guide in guides().items() if "code" not in guide.confirmation])
def test_a_confirmation_code_names_only_what_its_platform_fills_in(platform: str) -> None:
    code = confirmation_code(site_settings(), INGEST, guides()[platform], {})

    assert re.search(r"\['setOrder',\{ orderID:\[?'", code), "a brace without a space would be read by Smarty"
    assert not re.search(r":('',|\[\])", code)


@pytest.mark.parametrize("platform", list(guides()))
def test_each_confirmation_code_reports_to_this_site_and_leaves_nothing_open(platform: str) -> None:
    code = confirmation_code(site_settings(), INGEST, guides()[platform], {})

    assert SITE_KEY in code
    assert f"{INGEST}/" in code
    assert [word for word in ("SITE_KEY", "INGEST", "COOKIE") if word in code] == []


def test_shopifys_pixel_names_the_browser_by_the_cookie_of_this_site() -> None:
    code = confirmation_code(site_settings(), INGEST, guides()["shopify"], {})

    assert 'browser.cookie.get("_beckone4c93d92")' in code


@pytest.mark.parametrize(
    ("page", "platform"),
    [
        (b'<link rel="preload" href="https://cdn11.bigcommerce.com/s-abc/stencil/theme.css">', "bigcommerce"),
        (b'<script type="text/x-magento-init">{"*": {"mage/cookies": {}}}</script>', "magento"),
        (b'<script>var prestashop = {"cart":{"products":[]}};</script>', "prestashop"),
        (b'<script id="shopify-features" type="application/json">{"locale":"en"}</script>', "shopify"),
        (b'<script>var Shopify = Shopify || {}; Shopify.theme = {"name":"Dawn","role":"main"};</script>', "shopify"),
        (b'<link rel="stylesheet" href="https://vine.example/wp-content/plugins/woocommerce/assets/css/w.css">', "woocommerce"),
        (b'<meta name="generator" content="WooCommerce 10.1.2">', "woocommerce"),
        (b"<html><p>We moved from Shopify to WooCommerce</p></html>", None),
    ],
)
def test_a_shops_page_shows_its_platform(page: bytes, platform: str | None) -> None:
    assert platform_of(page) == platform
