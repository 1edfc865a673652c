"""Themes that no reader was made for: each cart that is read was the shop's own, and each that the shop has is read."""

import pytest

from tests.support.browsers.shop_lab import a_shop_lab
from tests.support.browsers.snippet_lab import a_browser
from tests.support.stories.unknown_shop_story import UnknownShopper
from tests.support.unknown_shops.base import UnknownShop
from tests.support.unknown_shops.tag_manager import TagManagerShop
from tests.support.unknown_shops.winery import WineryShop


@pytest.mark.parametrize("kind", [WineryShop, TagManagerShop], ids=lambda kind: kind.__name__)
async def test_the_cart_of_an_unknown_theme_is_its_own_or_none(kind: type[UnknownShop]) -> None:
    shop = kind()
    async with a_shop_lab(shop) as lab, a_browser() as context:
        shopper = UnknownShopper(lab, shop, context)

        await shopper.run_story()

        assert shopper.wrong_carts() == []
        assert shopper.errors == []
