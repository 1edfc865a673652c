"""A site's own secrets, opened when they are needed: its account at the carrier, its keys for web push, the pepper."""

import json

import structlog

from services.notify.channels.push.vapid import VapidKeys
from services.notify.channels.sms import SmsSender
from shared.events.settings import SiteConfigured
from shared.runtime.security.sealing import CannotOpen, Pepper, ReaderKeys, from_base64url, open_secret

log = structlog.get_logger("senders")


def senders_of(site: SiteConfigured, keys: ReaderKeys) -> list[SmsSender]:
    """The newest first. There are two while the merchant replaces a token."""
    found = _opened(site, keys, "sms_sender")
    return [SmsSender(each["account_sid"], each["auth_token"], each["from_number"]) for each in found]


def sender_of(site: SiteConfigured, keys: ReaderKeys) -> SmsSender | None:
    """The one to send with."""
    return next(iter(senders_of(site, keys)), None)


def pepper_of(site: SiteConfigured, keys: ReaderKeys) -> Pepper | None:
    """What indexes of this account are made with now."""
    found = next(iter(_opened(site, keys, "pepper")), None)
    return None if found is None else Pepper(found["id"], from_base64url(found["key"]))


def vapid_of(site: SiteConfigured, keys: ReaderKeys, public: str | None) -> VapidKeys | None:
    """The pair that a subscription was made with; a shop has two while one is replaced."""
    for pair in _opened(site, keys, "vapid"):
        if pair["public"] == public:
            try:
                return VapidKeys.parse(pair["public"], pair["private"])
            except ValueError:
                log.error("secret_unreadable", name="vapid", site_id=str(site.site_id))
    return None


NEEDED = {
    "sms_sender": ("account_sid", "auth_token", "from_number"),
    "pepper": ("id", "key"),
    "vapid": ("public", "private"),
}


def _opened(site: SiteConfigured, keys: ReaderKeys, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for secret in site.secrets:
        if secret.name != name or secret.reader != "notify":
            continue
        try:
            values = json.loads(open_secret(keys, site.site_id, name, secret.box))
            found.append({field: str(values[field]) for field in NEEDED[name]})
        except (CannotOpen, ValueError, KeyError, TypeError):
            log.error("secret_unreadable", name=name, site_id=str(site.site_id))
    return found
