"""A site's settings from its merchant's forms: what is accepted, and what each fault is called."""

import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from services.onboarding.events import first_revision, next_revision
from services.onboarding.platforms import guide_of, guides
from services.onboarding.shop.countries import DEFAULT_COUNTRY, Country, countries, country_of_host
from services.onboarding.shop.push_keys import PushKeys, vapid_secret
from services.onboarding.web.durations import in_words
from shared.events.envelope import Channel
from shared.events.settings import ApiKey, Campaign, CampaignStep, Hours, Look, Secret, SiteConfigured, SiteMode
from shared.messages.rendering import DEFAULT_TEMPLATE, NothingToRender, ReminderFields, render
from shared.runtime.security.sealing import Pepper, ReaderPublicKey, seal_secret, to_base64url
from shared.runtime.settings import Profile

LIVE_ABANDONMENT_SECONDS = 300
LIVE_STEP_SECONDS = 60
LONGEST_ABANDONMENT_SECONDS = 24 * 3600
LONGEST_STEP_SECONDS = 7 * 24 * 3600
"""Past this nobody is reminded any more. A wait without an end would also lie beyond the last date that readers can hold."""
MOST_BACK_OFFICES = 10
MOST_API_KEYS = 10
LONGEST_TEMPLATE = 1000
LONGEST_CREDENTIAL = 200
LONGEST_HOST = 253
DEFAULT_PLATFORM = "nexternal"
UNKNOWN_PLATFORM = "unknown"
"""Of a shop that was not recognised, until its merchant has chosen one."""
LONGEST_LINK = "https://an-address-as-long-as-they-get.example/l/" + 17 * "x"
_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?\Z")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field, and what to do."""

    field: str
    sentence: str


@dataclass(frozen=True)
class Readers:
    """Public keys of the services for which secrets are sealed."""

    notify: ReaderPublicKey
    ingest: ReaderPublicKey
    sources: ReaderPublicKey


def host_of(address: str) -> str | None:
    """The host of a shop's address, however it was typed."""
    text = re.sub(r"^https?://", "", address.strip().lower()).split("/")[0]
    if len(text) > LONGEST_HOST or not _HOST.match(text):
        return None
    port = text.partition(":")[2]
    return text if int(port or 0) <= 65_535 else None


def new_site(
    form: Mapping[str, str],
    account_id: UUID,
    site_id: UUID,
    site_key: str,
    pepper: Pepper,
    push_keys: PushKeys,
    readers: Readers,
    now: datetime,
    look: Look | None = None,
) -> SiteConfigured | list[Fault]:
    """The first revision of a site, in test mode with the longest delays, or what is wrong with the form."""
    if faults := site_faults(form):
        return faults
    offices = [host_of(part) for part in office_parts(form)]
    return first_revision(
        site_id,
        account_id,
        now,
        name=form["name"].strip(),
        mode=SiteMode.TEST,
        site_keys=(site_key,),
        hosts=tuple(host for host in [host_of(form["host"])] if host is not None),
        back_office_hosts=tuple(office for office in offices if office is not None),
        currency=currency_of(form),
        time_zone=zone_of(form),
        country=country_in(form),
        platform=form.get("platform", DEFAULT_PLATFORM),
        campaign=Campaign(
            id="default",
            steps=(CampaignStep(delay_seconds=1800, channel_order=(Channel.PUSH, Channel.SMS), template=DEFAULT_TEMPLATE),),
        ),
        abandoned_after_seconds=1800,
        vapid_public=push_keys.public,
        look=look,
        secrets=(*pepper_secrets(site_id, pepper, readers), vapid_secret(site_id, push_keys, readers.notify)),
    )


def site_faults(form: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the form for a new site."""
    faults: list[Fault] = []
    if host_of(form.get("host", "")) is None:
        faults.append(Fault("host", "Give the address of your shop, such as shop.example.com."))
    faults += office_faults(form)
    name = form.get("name", "").strip()
    if not 1 <= len(name) <= 40 or not name.isprintable():
        faults.append(Fault("name", "Give the name that shoppers know, up to 40 characters on one line."))
    if form.get("platform", DEFAULT_PLATFORM) not in {*guides(), UNKNOWN_PLATFORM}:
        faults.append(Fault("platform", "Choose one of the platforms in the list."))
    if country_in(form) not in countries():
        faults.append(Fault("country", "Choose the country of your shop from the list."))
    if not is_zone(zone_of(form)):
        faults.append(Fault("time_zone", "Give a time zone such as America/New_York."))
    if not re.match(r"^[A-Z]{3}\Z", currency_of(form)):
        faults.append(Fault("currency", "Give a currency by its three letters, such as USD."))
    return faults


def office_faults(form: Mapping[str, str]) -> list[Fault]:
    """What is wrong with the addresses where staff work."""
    offices = [host_of(part) for part in office_parts(form)]
    if None not in offices and len(offices) <= MOST_BACK_OFFICES:
        return []
    return [Fault("back_office_hosts", f"Give up to {MOST_BACK_OFFICES} host names, separated by commas.")]


def office_parts(form: Mapping[str, str]) -> list[str]:
    """The back offices as they were typed; left empty for a new shop, those that its platform gives to every shop."""
    typed = [part for part in form.get("back_office_hosts", "").split(",") if part.strip()]
    return typed or ([] if "hosts" in form else [*guide_of(form.get("platform", DEFAULT_PLATFORM)).back_office_hosts])


def currency_of(form: Mapping[str, str]) -> str:
    """The currency as it was typed, in capitals; left empty, the one that is usual in the country."""
    return form.get("currency", "").strip().upper() or suggested_in(form).currency


def zone_of(form: Mapping[str, str]) -> str:
    """The time zone as it was typed; left empty, the one in which most people of the country live."""
    return form.get("time_zone", "").strip() or suggested_in(form).time_zone


def country_in(form: Mapping[str, str]) -> str:
    """The country's code as it was chosen; left empty, the one that the shop's address names."""
    return form.get("country", "").strip().upper() or country_of_host(host_of(form.get("host", "")) or "")


def suggested_in(form: Mapping[str, str]) -> Country:
    """What is usual in the country of a form."""
    return countries().get(country_in(form), countries()[DEFAULT_COUNTRY])


def is_zone(name: str) -> bool:
    """Whether a text is a zone of the tz database."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Every zone, listed once: to open one by its name is to open a file that somebody else has named."""
    return frozenset(available_timezones())


def pepper_secrets(site_id: UUID, pepper: Pepper, readers: Readers) -> tuple[Secret, ...]:
    """The account's pepper, boxed for the two services that make indexes."""
    text = json.dumps({"id": pepper.pepper_id, "key": to_base64url(pepper.key)}).encode()
    return (
        Secret(name="pepper", reader="ingest", box=seal_secret(readers.ingest, site_id, "pepper", text)),
        Secret(name="pepper", reader="notify", box=seal_secret(readers.notify, site_id, "pepper", text)),
    )


def with_sending(
    site: SiteConfigured, form: Mapping[str, str], profile: Profile, now: datetime
) -> SiteConfigured | list[Fault]:
    """The settings with these hours, mode and control group; wait and delays where they are named.

    Outside the demo a site cannot be made hasty.
    """
    try:
        abandoned_after = int(form.get("abandoned_after_seconds", site.abandoned_after_seconds))
        delays = delays_in(form, site)
        share = float(form["control_share_percent"]) / 100
        hours, mode = Hours(form["hours"]), SiteMode(form["mode"])
    except (KeyError, ValueError):
        return [Fault("pace", "Fill every field with a number or a choice from its list.")]
    faults = sending_faults(share, hours, profile)
    if {"abandoned_after_seconds", "step_delay_seconds"} & form.keys():
        faults += delay_faults(abandoned_after, delays, profile)
    if mode is SiteMode.LIVE and site.mode is not SiteMode.LIVE and profile is not Profile.DEMO:
        faults.append(Fault("mode", "Go live on the page of that name: it says what is still missing."))
    if faults:
        return faults
    live = site.campaign.steps
    steps = tuple(live[min(n, len(live) - 1)].model_copy(update={"delay_seconds": delay}) for n, delay in enumerate(delays))
    return next_revision(
        site,
        now,
        abandoned_after_seconds=abandoned_after,
        campaign=site.campaign.model_copy(update={"steps": steps}),
        control_share=share,
        hours=hours,
        mode=mode,
    )


def delays_in(form: Mapping[str, str], site: SiteConfigured) -> list[int]:
    """The delays of a form; those that are live where it names none. Raises ``ValueError`` for what is no number."""
    if "step_delay_seconds" not in form:
        return [step.delay_seconds for step in site.campaign.steps]
    return [int(part) for part in form["step_delay_seconds"].split(",")]


def sending_faults(share: float, hours: Hours, profile: Profile) -> list[Fault]:
    """Hours and shares that a site may not be set to."""
    faults = []
    if not 0 <= share <= 0.5:
        faults.append(Fault("control_share_percent", "Hold back between 0 and 50 percent."))
    if hours is Hours.ALWAYS and profile is not Profile.DEMO:
        faults.append(Fault("hours", "Texting at any hour is against the law; keep to the legal hours."))
    return faults


def delay_faults(abandoned_after: int, delays: list[int], profile: Profile) -> list[Fault]:
    """What a live site may not be set to."""
    demo = profile is Profile.DEMO
    least_wait, least_delay = (1, 0) if demo else (LIVE_ABANDONMENT_SECONDS, LIVE_STEP_SECONDS)
    faults = []
    if not least_wait <= abandoned_after <= LONGEST_ABANDONMENT_SECONDS:
        between = f"between {in_words(least_wait)} and {in_words(LONGEST_ABANDONMENT_SECONDS)}"
        faults.append(Fault("abandoned_after_seconds", f"Wait {between}."))
    if (
        not 1 <= len(delays) <= 5
        or delays != sorted(delays)
        or not least_delay <= delays[0] <= delays[-1] <= LONGEST_STEP_SECONDS
    ):
        between = f"between {in_words(least_delay)} and {in_words(LONGEST_STEP_SECONDS)}"
        faults.append(Fault("step_delay_seconds", f"Give one to five delays, the shortest first, each {between}."))
    return faults


def with_template(site: SiteConfigured, template: str, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with this template of the reminders."""
    if len(template) > LONGEST_TEMPLATE:
        return [Fault("template", f"Use at most {LONGEST_TEMPLATE} characters.")]
    try:
        render(
            template, ReminderFields(site.name, 99, LONGEST_LINK)
        )  # what could never be sent is refused here, not in silence
    except NothingToRender as missing:
        sentence = str(missing)
        return [Fault("template", f"{sentence[0].upper()}{sentence[1:].rstrip('.')}.")]
    steps = tuple(step.model_copy(update={"template": template}) for step in site.campaign.steps)
    return next_revision(site, now, campaign=site.campaign.model_copy(update={"steps": steps}))


def with_sender(site: SiteConfigured, form: Mapping[str, str], readers: Readers, now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with the merchant's account at the carrier, sealed for notify: nobody else can read it."""
    sender = {key: form.get(key, "").strip() for key in ("account_sid", "auth_token", "from_number")}
    faults = [Fault(key, "Copy it from your carrier's console.") for key, value in sender.items() if not value]
    faults += [Fault(key, "This is too long.") for key, value in sender.items() if len(value) > LONGEST_CREDENTIAL]
    if sender["account_sid"] and not re.match(r"^[A-Za-z0-9_-]{1,64}\Z", sender["account_sid"]):
        faults.append(Fault("account_sid", "Copy it from your carrier's console: letters and digits alone."))
    if not re.match(r"^\+[0-9]{8,15}\Z", sender["from_number"]):
        faults.append(Fault("from_number", "Give the number with its country, such as +1 212 555 0100 without spaces."))
    if faults:
        return faults
    box = seal_secret(readers.notify, site.site_id, "sms_sender", json.dumps(sender).encode())
    others = tuple(secret for secret in site.secrets if secret.name != "sms_sender")
    return next_revision(site, now, secrets=(*others, Secret(name="sms_sender", reader="notify", box=box)))


def with_api_key(site: SiteConfigured, now: datetime) -> tuple[SiteConfigured, str] | list[Fault]:
    """The settings with a new secret key of the order API, and its text: that is shown once and only its hash is kept."""
    if len(site.api_keys) >= MOST_API_KEYS:
        return [Fault("keys", f"A site has at most {MOST_API_KEYS} keys.")]
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    key = ApiKey(key_id=key_id, sha256=hashlib.sha256(secret.encode()).hexdigest())
    return next_revision(site, now, api_keys=(*site.api_keys, key)), f"bsk_{key_id}_{secret}"
