"""What tests put into a store of orders."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.orders.rules.carts import Cart, first_seen
from services.orders.rules.granting import Ask
from services.orders.rules.nudges import Nudge
from services.orders.rules.opt_in import QuestionAsk
from tests.support.builders.orders import (
    LAPTOP,
    SITE,
    a_cart_update,
    an_id,
    at,
)

OTHER_SITE = UUID("0198f0aa-0000-7000-8000-000000000002")
PLACE = 7


def a_cart(visitor_id: str = LAPTOP, **changes: Any) -> Cart:
    return replace(first_seen(a_cart_update(visitor_id, items=2)), **changes)


def a_nudge(cart: Cart, step: int = 1) -> Nudge:
    return Nudge(
        site_id=SITE,
        nudge_id=an_id(f"nudge {cart.cart_id} {step}"),
        cart_id=cart.cart_id,
        visitor_id=cart.visitor_id,
        abandonment=1,
        campaign_id="default",
        step=step,
        channels=("push", "sms"),
        due_at=at(30),
        not_after=at(60),
    )


def an_open_ask(number: int, site_id: UUID = SITE) -> Ask:
    return Ask(site_id, f"{number:032x}", an_id("nudge"), an_id("cart"), LAPTOP, "sms", "i1.p1.x", number)


def a_question_ask(number: int) -> QuestionAsk:
    return QuestionAsk(
        SITE, f"{number:032x}", an_id("consent"), LAPTOP, "sms", "i1.p1.x", number, ticked_at=at(1), not_after=at(2881)
    )
