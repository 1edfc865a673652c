"""What a merchant changes of a shop after it was made: its name, address and keys."""

import json
import re
from collections.abc import Mapping
from datetime import datetime

from services.onboarding.campaign.drafts import ONE_SMS_COUNTRIES
from services.onboarding.events import next_revision
from services.onboarding.platforms import guides
from services.onboarding.shop.push_keys import PushKeys, vapid_secret
from services.onboarding.shop.sites import (
    MOST_BACK_OFFICES,
    Fault,
    Readers,
    country_in,
    currency_of,
    host_of,
    office_parts,
    site_faults,
    zone_of,
)
from shared.events.envelope import Channel
from shared.events.settings import FieldCapture, PrivacyControl, Secret, SiteConfigured
from shared.runtime.security.sealing import seal_secret

MOST_HOSTS = 10
MOST_SITE_KEYS = 5
MOST_REVOKED_KEYS = 20
KEPT_PAIRS = 2
"""Browsers subscribe with the newest on their next visit; until then the one before it reaches them."""
PROPOSED_WORKER_PATH = "/beckon-worker.js"
_WORKER_PATH = re.compile(r"^/(?:[A-Za-z0-9._-]++/)*[A-Za-z0-9._-]+\.js\Z")
LONGEST_PATH = 200
_WEBHOOK_SECRET = re.compile(r"^[!-~]{16,128}\Z")


def with_shop(site: SiteConfigured, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with these names, hosts, country, currency, zone. Country and platform stay where none is named."""
    form = {**form, "country": form.get("country") or site.country, "platform": form.get("platform") or site.platform}
    hosts = [host_of(part) for part in form.get("hosts", "").split(",") if part.strip()]
    faults = site_faults({**form, "host": "shop.example"})
    if not 1 <= len(hosts) <= MOST_HOSTS or None in hosts:
        faults.append(Fault("hosts", f"Give one to {MOST_HOSTS} addresses of your shop, separated by commas."))
    if country_in(form) in ONE_SMS_COUNTRIES and sum(Channel.SMS in each.channel_order for each in site.campaign.steps) > 1:
        sentence = "There a cart may get one text message: first let all but one reminder of your campaign be push messages."
        faults.append(Fault("country", sentence))
    if faults:
        return faults
    offices = [host_of(part) for part in office_parts(form)][:MOST_BACK_OFFICES]
    return next_revision(
        site,
        now,
        name=form["name"].strip(),
        hosts=tuple(dict.fromkeys(host for host in hosts if host is not None)),
        back_office_hosts=tuple(dict.fromkeys(office for office in offices if office is not None)),
        currency=currency_of(form),
        time_zone=zone_of(form),
        country=country_in(form),
        platform=form["platform"],
    )


def with_platform(site: SiteConfigured, platform: str, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with a platform, which also decides where staff work until the merchant does."""
    if platform not in guides():
        return [Fault("platform", "Choose one of the platforms in the list.")]
    offices = site.back_office_hosts or guides()[platform].back_office_hosts
    return next_revision(site, now, platform=platform, back_office_hosts=offices)


def with_privacy(site: SiteConfigured, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with whether the snippet waits for consent, what Global Privacy Control does, and when fields are read.

    The last stays as it is where none is named.
    """
    consent, signal = form.get("consent", ""), form.get("privacy_control", "")
    faults = []
    if consent not in ("required", "not_required"):
        faults.append(Fault("consent", "Choose whether your shoppers are asked first."))
    if signal not in tuple(PrivacyControl):
        faults.append(Fault("privacy_control", "Choose what a browser's Global Privacy Control does."))
    capture = form.get("field_capture") or site.field_capture or FieldCapture.BLUR
    if capture not in tuple(FieldCapture):
        faults.append(Fault("field_capture", "Choose when e-mail and phone fields are read."))
    if capture == FieldCapture.LIVE and consent != "required":
        faults.append(
            Fault("field_capture", "Fields are read while typed of shoppers alone who agreed: have consent required first.")
        )
    if faults:
        return faults
    return next_revision(
        site,
        now,
        consent_required=consent == "required",
        privacy_control=PrivacyControl(signal),
        field_capture=FieldCapture(capture),
    )


def with_site_key(site: SiteConfigured, key: str, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with one more public key, so that the old one can be replaced in the shop before it is revoked."""
    if len(site.site_keys) >= MOST_SITE_KEYS:
        return [Fault("site_keys", f"A shop has at most {MOST_SITE_KEYS} site keys.")]
    return next_revision(site, now, site_keys=(key, *site.site_keys))


def without_site_key(site: SiteConfigured, key: str, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings without a public key: pages that still bear it report nothing any more. The last one stays."""
    left = tuple(each for each in site.site_keys if each != key)
    if len(left) == len(site.site_keys):
        return [Fault("site_keys", "This shop has no such site key.")]
    if not left:
        return [Fault("site_keys", "A shop needs a site key: make a new one first, and paste the new codes.")]
    revoked = (key, *(each for each in site.revoked_keys if each != key))[:MOST_REVOKED_KEYS]
    return next_revision(site, now, site_keys=left, revoked_keys=revoked)


def without_api_key(site: SiteConfigured, key_id: str, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings without a secret key: who holds it is refused from now on."""
    left = tuple(key for key in site.api_keys if key.key_id != key_id)
    if len(left) == len(site.api_keys):
        return [Fault("keys", "This shop has no such secret key.")]
    return next_revision(site, now, api_keys=left)


def with_order_webhook(site: SiteConfigured, secret: str, readers: Readers, now: datetime) -> SiteConfigured | list[Fault]:
    """The secret of the platform's webhooks, boxed for ingest: from then on nobody else can read it."""
    if not _WEBHOOK_SECRET.match(secret.strip()):
        return [Fault("webhook_secret", "Copy the whole secret that your platform shows beside its webhooks.")]
    box = seal_secret(readers.ingest, site.site_id, "order_webhook", json.dumps({"secret": secret.strip()}).encode())
    others = tuple(each for each in site.secrets if each.name != "order_webhook")
    return next_revision(site, now, secrets=(*others, Secret(name="order_webhook", reader="ingest", box=box)))


def with_push_keys(site: SiteConfigured, keys: PushKeys, readers: Readers, now: datetime) -> SiteConfigured:
    """The settings with a new pair, sealed for notify; the one before it is kept until its subscribers have come by."""
    made = vapid_secret(site.site_id, keys, readers.notify)
    older = [secret for secret in site.secrets if secret.name == "vapid"][: KEPT_PAIRS - 1]
    others = tuple(secret for secret in site.secrets if secret.name != "vapid")
    return next_revision(site, now, secrets=(*others, made, *older), vapid_public=keys.public)


def with_worker(site: SiteConfigured, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with the path of the worker file; without one push is not offered."""
    path = form.get("worker_path", "").strip()
    if path and (len(path) > LONGEST_PATH or not _WORKER_PATH.match(path)):
        return [Fault("worker_path", f"Give the path of the file on your shop, such as {PROPOSED_WORKER_PATH}.")]
    return next_revision(site, now, worker_path=path or None)
