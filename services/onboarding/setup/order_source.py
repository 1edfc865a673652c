"""Step of the back office that is polled: which credentials it has, and how the last poll ended. Pure.

Also phone orders, clubs and other systems come by it. Reminders wait until it was asked, so a fault here keeps them waiting.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.onboarding.events import next_revision
from services.onboarding.platforms import Guide
from services.onboarding.setup.checklist import Seen, Step, StepState, broken
from services.onboarding.shop.sites import Fault, Readers
from shared.events.settings import Secret, SiteConfigured
from shared.runtime.security.sealing import seal_secret

KEY, TITLE, SOURCE = "source", "Orders from the back office", "nexternal"
OVERDUE = timedelta(hours=1)
_PRINTED = re.compile(r"^[^\x00-\x1f\x7f]{1,128}\Z")
_ACCOUNT = re.compile(r"^[A-Za-z0-9._-]{1,64}\Z")

CREDENTIALS = "Type the account name, and the user of XML Tools with its password or its key, once more."
FAULTS: Mapping[str, tuple[str, str]] = {
    "throttled": (
        "Nexternal answers that it was asked too often, and is asked again after five minutes.",
        "Look whether another program polls this account more often than every ten minutes.",
    ),
    "refused_credentials": ("Nexternal refuses these credentials, and does not name which.", CREDENTIALS),
    "refused_account": (
        "Nexternal knows no such account.",
        "The account name stands in the address of your OMS: type it once more.",
    ),
    "refused_password": ("Nexternal refuses the user name or its password.", CREDENTIALS),
    "refused_key": (
        "Nexternal refuses the key.",
        "Copy the active key of the XML test once more, or give user name and password.",
    ),
    "refused_test": (
        "The XML test of this user has not been passed.",
        "Pass it in Settings > XML Tools > Edit, and save here again.",
    ),
    "refused_memorandum": (
        "The Memorandum of Understanding of XML Tools has not been accepted.",
        "Accept it in Settings > XML Tools > Edit.",
    ),
    "refused_privilege": (
        "The user has no privilege for a query.",
        "Tick OrderQuery and CustomerQuery at the user of XML Tools.",
    ),
    "broken": ("Nexternal's replies could not be read.", "If it lasts for a day, ask Nexternal's support about XML Tools."),
    "contradictory": (
        "Nexternal's replies contradict themselves: another account's, or pages without an end.",
        "Look whether the account name is yours; if it lasts, ask Nexternal's support about XML Tools.",
    ),
    "slow": ("Nexternal's replies take too long.", "It is tried again; if it lasts for a day, ask Nexternal's support."),
    "unreachable": ("XML Tools could not be reached.", "It is tried again; if it lasts for a day, ask Nexternal's support."),
    "unreadable_secret": ("What is stored here cannot be opened any more.", CREDENTIALS),
}
"""By the state in which a poll ended: what a merchant reads of it, and the remedy."""


def source_step(site: SiteConfigured, guide: Guide, seen: Seen) -> Step:
    """Whether the back office is polled. A shop may go live without: then nobody sees what staff key in."""
    where = f"{guide.source['menu']}. {guide.source['how']}"
    if not is_connected(site):
        return Step(KEY, TITLE, StepState.TODO, "Orders that staff key in are seen by nobody yet.", where)
    synced, failed = seen.at("source_synced"), seen.at("source_failed")
    if failed is not None and (synced is None or failed > synced):
        state = (seen.signals["source_failed"].get("sample") or {}).get("field") or "broken"
        sentence, remedy = FAULTS.get(state, FAULTS["broken"])
        return broken(KEY, TITLE, state, f"{sentence} Until it answers, reminders wait.", remedy)
    if synced is None:
        return Step(KEY, TITLE, StepState.CLAIMED, "The credentials are stored. The first poll is on its way.")
    if seen.now - synced > OVERDUE:
        sentence = "The back office was not asked for an hour, and reminders wait."
        return broken(KEY, TITLE, "overdue", sentence, "Report it to whoever runs Beckon for you: its sources do not run.")
    return Step(KEY, TITLE, StepState.VERIFIED, "The back office is polled: its orders silence carts, whoever keyed them in.")


def is_connected(site: SiteConfigured) -> bool:
    """Whether credentials are stored."""
    return any(secret.name == SOURCE and secret.reader == "sources" for secret in site.secrets)


def with_source(site: SiteConfigured, form: Mapping[str, str], readers: Readers, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with these credentials, boxed for the sources: from then on nobody else can read them."""
    account, user, password, key = (form.get(f"source_{name}", "").strip() for name in ("account", "user", "password", "key"))
    if not _ACCOUNT.match(account):
        return [Fault("source_account", "Type the account name as it stands in the address of your OMS.")]
    if bool(user) != bool(password) or not (key or user):
        return [Fault("source_password", "Give the key of the XML test, or the user name and its password.")]
    if any(given and not _PRINTED.match(given) for given in (user, password, key)):
        return [Fault("source_password", "One of these is longer than 128 characters, or has a line break in it.")]
    given = {"account": account, "user": user, "password": password, "key": key}
    box = seal_secret(readers.sources, site.site_id, SOURCE, json.dumps(given).encode())
    secrets = (*_others(site), Secret(name=SOURCE, reader="sources", box=box))
    return next_revision(site, now, secrets=secrets, has_order_source=True)


def without_source(site: SiteConfigured, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings without credentials: reminders wait for the back office no longer."""
    if not is_connected(site):
        return [Fault("source_account", "No back office is connected.")]
    return next_revision(site, now, secrets=_others(site), has_order_source=False)


def _others(site: SiteConfigured) -> tuple[Secret, ...]:
    return tuple(secret for secret in site.secrets if secret.name != SOURCE)
