"""Shops whose merchant pasted the tracking code alone: logins and orders as far as their platform shows them."""

import pytest

from deploy.demo.shops.base import Codes, FixtureShop
from deploy.demo.shops.bigcommerce import BigCommerceShop
from deploy.demo.shops.magento import MagentoShop
from deploy.demo.shops.prestashop import CONFIRMATION_PAGE, PrestaShop
from shared.events.envelope import ContactKind, Money
from shared.events.storefront import OrderReported, ShopperIdentified
from tests.support.browsers.named_controls import ChromiumVisitor
from tests.support.browsers.shop_lab import ShopLab, a_shop_lab
from tests.support.browsers.snippet_lab import a_browser

EMAIL = "anna@example.com"
BOTH = {ContactKind.EMAIL, ContactKind.CUSTOMER}


def known_contacts(lab: ShopLab) -> set[ContactKind]:
    """The kinds of contacts that the browser named."""
    return {event.contact.kind for event in lab.events("shopper.identified") if isinstance(event, ShopperIdentified)}


@pytest.mark.parametrize(
    ("shop", "shown_on", "contacts", "confirmation", "total"),
    [
        (BigCommerceShop, "/", BOTH, "/checkout/order-confirmation", Money(minor=6495, currency="USD")),
        (MagentoShop, "/checkout/", BOTH, "/checkout/onepage/success/", None),
        (PrestaShop, "/", {ContactKind.EMAIL}, CONFIRMATION_PAGE, None),
    ],
    ids=lambda each: each.__name__ if isinstance(each, type) else "",
)
async def test_a_login_and_an_order_that_the_platform_shows_are_reported(
    shop: type[FixtureShop], shown_on: str, contacts: set[ContactKind], confirmation: str, total: Money | None
) -> None:
    async with a_shop_lab(shop()) as lab, a_browser() as context:
        lab.shop.codes = Codes(lab.shop.codes.tracking)
        visitor = ChromiumVisitor(context)
        await visitor.goes_to(lab.address)
        session = lab.session()
        session.email = EMAIL
        session.add("W-101")
        await visitor.goes_to(f"{lab.address}{shown_on}")
        await lab.wait_for(lambda: known_contacts(lab) == contacts, lambda: known_contacts(lab))

        bought = lab.shop.buy(session, EMAIL, "")
        await visitor.goes_to(f"{lab.address}{confirmation}")
        await lab.wait_for(lambda: bool(lab.events("order.reported")), lambda: "no order was reported")
        await visitor.goes_to(f"{lab.address}{confirmation}")  # again, which reports nothing more
        await visitor.goes_to(lab.address)

        (report,) = lab.events("order.reported")
        assert isinstance(report, OrderReported)
        assert (report.order_id, report.total) == (bought.number, total)
        assert visitor.errors == []
