"""A shop's first minute: recognised by its own page, made with its codes, and named as its page names itself."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.onboarding.enrolment import Fault, Readers, host_of, new_site
from services.onboarding.platforms import guides
from services.onboarding.push_keys import new_push_keys
from services.onboarding.shop_check import Fetcher
from services.onboarding.store import AccountStore
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_site_key, new_uuid7
from shared.runtime.outbound import Forbidden, Interrupted, NotReached
from shared.runtime.postgres import Transaction

LONGEST_NAME = 40
_TITLE = re.compile(r"<title[^>]*>([^<]{1,300})</title>", re.IGNORECASE)
_ENDS_A_NAME = re.compile(r"\s[|\u2013\u2014-]\s|\s*[|:]\s")


async def guess(host: str, fetcher: Fetcher) -> dict[str, str]:
    """Name and platform as the shop's page tells them; its host, and no platform, where it tells nothing."""
    told = {"host": host, "name": host.partition(":")[0][:LONGEST_NAME]}
    try:
        answer = await fetcher.get(host, "/")
    except (Forbidden, NotReached, Interrupted):
        return told
    page = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
    if (name := name_in(page)) is not None:
        told["name"] = name
    if (platform := platform_of(page)) is not None:
        told["platform"] = platform
    return told


def name_in(page: str) -> str | None:
    """The first part of a page's title, as far as it can be a shop's name."""
    found = _TITLE.search(page)
    if found is None:
        return None
    name = " ".join(_ENDS_A_NAME.split(html.unescape(found[1]).strip())[0].split())
    return name if 1 <= len(name) <= LONGEST_NAME and name.isprintable() else None


def platform_of(page: str) -> str | None:
    """The guide whose marks the page bears."""
    text = page.lower()
    return next((guide.key for guide in guides().values() if any(mark in text for mark in guide.marks)), None)


async def open_site(
    tx: Transaction, form: Mapping[str, str], account_id: UUID, readers: Readers, now: datetime
) -> SiteConfigured | list[Fault]:
    """Make a site, codes and keys at once, or say what is wrong with the form."""
    store = AccountStore(tx)
    pepper = await store.pepper_of(account_id)
    made = new_site(form, account_id, new_uuid7(), new_site_key(), pepper, new_push_keys(), readers, now)
    if isinstance(made, SiteConfigured):
        await store.put_settings(made, now)
    return made


def shop_fault(typed: str) -> list[Fault]:
    """What is wrong with a shop's address, as it was typed at the sign-up."""
    return [] if host_of(typed) else [Fault("shop", "Give the address of your shop, such as shop.example.com.")]
