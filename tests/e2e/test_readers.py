"""Carts of shops that paste two codes and change nothing else, read in Chromium and in Firefox: one story for all platforms."""

from collections.abc import Iterator

import pytest

from deploy.demo.shops.base import FixtureShop
from deploy.demo.shops.bigcommerce import BigCommerceShop
from deploy.demo.shops.boutique import BoutiqueShop
from deploy.demo.shops.magento import MagentoShop
from deploy.demo.shops.nexternal import NexternalBoxesShop, NexternalShop
from deploy.demo.shops.plain import PlainShop
from deploy.demo.shops.prestashop import PrestaShop
from deploy.demo.shops.shopify import ShopifyShop
from deploy.demo.shops.woocommerce import WooCommerceShop
from tests.support.browsers.firefox import Firefox
from tests.support.browsers.named_controls import ChromiumVisitor, FirefoxVisitor
from tests.support.browsers.shop_lab import a_shop_lab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.stories import reader_story

SHOPS: tuple[type[FixtureShop], ...] = (
    PlainShop,
    BoutiqueShop,
    ShopifyShop,
    WooCommerceShop,
    BigCommerceShop,
    MagentoShop,
    PrestaShop,
    NexternalShop,
    NexternalBoxesShop,
)
NO_PUSH_SERVER = "ws://127.0.0.1:9/"


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    """One for all shops."""
    browser = Firefox(tmp_path_factory.mktemp("firefox") / "profile", NO_PUSH_SERVER)
    yield browser
    browser.closes()


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.__name__)
async def test_the_cart_is_the_shops_own_in_chromium(shop: type[FixtureShop]) -> None:
    async with a_shop_lab(shop()) as lab, a_browser() as context:
        visitor = ChromiumVisitor(context)

        await reader_story.run_story(lab, visitor)

        assert visitor.errors == []


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.__name__)
async def test_the_cart_is_the_shops_own_in_firefox(shop: type[FixtureShop], firefox: Firefox) -> None:
    async with a_shop_lab(shop()) as lab:
        await reader_story.run_story(lab, FirefoxVisitor(firefox))

        assert lab.events("cart.updated")
