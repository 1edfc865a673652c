"""Text messages of a site: each state of sender, registration and own phone has its sentence, and prices are read."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.onboarding.live.gaps import needs_of
from services.onboarding.setup.checklist import Seen, Step, StepState
from services.onboarding.shop.sites import Fault
from services.onboarding.texting.senders import (
    MOST_TEST_PHONES,
    Milestone,
    OwnPhone,
    Registration,
    Sender,
    Texting,
    cost_in_words,
    milestone_of,
    part_price_in,
    registration_in,
    texting_steps,
    with_test_phone,
)
from shared.events.envelope import Channel, ContactKind, Recipient, SealedContact
from shared.events.message import ContactConfirmed, MessageAccepted, MessageDelivered, MessageFailed, MessageKind
from shared.events.reasons import Reason
from shared.events.settings import Campaign, CampaignStep
from tests.support.builders.onboarding import NOON, a_site

SENDER = Sender("12ab", "+12025550100")
EARLIER = NOON - timedelta(hours=1)
INDEX = "i1.p1.AbCdEfGhIjKlMnOpQrStUv"
PHONE = OwnPhone(SealedContact(kind=ContactKind.PHONE, index=INDEX, box="h1.n1.c2VhbGVk"), NOON)


def a_texting(
    sender: Sender | None = SENDER, registration: Registration = Registration.APPROVED, phones: tuple[OwnPhone, ...] = (),
    **milestones: datetime,
) -> Texting:  # fmt: skip
    return Texting(sender, registration, "CM-1", phones, {Milestone(kind): at for kind, at in milestones.items()})


def step(key: str, texting: Texting, country: str = "US") -> Step | None:
    site = a_site().model_copy(update={"country": country})
    return {each.key: each for each in texting_steps(site, texting)}.get(key)


@pytest.mark.parametrize(
    ("key", "texting", "state", "fault"),
    [
        ("sender", a_texting(sender=None), StepState.TODO, ""),
        ("sender", a_texting(), StepState.CLAIMED, ""),
        ("sender", a_texting(accepted=NOON), StepState.VERIFIED, ""),
        ("sender", a_texting(accepted=EARLIER, account_refused=NOON), StepState.BROKEN, "account_refused"),
        ("sender", a_texting(accepted=NOON, account_refused=EARLIER), StepState.VERIFIED, ""),
        ("registration", a_texting(registration=Registration.NOT_STARTED), StepState.TODO, ""),
        ("registration", a_texting(registration=Registration.SUBMITTED), StepState.CLAIMED, ""),
        ("registration", a_texting(registration=Registration.REJECTED), StepState.BROKEN, "rejected"),
        ("registration", a_texting(), StepState.CLAIMED, ""),
        ("registration", a_texting(delivered=NOON), StepState.VERIFIED, ""),
        ("registration", a_texting(delivered=EARLIER, carrier_refused=NOON), StepState.BROKEN, "carrier_refused"),
        ("test_phone", a_texting(), StepState.TODO, ""),
        ("test_phone", a_texting(phones=(PHONE,)), StepState.VERIFIED, ""),
        ("handset", a_texting(), StepState.TODO, ""),
        ("handset", a_texting(handset_confirmed=NOON), StepState.VERIFIED, ""),
    ],
)
def test_each_state_is_shown_and_what_is_broken_has_its_remedy(
    key: str, texting: Texting, state: StepState, fault: str
) -> None:
    found = step(key, texting)

    assert found is not None
    assert (found.state, found.fault) == (state, fault)
    assert found.sentence.endswith(".")
    assert bool(found.remedy) or state is not StepState.BROKEN


def test_a_registration_is_asked_for_only_where_carriers_do() -> None:
    assert step("registration", a_texting(), "US") is not None
    assert step("registration", a_texting(), "DE") is None


def test_who_sends_no_text_needs_no_account_and_no_registration() -> None:
    nothing = a_texting(sender=None, registration=Registration.NOT_STARTED)
    pushed = CampaignStep(delay_seconds=60, channel_order=(Channel.PUSH,), template="{brand} {link} STOP")
    unseen = Seen({}, None, NOON)
    pushing = a_site().model_copy(update={"campaign": Campaign(id="default", steps=(pushed,))})

    missing = [
        {need.field for need in needs_of(site, unseen, nothing, "https://n.example/l/0", opt_outs_stated=True) if not need.done}
        for site in (a_site(), pushing)
    ]

    assert missing[0] >= {"sender", "registration"}
    assert missing[1] == {"tracking", "confirmation", "carts", "contacts"}


def test_milestones_are_of_texts_alone() -> None:
    attempt: dict[str, Any] = {"attempt_id": "a" * 32, "kind": MessageKind.REMINDER}
    stamp: dict[str, Any] = {"event_id": UUID(int=1), "site_id": UUID(int=2), "occurred_at": NOON, "received_at": NOON}

    def milestones_of(channel: Channel) -> list[Milestone | None]:
        failed = MessageFailed(**stamp, **attempt, channel=channel, reason=Reason.CARRIER_REFUSED, final=True)
        accepted = MessageAccepted(**stamp, **attempt, channel=channel)
        delivered = MessageDelivered(**stamp, **attempt, channel=channel)
        return [milestone_of(event) for event in (accepted, delivered, failed)]

    yes = ContactConfirmed(
        **stamp, visitor_id="v" * 22, recipient=Recipient(kind=ContactKind.PHONE, index=INDEX), consent_event_id=UUID(int=3)
    )

    assert milestones_of(Channel.SMS) == [Milestone.ACCEPTED, Milestone.DELIVERED, Milestone.CARRIER_REFUSED]
    assert milestones_of(Channel.PUSH) == [None, None, None]
    assert milestone_of(yes) is Milestone.HANDSET_CONFIRMED


@pytest.mark.parametrize(("text", "price"), [("1.2", 120), ("0.83", 83), ("12", 1200), ("0", 0), (" 1.5 ", 150)])
def test_a_price_is_read_in_cents(text: str, price: int) -> None:
    assert part_price_in({"part_price": text}) == price


@pytest.mark.parametrize("text", ["", "x", "-1", "101", "NaN", "Infinity", "1e999999", "1,2", "0.833", "\u0661"])
def test_what_is_no_price_is_refused_with_its_field(text: str) -> None:
    refused = part_price_in({"part_price": text})

    assert isinstance(refused, list)
    assert [fault.field for fault in refused] == ["part_price"]


@pytest.mark.parametrize(
    ("parts", "price", "words"), [(1, 120, "about 1.2 ¢"), (2, 83, "about 1.66 ¢"), (3, 1000, "about 30 ¢")]
)
def test_a_cost_is_written_out(parts: int, price: int, words: str) -> None:
    assert cost_in_words(parts, price) == words


def test_a_registration_is_one_of_the_list() -> None:
    assert registration_in({"state": "approved", "reference": " CM-1 "}) == (Registration.APPROVED, "CM-1")
    assert isinstance(registration_in({"state": "granted"}), list)
    too_long = registration_in({"state": "approved", "reference": "x" * 81})
    assert [type(fault) for fault in too_long] == [Fault]


def test_a_phone_is_added_once_and_there_is_an_end() -> None:
    site, others = a_site(), tuple(f"i1.p1.{number:022d}" for number in range(MOST_TEST_PHONES))

    first = with_test_phone(site, INDEX, NOON)

    assert first is not None
    assert first.test_recipients == (INDEX,)
    assert with_test_phone(first, INDEX, NOON) is None
    assert with_test_phone(site.model_copy(update={"test_recipients": others}), INDEX, NOON) is None
