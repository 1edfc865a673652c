"""How much may be spent on what nobody has proved: the opt-in question goes to any number that a stranger types.

Who invents numbers is paid for each text that reaches them (SMS pumping). So questions have a budget for each client prefix,
number range and site, which grows with the orders that the shop's own server has told of; and an account has one in all.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from shared.runtime.sealing import Pepper, to_base64url

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORDERS_OF = timedelta(days=7)
QUESTIONS_FOR_AN_ORDER = 3
LOOK_AGAIN = HOUR
LAST_DIGITS = 4
"""Numbers are handed out to carriers in blocks of ten thousand or a thousand: who is paid for texts has whole blocks."""


class Budget(StrEnum):
    """What is counted: also the label of its metric."""

    PREFIX = "prefix"
    RANGE = "range"
    SITE = "site"
    ACCOUNT = "account"


WITHIN = {Budget.PREFIX: HOUR, Budget.RANGE: DAY, Budget.SITE: DAY}
PASSING = (Budget.SITE, Budget.ACCOUNT)
"""A genuine shop may meet these, so the question waits. A prefix or a range that meets its own is refused."""


@dataclass(frozen=True)
class Limits:
    """``questions_per_site``: a day, of a shop whose orders nobody signs. ``messages_per_account``: texts of any kind a day."""

    questions_per_site: int = 50
    messages_per_account: int = 5000


@dataclass(frozen=True)
class Spent:
    """What each budget was used for until now; ``orders`` are those of seven days that a server has told of."""

    uses: dict[Budget, int]
    messages: int
    orders: int


def over_budget(limits: Limits, spent: Spent) -> Budget | None:
    """The first budget that is used up; None where one more question may be asked."""
    if spent.messages >= limits.messages_per_account:
        return Budget.ACCOUNT
    for_site = max(limits.questions_per_site, -(-QUESTIONS_FOR_AN_ORDER * spent.orders // ORDERS_OF.days))
    most = {Budget.PREFIX: max(5, for_site // 10), Budget.RANGE: max(10, for_site // 5), Budget.SITE: for_site}
    return next((budget for budget in WITHIN if spent.uses.get(budget, 0) >= most[budget]), None)


def client_prefix(address: str) -> str | None:
    """The /24 or /48 that one client may choose from; None for an address that no client has (a proxy's, a test's)."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False)) if ip.is_global else None


def number_range(number: str) -> str:
    """A number without its last digits."""
    return number[:-LAST_DIGITS]


def budget_keys(site_id: str, pepper: Pepper | None, number: str, address: str | None) -> dict[Budget, str]:
    """Under which keys a question is counted: prefix and range are HMACs that nobody reads back."""
    keys = {Budget.SITE: f"site.{site_id}"}
    if pepper is not None:
        keys[Budget.RANGE] = _hidden(pepper, Budget.RANGE, number_range(number))
        if address is not None and (prefix := client_prefix(address)) is not None:
            keys[Budget.PREFIX] = _hidden(pepper, Budget.PREFIX, prefix)
    return keys


def _hidden(pepper: Pepper, budget: Budget, text: str) -> str:
    digest = hmac.digest(pepper.key, f"budget|{budget.value}|{text}".encode(), hashlib.sha256)
    return f"{budget.value}.{to_base64url(digest[:16])}"
