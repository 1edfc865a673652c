"""The checklist's line for the code on the page after an order. Pure."""

from datetime import datetime, timedelta

from services.onboarding.setup.checklist import QUIET, Seen, Step, StepState, broken
from services.onboarding.setup.platforms import Guide

REPORTED_WITHIN = timedelta(seconds=75)
"""Of a busy shop ingest tells once a minute: an order may be known so much later than the page that it was on."""


def confirmation_step(guide: Guide, seen: Seen) -> Step:
    """The code on the page after an order."""
    key, title = "confirmation", "Confirmation code"
    where = f"{guide.confirmation['menu']}. {guide.confirmation['position']}"
    at = seen.at("order_seen")
    keywords = seen.at("keyword_not_replaced")
    if keywords is not None and (at is None or keywords >= at):
        field = (seen.signals["keyword_not_replaced"].get("sample") or {}).get("field") or "order_id"
        sentence = f"An order came with the keyword for {_named(field)} as it stands, not with its value."
        return broken(key, title, "keyword_not_replaced", sentence, f"Put the code where keywords are replaced: {where}")
    if at is None:
        return Step(key, title, StepState.TODO, "No order has been reported yet.", where)
    if _was_shown_without_an_order(seen, at):
        place = seen.place("confirmation_without_order") or "Your confirmation page"
        sentence = f"{place} was shown after your last reported order, and reported none: the confirmation code is not on it."
        return broken(key, title, "code_gone", sentence, f"Paste it again: {where}")
    if seen.since("server_clock_skew", QUIET):
        return _with_wrong_clock(seen)
    return Step(key, title, StepState.VERIFIED, "An order was reported.", proof=seen.place("order_seen"))


def _was_shown_without_an_order(seen: Seen, order_at: datetime) -> bool:
    """The page that used to report orders was visited, and none came with it.

    Somebody who comes back to an old confirmation may see it without the code: one such visit counts for a day.
    """
    at = seen.at("confirmation_without_order")
    if at is None or at <= order_at:
        return False
    is_busy = ((seen.signals["order_seen"].get("sample") or {}).get("count") or 1) > 1
    if is_busy and seen.now - at < REPORTED_WITHIN:
        return False
    return seen.now - at <= QUIET or seen.signals["confirmation_without_order"]["count"] > 1


SPANS = ((3600, "hour"), (60, "minute"))


def _with_wrong_clock(seen: Seen) -> Step:
    """The orders count, by the time at which they came: a wrong date must not let a reminder out."""
    offset = (seen.signals["server_clock_skew"].get("sample") or {}).get("offset_seconds") or 0
    way = "behind" if offset > 0 else "ahead of"
    sentence = f"Orders are reported. Your server dates them {_span(abs(offset))} {way} the time at which we get them."
    remedy = (
        "Set your server's clock, and write placed_at with its own time zone. Orders that you report late on purpose name"
        " their origin: batch or import. Until then carts that were filled since an order's date count as probably bought."
    )
    proof = seen.place("order_seen")
    return Step("confirmation", "Confirmation code", StepState.VERIFIED, sentence, remedy, proof, "server_clock_skew")


def _span(seconds: int) -> str:
    size, name = next(((size, name) for size, name in SPANS if seconds >= 2 * size), (1, "second"))
    count = round(seconds / size)
    return f"{count} {name}{'' if count == 1 else 's'}"


NAMES_OF_FIELDS = {
    "order_id": "the order number",
    "total": "the total",
    "currency": "the currency",
    "email": "the e-mail address",
    "phone": "the phone",
    "customer_id": "the customer number",
    "cart_id": "the cart",
    "status": "the status",
}


def _named(field: str) -> str:
    return NAMES_OF_FIELDS.get(field, "the order")
