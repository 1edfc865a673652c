"""Texts that the console shows for each reason, outcome and witness: for people, no codes."""

from collections.abc import Iterable

from shared.events.reasons import Reason

REASONS: dict[Reason, str] = {
    Reason.BOUGHT: "The shopper has bought.",
    Reason.BOUGHT_UNCERTAIN: "The shopper has probably bought: an order came in close to this cart, or the cart repeats one.",
    Reason.EMPTIED: "The shopper emptied the cart.",
    Reason.EXPIRED: "The cart is too old.",
    Reason.ERASED: "The shopper's data was erased.",
    Reason.SHOPPER_RETURNED: "The shopper came back on their own.",
    Reason.IDENTITY_UNCLEAR: "Too many browsers share this contact to know whose cart it is.",
    Reason.BACK_OFFICE_BROWSER: "This browser is used by your staff.",
    Reason.WITHDRAWN: "The shopper withdrew consent.",
    Reason.TOO_LATE: "It was too late for a reminder.",
    Reason.CONTROL_GROUP: "Held back on purpose: this shopper is in the control group.",
    Reason.OBSERVING: "Observe mode: it would have been sent now.",
    Reason.TEST_MODE: "Test mode: only your own phones get messages.",
    Reason.PAUSED: "Sending is paused.",
    Reason.ON_HOLD: "Sending is on hold until a record that could not be read has been checked.",
    Reason.SOURCE_STALE: "Your back office has not reported its newest orders yet.",
    Reason.SETTINGS_UNREAD: "The settings of this site are being loaded.",
    Reason.NO_CONSENT: "No phone was given with the opt-in box ticked.",
    Reason.NOT_CONFIRMED: "The shopper has not answered YES on their phone yet.",
    Reason.ASKED_RECENTLY: "This number was asked within the last 30 days and is not asked again.",
    Reason.CONTESTED: "Two browsers gave this number within two days, so a YES could be from either.",
    Reason.OVER_BUDGET: "Held back by a daily limit, which stops abuse with made-up numbers. "
    "It grows with the orders that your server reports; you can raise it under Daily limits.",
    Reason.SUPPRESSED: "This shopper opted out.",
    Reason.OVER_CAP: "This shopper has reached the daily message limit.",
    Reason.ONE_PER_CART: "This cart has already had its one text.",
    Reason.OUTSIDE_HOURS: "It is outside the hours in which this shopper may be texted.",
    Reason.COUNTRY_RULE: "The rules of the shopper's country do not allow it.",
    Reason.NOTHING_TO_SAY: "The message lacks the shop's name, its link or its opt-out instructions.",
    Reason.NO_CHANNEL: "There is no way to reach this shopper.",
    Reason.NO_SENDER: "No SMS account is set up for this site.",
    Reason.GRANT_NOT_ANSWERED: "The purchase check took too long; it is repeated.",
    Reason.NOT_SENT: "The carrier could not be reached; nothing was sent and it is tried again.",
    Reason.CONTACT_INVALID: "The carrier reports that this number cannot receive texts.",
    Reason.CARRIER_REFUSED: "The carrier refused the message.",
    Reason.ACCOUNT_REFUSED: "The carrier rejected your account. Check its settings.",
    Reason.NOT_DELIVERED: "The carrier could not deliver it.",
    Reason.GIVEN_UP: "The carrier never confirmed this message. It is not sent again, so that nobody gets it twice.",
    Reason.INTERNAL_ERROR: "Beckon had an internal error. It will be retried, and the operator has been alerted.",
    Reason.OTHER: "For another reason.",
}

STATES = {
    "open": "Open",
    "abandoned": "Abandoned",
    "bought": "Bought",
    "bought_uncertain": "Probably bought",
    "emptied": "Emptied",
    "expired": "Expired",
    "erased": "Erased",
    "other": "Ended",
}
CREDITS = {
    "recovered": "Recovered by a reminder",
    "influenced": "Bought within a day of a reminder",
    "returned": "Came back without our help",
    "none": "Not an abandoned cart",
    "other": "Not an abandoned cart",
}
WITNESSES = {
    "browser": "the confirmation page",
    "server": "your server",
    "webhook": "your platform",
    "poll": "your back office",
    "mailbox": "a confirmation e-mail",
    "other": "another source",
}
ORDER_FIELDS = {
    "order_id": "the order number",
    "total": "the total",
    "currency": "the currency",
    "email": "the e-mail address",
    "phone": "the phone",
    "customer_id": "the customer number",
    "cart_id": "the cart",
    "status": "the status",
    "placed_at": "the moment it was placed",
    "updated_at": "the moment it was changed",
    "origin": "the origin",
    "visitor_id": "the browser's id",
    "items": "a line",
    "quantity": "a quantity",
    "unit_price": "a price",
}


def witness_texts(witnesses: Iterable[str]) -> str:
    """The witnesses of an order, for people."""
    return ", ".join(WITNESSES.get(witness, WITNESSES["other"]) for witness in witnesses)


def reason_text(reason: str) -> str:
    """The text of a reason as an event carries it."""
    return REASONS[Reason(reason)]


def order_field_text(field: str) -> str:
    """A field of an order as a merchant calls it."""
    return ORDER_FIELDS.get(field, "the order")
