"""A shop's first minute: recognised by its own page, made with its codes, and named as its page names itself."""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog

from services.onboarding.platforms import guides
from services.onboarding.shop.look import found_look
from services.onboarding.shop.push_keys import new_push_keys
from services.onboarding.shop.sites import Fault, Readers, host_of, new_site
from services.onboarding.shop_pages.html_tokenizer import start_tags
from services.onboarding.shop_pages.page_look import look_in
from services.onboarding.shop_pages.parsing import PAGES
from services.onboarding.shop_pages.shop_check import Fetcher
from services.onboarding.storage.accounts import AccountStore
from shared.events.settings import SiteConfigured
from shared.runtime.ids import new_site_key, new_uuid7
from shared.runtime.postgres.pool import Transaction
from shared.runtime.security.outbound import Forbidden, Interrupted, NotReached

LONGEST_NAME = 40
LONGEST_TITLE = 300
NO_NAMES = frozenset(
    {"", "home", "homepage", "home page", "welcome", "shop", "store", "start", "startseite", "accueil", "inicio"}
)
"""What titles of first pages begin with besides a shop's name, in lower case."""
_ENDS_A_NAME = re.compile(r" [|\u2013\u2014-] |[|:] ")

log = structlog.get_logger("sign_up")

SHARED_HOST = "store.nexternal.com"
"""Where each of Nexternal's shops without a host of its own has a folder, named after its account."""
_ACCOUNT = re.compile(r"(?:https?://)?store\.nexternal\.com(/[\w-]+/)", re.IGNORECASE)


async def guess(host: str, path: str, fetcher: Fetcher) -> dict[str, str]:
    """Name, platform and look out of the shop's page at ``path``; its host, and no platform, where it has none."""
    fields = {"host": host, "name": (path.strip("/") or host.partition(":")[0])[:LONGEST_NAME]}
    if host == SHARED_HOST:
        fields["platform"] = "nexternal"
    try:
        answer = await fetcher.get(host, path)
        if answer.status == 200:
            fields |= await PAGES.parse(fields_shown_by, answer.body, host, path)
    except (Forbidden, NotReached, Interrupted):
        pass
    except Exception as error:  # a page that cannot be read; its merchant fills in the next form
        log.warning("page_not_read", error=type(error).__name__, exc_info=error)
    return fields


def fields_shown_by(page: bytes, host: str, path: str = "/") -> dict[str, str]:
    """Name, platform, logo, colour and language, each only where the page has it."""
    fields = {"name": name_in(page), "platform": platform_of(page), **look_in(page, host, path).model_dump()}
    return {field: value for field, value in fields.items() if value is not None}


def name_in(page: bytes) -> str | None:
    """The first part of a page's title that can be a shop's name; that the page is the first one of the shop is no name."""
    title = next((tag.text for tag in start_tags(page) if tag.name == "title"), "")
    text = " ".join(html.unescape(title[:LONGEST_TITLE]).split())
    parts = (part.strip() for part in _ENDS_A_NAME.split(text))
    name = next((part for part in parts if part.casefold() not in NO_NAMES), "")
    return name if 1 <= len(name) <= LONGEST_NAME and name.isprintable() else None


def platform_of(page: bytes) -> str | None:
    """The guide whose marks the page bears."""
    text = page.lower()
    return next((guide.key for guide in guides().values() if any(mark.encode() in text for mark in guide.marks)), None)


async def open_site(
    tx: Transaction, form: Mapping[str, str], account_id: UUID, readers: Readers, now: datetime
) -> SiteConfigured | list[Fault]:
    """Make a site, codes and keys at once, or return what is wrong with the form."""
    store = AccountStore(tx)
    pepper = await store.pepper_of(account_id)
    made = new_site(form, account_id, new_uuid7(), new_site_key(), pepper, new_push_keys(), readers, now, found_look(form))
    if isinstance(made, SiteConfigured):
        await store.put_settings(made, now)
    return made


def first_page_of(typed: str) -> str:
    """The path of a shop's first page: below the account on the host that shops share, else the root."""
    found = _ACCOUNT.match(f"{typed.strip()}/")
    return found[1] if found else "/"


def shop_fault(typed: str) -> list[Fault]:
    """What is wrong with a shop's address, as it was typed at the sign-up."""
    return [] if host_of(typed) else [Fault("shop", "Give the address of your shop, such as shop.example.com.")]
