"""Gaps between a site and its first reminder to a shopper. Each has a text, and an address where it is closed."""

from dataclasses import dataclass

from services.onboarding.campaign.drafts import drafts_of as steps_of
from services.onboarding.campaign.drafts import preview
from services.onboarding.setup.cart_reading import carts_step, contacts_step, is_met
from services.onboarding.setup.checklist import Seen
from services.onboarding.texting.senders import Texting, is_registered, is_texting
from shared.events.settings import SiteConfigured
from shared.messages.rendering import SAMPLE_ITEMS, ReminderFields


@dataclass(frozen=True)
class Need:
    """One thing that a site needs before it goes live. ``page`` is the part of the site's address where it is done."""

    field: str
    done: bool
    title: str
    sentence: str
    page: str


def needs_of(site: SiteConfigured, seen: Seen, texting: Texting, link: str, *, opt_outs_stated: bool) -> list[Need]:
    """Every need, met or not, in the order in which they are best met. Who sends no text needs no account for it."""
    fields = ReminderFields(site.name, SAMPLE_ITEMS, link)
    steps = steps_of(site)
    has_reminder = bool(steps) and not any(preview(step, fields).fault for step in steps)
    texts = is_texting(site)
    carts, contacts = carts_step(seen), contacts_step(site, seen)
    has_sender = any(secret.name == "sms_sender" for secret in site.secrets)
    return [
        Need(
            "tracking", "beacon_seen" in seen.signals, "Tracking code", "No page of your shop has reported itself yet.", "setup"
        ),
        Need("confirmation", "order_seen" in seen.signals, "Confirmation code", "No order has been reported yet.", "setup"),
        Need("carts", is_met(carts, seen), carts.title, carts.sentence, "setup"),
        Need("contacts", is_met(contacts, seen), contacts.title, contacts.sentence, "setup"),
        Need("sender", has_sender or not texts, "SMS account", "No account that sends is stored yet.", "settings"),
        Need(
            "registration",
            not texts or is_registered(site, texting),
            "Registration of your number",
            "Carriers in your country take texts from registered numbers alone: say when yours is approved.",
            "texting",
        ),
        Need("campaign", has_reminder, "Campaign", "There is no reminder that could be sent.", "campaign"),
        Need(
            "opt_outs",
            opt_outs_stated,
            "Opt-outs",
            "Import the list of people who opted out elsewhere, or confirm that there is none.",
            "people",
        ),
    ]
