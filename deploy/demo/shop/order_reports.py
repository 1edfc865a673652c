"""Reports of orders by the shop's own server, when the merchant has switched that on."""

import asyncio
import logging
from datetime import timedelta

import httpx

from deploy.demo.clock import Clock
from deploy.demo.shop.goods import CURRENCY, decimal
from deploy.demo.shop.policies import Field, PolicyStore, Report
from deploy.demo.shop.store import Order, ShopStore

POLL_SECONDS = 0.3
ANSWER_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 30.0
GIVE_UP_AFTER_TRIES = 3_000

log = logging.getLogger("demo.shop")


class OrderReporter:
    """Posts orders to the address that the merchant entered, until each is acknowledged."""

    def __init__(self, orders: ShopStore, policies: PolicyStore, client: httpx.AsyncClient, clock: Clock) -> None:
        self._orders = orders
        self._policies = policies
        self._client = client
        self._clock = clock

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for report in self._policies.reports_due(self._clock()):
                await self._report(report)
            await asyncio.sleep(POLL_SECONDS)

    async def _report(self, report: Report) -> None:
        order = self._orders.order(report.order_no)
        assert order is not None, "a report is planned for a placed order"
        if report.tries >= GIVE_UP_AFTER_TRIES or await self._post(order):
            self._policies.report_ends(order.order_no)
            return
        pause = min(0.5 * 2 ** min(report.tries, 10), LONGEST_PAUSE_SECONDS)
        self._policies.report_later(order.order_no, self._clock() + timedelta(seconds=pause))

    async def _post(self, order: Order) -> bool:
        headers = {"Authorization": f"Bearer {self._policies.read(Field.TELL_KEY)}"}
        address = self._policies.read(Field.TELL_URL)
        try:
            answer = await self._client.post(address, json=as_report(order), headers=headers, timeout=ANSWER_SECONDS)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.info("order not taken: %s", type(error).__name__)
            return False
        return answer.is_success


def as_report(order: Order) -> dict[str, str]:
    """The body of a report. A contact that was not given is left out."""
    report = {
        "order_id": str(order.order_no),
        "status": "placed",
        "placed_at": order.placed_at.isoformat(),
        "total": decimal(order.total),
        "currency": CURRENCY,
        "email": order.email,
        "phone": order.phone,
    }
    return {name: value for name, value in report.items() if value}
