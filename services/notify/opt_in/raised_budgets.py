"""Raised budgets: what they kept back is evaluated again, by every rule and with a grant of its own."""

from uuid import UUID

from services.notify.rules.opt_in import ASK_WITHIN
from services.notify.storage.protocols import Store
from shared.events.budgets import Budget
from shared.events.merchant import BudgetRaised


async def raise_budget(event: BudgetRaised, store: Store) -> None:
    """Allow more until the event's end. An account's budget is raised for all of its sites."""
    if event.budget is Budget.OTHER:
        return  # a budget that this version does not know keeps nothing back here
    of_account = event.budget is Budget.ACCOUNT
    site_id = None if of_account else event.site_id
    await store.budgets.raise_budget(event.account_id, site_id, event.budget, event.limit, event.until)
    sites = await store.sites_of(event.account_id) if of_account else [event.site_id]
    await store.budgets.release(sites, event.budget, ASK_WITHIN)


async def release_own_limits(site_id: UUID, store: Store) -> None:
    """The merchant has set other limits for every day: what the old ones kept back is evaluated again."""
    for budget in (Budget.SITE, Budget.SITE_MESSAGES):
        await store.budgets.release([site_id], budget, ASK_WITHIN)
