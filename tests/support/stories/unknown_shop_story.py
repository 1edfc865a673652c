"""What becomes of a shop that nobody made a reader for: carts filled, changed, emptied and bought, and never a wrong one."""

from playwright.async_api import BrowserContext, Page

from shared.events.storefront import CartUpdated, OrderReported
from tests.support.browsers.shop_lab import Contents, ShopLab
from tests.support.unknown_shops.base import UnknownShop

RED, WHITE = "Harbor Red 2021", "Harbor White 2022"
MANY = 30
"""So many that totals have thousands separators."""


class UnknownShopper:
    """Somebody at such a shop, by the controls of its theme."""

    def __init__(self, lab: ShopLab, shop: UnknownShop, context: BrowserContext) -> None:
        self.lab = lab
        self.shop = shop
        self.context = context
        self.errors: list[str] = []

    async def run_story(self) -> None:
        """After each change the newest cart on the topic is the shop's own."""
        page = await self.adds(RED, {RED: 1})
        page = await self.adds(WHITE, {RED: 1, WHITE: 1}, page)
        await self.changes(page, {RED: MANY, WHITE: 1})
        await self.removes(page, {WHITE: 1})
        await self.removes(page, {})
        page = await self.adds(RED, {RED: 1}, page)
        await self.buys(page)

    def wrong_carts(self) -> list[Contents]:
        """What was read and never was in the shop's own cart."""
        return [cart for cart in self.carts() if cart not in self.shop.history]

    async def adds(self, name: str, wanted: dict[str, int], page: Page | None = None) -> Page:
        """From the first page on."""
        if page is None:
            page = await self.context.new_page()
            page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(self.lab.address)
        await page.get_by_role("link", name=name, exact=True).first.click()
        await page.locator(self.shop.controls.add).first.click()
        await self.assert_is_read(wanted)
        return page

    async def changes(self, page: Page, wanted: dict[str, int]) -> None:
        """How many there are of the first."""
        await self.opens_cart(page)
        await page.locator(self.shop.controls.quantity).first.fill(str(MANY))
        await page.locator(self.shop.controls.update).first.click()
        await self.assert_is_read(wanted)

    async def removes(self, page: Page, wanted: dict[str, int]) -> None:
        """The first."""
        await self.opens_cart(page)
        await page.locator(self.shop.controls.remove).first.click()
        await self.assert_is_read(wanted)

    async def buys(self, page: Page) -> None:
        """What is in the cart; nothing is in it afterwards."""
        await self.opens_cart(page)
        await page.locator(self.shop.controls.checkout).first.click()
        await page.locator(self.shop.controls.email).fill("anna@example.com")
        await page.locator(self.shop.controls.order).click()
        await self.lab.wait_for(lambda: bool(self.orders()), lambda: "no order was reported")
        await page.goto(self.lab.address)
        await page.wait_for_load_state("networkidle")
        assert {order.order_id for order in self.orders()} == {order.number for order in self.shop.orders}
        assert self.lab.contents() in (({}, 0), self.shop.history[-2])

    async def opens_cart(self, page: Page) -> None:
        """By its link."""
        await page.goto(self.lab.address)
        await page.locator(self.shop.controls.cart).first.click()

    async def assert_is_read(self, wanted: dict[str, int]) -> None:
        """The shop has this, and so has the topic."""
        await self.lab.wait_until_shop_has(wanted)
        await self.lab.wait_for(lambda: self.read() == self.own(), lambda: (self.read(), self.own()))

    def own(self) -> Contents:
        """The shop's own cart."""
        return self.shop.contents(self.lab.session())

    def read(self) -> Contents:
        """The newest on the topic."""
        return self.lab.contents()

    def carts(self) -> list[Contents]:
        """All that were ever read."""
        carts = [event for event in self.lab.events("cart.updated") if isinstance(event, CartUpdated)]
        return [
            ({item.name: item.quantity for item in cart.items}, 0 if cart.total is None or not cart.items else cart.total.minor)
            for cart in carts
        ]

    def orders(self) -> list[OrderReported]:
        """On the topic."""
        return [event for event in self.lab.events("order.reported") if isinstance(event, OrderReported)]
