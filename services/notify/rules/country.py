"""The rule of countries: what their carriers and laws allow for a cart reminder."""

from datetime import datetime, timedelta

import phonenumbers
from phonenumbers import PhoneNumberType

from services.notify.rules.frequency_cap import NORTH_AMERICA
from shared.events.reasons import Reason

CART_WINDOW = timedelta(hours=48)
"""One SMS per abandoned cart within 48 hours: T-Mobile's code of conduct (May 2020), applied by the US carriers."""
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def region_of(number: str) -> str | None:
    """The country of a number that a handset may have; None for toll-free, premium and invalid ones (SMS pumping)."""
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed) or phonenumbers.number_type(parsed) not in _MOBILE:
        return None
    return phonenumbers.region_code_for_number(parsed)


def is_served(region: str | None, own_country: str) -> bool:
    """The shop's own country and North America; a message anywhere else would cost and annoy, and the law is not known."""
    return region is not None and (region == own_country or region in NORTH_AMERICA)


def country_refusal(
    region: str | None, own_country: str, sent_for_cart: int, abandoned_at: datetime, now: datetime
) -> Reason | None:
    """The rule of the recipient's country for one more message about this cart."""
    if not is_served(region, own_country):
        return Reason.COUNTRY_RULE
    if region not in NORTH_AMERICA:
        return None
    if sent_for_cart > 0:
        return Reason.ONE_PER_CART
    return Reason.COUNTRY_RULE if now > abandoned_at + CART_WINDOW else None
