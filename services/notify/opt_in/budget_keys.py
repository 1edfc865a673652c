"""The keys under which the budgets of the opt-in question are counted."""

import hashlib
import hmac

from services.notify.rules.budgets import client_network, client_prefix, number_range
from shared.events.budgets import Budget
from shared.runtime.security.sealing import Pepper, to_base64url


def budget_keys(site_id: str, pepper: Pepper | None, number: str, address: str | None) -> dict[Budget, str]:
    """Under which keys a question is counted: those of addresses and numbers are HMACs that nobody reads back."""
    keys = {Budget.SITE: f"site.{site_id}"}
    if pepper is None:
        return keys
    subjects = {
        Budget.RANGE: number_range(number),
        Budget.PREFIX: None if address is None else client_prefix(address),
        Budget.NETWORK: None if address is None else client_network(address),
    }
    return keys | {budget: _hidden(pepper, budget, subject) for budget, subject in subjects.items() if subject is not None}


def _hidden(pepper: Pepper, budget: Budget, text: str) -> str:
    digest = hmac.digest(pepper.key, f"budget|{budget.value}|{text}".encode(), hashlib.sha256)
    return f"{budget.value}.{to_base64url(digest[:16])}"
