"""Turns a basket, or what staff keyed in, into an order."""

from collections.abc import Mapping, Sequence

from deploy.demo.clock import Clock
from deploy.demo.shop.codes import fill_in, load_keywords
from deploy.demo.shop.goods import CURRENCY, Good, decimal
from deploy.demo.shop.policies import Field, PolicyStore
from deploy.demo.shop.store import Customer, Line, NewOrder, Order, PlacedBy, ShopStore

ON = "on"


class Ordering:
    """What shop and back office share: the platform's way to place an order, and its confirmation code."""

    def __init__(self, store: ShopStore, policies: PolicyStore, goods: Mapping[str, Good], clock: Clock) -> None:
        self.goods = goods
        self._store = store
        self._policies = policies
        self._clock = clock
        self._keywords = load_keywords()

    def place_order(
        self, email: str, phone: str, lines: Sequence[Line], placed_by: PlacedBy, session_id: str | None = None
    ) -> Order:
        """Place it for the customer with this e-mail or phone."""
        now = self._clock()
        customer = self._store.customer_for(email, phone, now)
        new = NewOrder(customer, email or customer.email, phone or customer.phone, self.total(lines), now, placed_by, lines)
        return self._store.place_order(new, session_id, report=self._policies.read(Field.TELL_ENABLED) == ON)

    def know(self, email: str, phone: str) -> Customer:
        """Somebody left an address at the checkout or with staff, who find them among the customers from now on."""
        return self._store.customer_for(email, phone, self._clock())

    def total(self, lines: Sequence[Line]) -> int:
        """In cents."""
        return sum(self.goods[line.good_id].price * line.quantity for line in lines)

    def confirmation_code(self, order: Order) -> str:
        """The addendum for this order, with its keywords replaced."""
        values = {
            "order_no": str(order.order_no),
            "total": decimal(order.total),
            "currency": CURRENCY,
            "email": order.email,
            "phone": order.phone,
            "customer_no": str(order.customer_no),
        }
        return fill_in(self._policies.read(Field.ADDENDUM), values, self._keywords)
