"""What an account and a site may still spend, counted under a lock on the account: openings at once overrun no budget."""

from collections.abc import Mapping

from services.notify.rules.budgets import OF_TEXTS, ORDERS_OF, WITHIN, Limits, Wanted, allowed, over_budget
from services.notify.storage.protocols import Store
from shared.events.budgets import Budget, BudgetMet, DailyLimits
from shared.events.settings import SiteConfigured


async def text_over_budget(store: Store, limits: Limits, site: SiteConfigured) -> BudgetMet | None:
    """The budget that keeps any text back, None where none does."""
    return await question_over_budget(store, limits, site, {})


async def question_over_budget(
    store: Store, limits: Limits, site: SiteConfigured, keys: Mapping[Budget, str]
) -> BudgetMet | None:
    """The budget that keeps a question back which is counted under these keys, None where none does."""
    budgets, account = store.budgets, site.account_id
    await budgets.lock(account)
    wanted = Wanted(site.daily_limits or DailyLimits(), await budgets.raised(account, site.site_id))
    most = allowed(limits, wanted, await budgets.orders(site.site_id, ORDERS_OF) if keys else 0)
    uses = {budget: await budgets.uses(account, key, WITHIN[budget]) for budget, key in keys.items()}
    for budget in OF_TEXTS:
        if budget in most:
            of_site = site.site_id if budget is Budget.SITE_MESSAGES else None
            uses[budget] = await budgets.messages_in_a_day(account, of_site, most[budget])
    return over_budget(most, uses)
