"""Text messages of a site: its sender, the sender's registration, the merchant's own phones, what a message costs. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from services.onboarding.events import next_revision
from services.onboarding.setup.checklist import Step, StepState, broken
from services.onboarding.shop.sites import Fault
from shared.events.envelope import Channel, SealedContact
from shared.events.message import ContactConfirmed, MessageAccepted, MessageDelivered, MessageFailed, MessageTopicEvent
from shared.events.reasons import Reason
from shared.events.settings import SiteConfigured

CODE_LIVES = timedelta(minutes=15)
CODE_DIGITS = 8
MOST_TEST_PHONES = 5
LONGEST_REFERENCE = 80
REGISTERED_COUNTRIES = frozenset({"US", "CA"})
"""Where carriers take texts of businesses from registered numbers alone (10DLC, toll-free verification; CTIA)."""
USUAL_PART = 120
"""Hundredths of a US cent for one part to a US number, an order of magnitude until the merchant sets a better one."""
DEAREST_PART = 10_000
_CENTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")


class Registration(StrEnum):
    """How far carriers have got with a number, as its owner reports it."""

    NOT_STARTED = "not_started"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Milestone(StrEnum):
    """What became of texts, when it last did."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    CARRIER_REFUSED = "carrier_refused"
    ACCOUNT_REFUSED = "account_refused"
    HANDSET_CONFIRMED = "handset_confirmed"


@dataclass(frozen=True)
class Sender:
    """The account at the carrier, as far as a page may show it, and the shop's own number."""

    account_ending: str
    from_number: str


@dataclass(frozen=True)
class OwnPhone:
    """A phone that sent the site's code. Nobody here can read its number."""

    contact: SealedContact
    proved_at: datetime


@dataclass(frozen=True)
class Texting:
    """All that the console knows of a site's text messages."""

    sender: Sender | None
    registration: Registration
    reference: str
    phones: tuple[OwnPhone, ...]
    milestones: Mapping[Milestone, datetime]
    part_price: int = USUAL_PART
    """Hundredths of a cent."""


def milestone_of(event: MessageTopicEvent) -> Milestone | None:
    """The milestone of the site's texts that an event reports; None where it is of none."""
    match event:
        case ContactConfirmed():
            return Milestone.HANDSET_CONFIRMED
        case MessageAccepted(channel=Channel.SMS):
            return Milestone.ACCEPTED
        case MessageDelivered(channel=Channel.SMS):
            return Milestone.DELIVERED
        case MessageFailed(channel=Channel.SMS, reason=Reason.CARRIER_REFUSED):
            return Milestone.CARRIER_REFUSED
        case MessageFailed(channel=Channel.SMS, reason=Reason.ACCOUNT_REFUSED):
            return Milestone.ACCOUNT_REFUSED
        case _:
            return None


def is_texting(site: SiteConfigured) -> bool:
    """Some step may go out as a text."""
    return any(Channel.SMS in step.channel_order for step in site.campaign.steps)


def is_registered(site: SiteConfigured, texting: Texting) -> bool:
    """Whether the registration allows sending: it is not required there, or its owner reports it approved."""
    return site.country not in REGISTERED_COUNTRIES or texting.registration is Registration.APPROVED


def texting_steps(site: SiteConfigured, texting: Texting) -> list[Step]:
    """The checklist's steps about text messages."""
    steps = [sender_step(texting), test_phone_step(texting), handset_step(texting)]
    return [*steps, registration_step(texting)] if site.country in REGISTERED_COUNTRIES else steps


def sender_step(texting: Texting) -> Step:
    """The step of the account that sends."""
    key, title, at = "sender", "SMS account", texting.milestones.get
    if texting.sender is None:
        return Step(key, title, StepState.TODO, "No account that sends is stored yet.", "Enter it in Settings, SMS sender.")
    refused, accepted = at(Milestone.ACCOUNT_REFUSED), at(Milestone.ACCEPTED)
    if refused is not None and (accepted is None or accepted < refused):
        sentence = "Your carrier refuses the account."
        return broken(key, title, "account_refused", sentence, "Copy SID and token anew from your carrier's console.")
    named = f"Account …{texting.sender.account_ending}, number {texting.sender.from_number}."
    if accepted is None:
        return Step(key, title, StepState.CLAIMED, f"{named} Nothing was sent by it yet: send yourself a test.")
    return Step(key, title, StepState.VERIFIED, f"{named} Your carrier took a message.")


def test_phone_step(texting: Texting) -> Step:
    """The step of the merchant's own phone: its code came in by the very way that a STOP would."""
    key, title = "test_phone", "Your own phone"
    if not texting.phones:
        return Step(key, title, StepState.TODO, "No phone of yours has proved itself yet.", "Text the code on the page.")
    return Step(key, title, StepState.VERIFIED, "Your phone's text reached us, so that a shopper's STOP would.")


def handset_step(texting: Texting) -> Step:
    """A shopper's YES: the last link of the opt-in."""
    key, title = "handset", "Opt-in answered on a phone"
    if Milestone.HANDSET_CONFIRMED not in texting.milestones:
        return Step(key, title, StepState.TODO, "Nobody has answered the opt-in question with YES yet.")
    return Step(key, title, StepState.VERIFIED, "A phone answered the opt-in question with YES.")


def registration_step(texting: Texting) -> Step:
    """The step of the registration: claimed by the owner, proved by a message that arrived, broken by a carrier's refusal."""
    key, title, at = "registration", "Registration of your number", texting.milestones.get
    refused, delivered = at(Milestone.CARRIER_REFUSED), at(Milestone.DELIVERED)
    if refused is not None and (delivered is None or delivered < refused):
        sentence = "A carrier refused a message of your number, as carriers do when it is not registered."
        return broken(key, title, "carrier_refused", sentence, "Look at the registration in your carrier's console.")
    match texting.registration:
        case Registration.NOT_STARTED:
            sentence = "Carriers in your country take texts from registered numbers alone."
            return Step(key, title, StepState.TODO, sentence, "Register it in your carrier's console; it takes days.")
        case Registration.REJECTED:
            sentence = "The registration was rejected."
            return broken(key, title, "rejected", sentence, "Put right what the carrier names, and submit it again.")
        case Registration.SUBMITTED:
            return Step(key, title, StepState.CLAIMED, "Submitted; carriers take some days.")
        case Registration.APPROVED if delivered is None:
            return Step(key, title, StepState.CLAIMED, "Approved, you say; the first message that arrives proves it.")
        case Registration.APPROVED:
            return Step(key, title, StepState.VERIFIED, "Approved, and messages arrive.", proof=texting.reference)
        case _:
            assert_never(texting.registration)


def registration_in(form: Mapping[str, str]) -> tuple[Registration, str] | list[Fault]:
    """State and reference of the registration out of its form."""
    reference = form.get("reference", "").strip()
    if len(reference) > LONGEST_REFERENCE:
        return [Fault("reference", f"Use at most {LONGEST_REFERENCE} characters.")]
    try:
        return Registration(form.get("state", "")), reference
    except ValueError:
        return [Fault("state", "Choose the state from the list.")]


def part_price_in(form: Mapping[str, str]) -> int | list[Fault]:
    """A price in hundredths of a US cent, out of cents as people write them; or the form's faults."""
    text = form.get("part_price", "").strip()
    price = int(Decimal(text) * 100) if _CENTS.fullmatch(text) else DEAREST_PART + 1
    if price > DEAREST_PART:
        return [Fault("part_price", f"Give what one part costs, in cents, between 0 and {DEAREST_PART // 100}: such as 1.2.")]
    return price


def cost_in_words(parts: int, part_price: int) -> str:
    """About what a text costs, for people."""
    cents = Decimal(parts * part_price) / 100
    return f"about {cents.normalize():f} ¢"


def with_test_phone(site: SiteConfigured, index: str, now: datetime) -> SiteConfigured | None:
    """The settings with one more phone that gets messages in test mode; None where it is one already, or there are enough."""
    if index in site.test_recipients or len(site.test_recipients) >= MOST_TEST_PHONES:
        return None
    return next_revision(site, now, test_recipients=(*site.test_recipients, index))


def without_test_phone(site: SiteConfigured, index: str, now: datetime) -> SiteConfigured:
    """The settings without a test phone, which is like any other phone again."""
    return next_revision(site, now, test_recipients=tuple(each for each in site.test_recipients if each != index))


def spelled(digits: str) -> str:
    """A code as it is typed into a phone."""
    return f"TEST {digits[:4]} {digits[4:]}"
