"""The addendum of a confirmation with its keywords replaced, and the confirmation e-mail."""

import tomllib
from email.message import EmailMessage
from functools import cache
from pathlib import Path

from deploy.demo.nexternal.account import Account
from deploy.demo.nexternal.records import Mail, Order
from deploy.demo.shop.codes import Keyword, fill_in
from deploy.demo.shop.goods import CURRENCY, decimal, price


@cache
def keywords() -> tuple[Keyword, ...]:
    """Those that the account replaces. How Nexternal spells its own is shown in its OMS alone; these are the simulator's."""
    data = tomllib.loads((Path(__file__).parent / "keywords.toml").read_text("utf-8"))
    return tuple(Keyword(**entry) for entry in data["keyword"])


def addendum_of(account: Account, order: Order) -> str:
    """The merchant's addendum for this order; what a shopper typed stays text in it."""
    values = {
        "order_no": str(order.order_no),
        "total": decimal(order.total),
        "currency": CURRENCY,
        "email": order.person.email,
        "phone": order.person.phone,
        "customer_no": str(order.customer_no),
        "first_name": order.person.first_name,
        "last_name": order.person.last_name,
    }
    return fill_in(account.settings.addendum, values, keywords())


def send_confirmation(account: Account, order: Order) -> None:
    """Put the confirmation e-mail of an order into the account's outbox; an order without an address gets none."""
    if not order.person.email:
        return
    rows = "".join(f"{line.quantity} x {line.product.name}  {price(line.total)}\n" for line in order.lines)
    message = EmailMessage()
    # A header has one line, whatever somebody typed as their name.
    recipient = " ".join(order.person.email.split())
    message["From"], message["To"] = f"{account.name}@store.localhost", recipient
    message["Subject"] = f"Order Confirmation - Order {order.order_no}"
    message["Date"] = account.clock()
    message.set_content(
        f"Dear {order.person.name},\n\nthank you for your order.\n\nOrder Number: {order.order_no}\n\n{rows}\n"
        f"Order Total: {price(order.total)}\n"
    )
    account.outbox.append(Mail(account.clock(), recipient, str(message["Subject"]), message.as_string()))
