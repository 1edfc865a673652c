"""Budgets of messages: the opt-in question goes to any number that a stranger types, and every text costs the merchant.

Who invents numbers is paid for each text that reaches them (SMS pumping). So questions have a budget for each client prefix,
network, number range and site, which grows with the orders that the shop's own server has reported; texts of all kinds have one
for a site, where its merchant wants one, and for an account. A merchant may raise each, up to the operator's ceiling.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from shared.events.budgets import Budget, BudgetMet, DailyLimits

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ORDERS_OF = timedelta(days=7)
QUESTIONS_FOR_AN_ORDER = 3
EVALUATE_AGAIN_AFTER = HOUR
LAST_DIGITS = 4
"""Numbers are handed out to carriers in blocks of ten thousand or a thousand: who is paid for texts has whole blocks."""
WITHIN = {Budget.PREFIX: HOUR, Budget.NETWORK: DAY, Budget.RANGE: DAY, Budget.SITE: DAY}
"""Over how long questions are counted. Texts are counted over a day."""
ANSWERS_A_DAY = 3
"""Of each kind to a number: a phone that answers our answers by itself, or whoever plays with it, costs no more than that."""
OF_TEXTS = (Budget.ACCOUNT, Budget.SITE_MESSAGES)
PASSING = (Budget.SITE, *OF_TEXTS)
"""A genuine shop may meet these, so the question waits. What a prefix, a network or a range meets is refused."""


@dataclass(frozen=True)
class Limits:
    """The operator's. ``questions_per_site``: a day, of a shop whose orders nobody signs.

    ``messages_per_account``: texts of any kind a day. No merchant gets beyond the two that begin with ``most``.
    """

    questions_per_site: int = 50
    messages_per_account: int = 5000
    most_questions_per_site: int = 1000
    most_messages_per_account: int = 50_000


@dataclass(frozen=True)
class Wanted:
    """What a merchant wants: limits of the own for every day, and budgets that are raised until a moment."""

    own: DailyLimits = field(default_factory=DailyLimits)
    raised: Mapping[Budget, int] = field(default_factory=dict)


def allowed(limits: Limits, wanted: Wanted, orders: int) -> dict[Budget, int]:
    """How much each budget allows. ``orders`` are those of seven days that a server has reported.

    A merchant's own limit may be lower than what is reckoned; without one a site's texts are counted in the account alone.
    """
    reckoned = max(limits.questions_per_site, -(-QUESTIONS_FOR_AN_ORDER * orders // ORDERS_OF.days))
    ceiling = max(limits.most_questions_per_site, reckoned)
    of_texts = max(limits.most_messages_per_account, limits.messages_per_account)
    for_site = reckoned if wanted.own.questions is None else min(wanted.own.questions, ceiling)
    grown = {
        Budget.ACCOUNT: limits.messages_per_account,
        Budget.SITE: for_site,
        Budget.NETWORK: max(20, reckoned // 2),
        Budget.RANGE: max(10, reckoned // 5),
        Budget.PREFIX: max(5, reckoned // 10),
    }
    if wanted.own.messages is not None:
        grown[Budget.SITE_MESSAGES] = min(wanted.own.messages, of_texts)
    most = {budget: of_texts if budget in OF_TEXTS else ceiling for budget in grown}
    return {budget: max(limit, min(wanted.raised.get(budget, 0), most[budget])) for budget, limit in grown.items()}


def over_budget(limits: Mapping[Budget, int], uses: Mapping[Budget, int]) -> BudgetMet | None:
    """The first budget that is used up, in the order of ``limits``; None where one more message may go."""
    met = ((budget, limit) for budget, limit in limits.items() if uses.get(budget, 0) >= limit and budget in uses)
    return next((BudgetMet(budget=budget, limit=limit) for budget, limit in met), None)


def may_answer(today: int, here_today: int) -> bool:
    """Whether one more answer of a kind may go to a number. The first of each site always may."""
    return here_today == 0 or today < ANSWERS_A_DAY


def client_prefix(address: str) -> str | None:
    """The /24 or /48 that one client may choose from; None for an address that no client has (a proxy's, a test's)."""
    return _network_of(address, 24, 48)


def client_network(address: str) -> str | None:
    """The /16 or /32 around it: what a provider gets, and rents out whole."""
    return _network_of(address, 16, 32)


def _network_of(address: str, of_4: int, of_6: int) -> str | None:
    try:
        ip: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return str(ip_network((ip, of_4 if ip.version == 4 else of_6), strict=False)) if ip.is_global else None


def number_range(number: str) -> str:
    """A number without its last digits."""
    return number[:-LAST_DIGITS]
