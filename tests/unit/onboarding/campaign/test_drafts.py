"""What the editor shows is what is sent, and what could not be sent is not saved."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notify.delivery.merchant_test import merchant_test_of
from services.onboarding.campaign.drafts import CHANNELS, StepDraft, preview, sample_link, with_campaign
from services.onboarding.campaign.routes import live_form
from services.onboarding.events import next_revision
from services.onboarding.shop.push_keys import new_push_keys
from services.onboarding.shop.sites import Readers, new_site
from services.onboarding.web.durations import amount_and_unit, seconds_in
from shared.events.envelope import Channel, ContactKind, SealedContact
from shared.events.merchant import TestMessageRequested as Requested
from shared.events.settings import Campaign, CampaignStep, SiteConfigured
from shared.messages.rendering import DEFAULT_TEMPLATE, SAMPLE_ITEMS, ReminderFields
from shared.runtime.security.sealing import Pepper, ReaderPublicKey
from shared.runtime.settings import Profile

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
SITE = UUID("0198f0aa-0000-7000-8000-000000000001")
LINK = sample_link("https://go.example")
READERS = Readers(*(ReaderPublicKey(kid, X25519PrivateKey.generate().public_key()) for kid in ("n1", "g1", "s1")))
MADE = new_site(
    {"name": "Harbor & Vine", "host": "shop.example"},
    SITE,
    SITE,
    "bk_0123456789abcdef",
    Pepper("p1", b"k" * 32),
    new_push_keys(),
    READERS,
    NOON,
)
PHONE = SealedContact(kind=ContactKind.PHONE, index="i1.p1." + "A" * 22, box="h1.n1.AAAA")
FORM = {"abandoned_after_seconds": "1800", "delay_seconds_1": "1800", "channels_1": "sms", "template_1": DEFAULT_TEMPLATE}
SECOND = {"delay_seconds_2": "86400", "channels_2": "push", "template_2": DEFAULT_TEMPLATE}
PIECES = st.sampled_from(
    ["{brand}", "{items}", "{link}", "Reply STOP", "a\u2019b", "ł", "€", "🛒", "shop.com", " ", "{oops}", "\n", "x" * 90]
)


def a_site() -> SiteConfigured:
    assert isinstance(MADE, SiteConfigured)
    return MADE


@settings(max_examples=1000)
@given(
    pieces=st.lists(PIECES, max_size=12),
    complete=st.booleans(),
    name=st.text(min_size=1, max_size=40),
)
def test_the_preview_is_what_notify_sends(pieces: list[str], complete: bool, name: str) -> None:
    template = " ".join([*pieces, *(["{brand} {link} STOP"] if complete else [])])[:1000] or "x"
    step = CampaignStep(delay_seconds=0, channel_order=(Channel.SMS,), template=template)
    site = next_revision(a_site(), NOON, name=name, campaign=Campaign(id="default", steps=(step,)))
    wanted = Requested(
        event_id=SITE, site_id=SITE, occurred_at=NOON, received_at=NOON, channel=Channel.SMS, step=1, contact=PHONE
    )

    sent = merchant_test_of(wanted, site, LINK, "a" * 32, NOON)
    shown = preview(StepDraft(1, "0", "sms", template), ReminderFields(name, SAMPLE_ITEMS, LINK))

    assert shown.text == ("" if sent is None else sent.body)
    assert bool(shown.fault) is (sent is None)


def test_a_draft_becomes_the_campaign() -> None:
    changed = with_campaign(a_site(), {**FORM, **SECOND}, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(changed, SiteConfigured)
    assert [step.channel_order for step in changed.campaign.steps] == [(Channel.SMS,), (Channel.PUSH,)]
    assert [step.delay_seconds for step in changed.campaign.steps] == [1800, 86400]
    assert changed.revision == a_site().revision + 1


def test_a_second_step_without_a_delay_is_none() -> None:
    changed = with_campaign(a_site(), {**FORM, **SECOND, "delay_seconds_2": " "}, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(changed, SiteConfigured)
    assert len(changed.campaign.steps) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"abandoned_after_seconds": "3"}, "abandoned_after_seconds"),
        ({"abandoned_after_seconds": "١٨٠٠"}, "abandoned_after_seconds"),
        ({"delay_seconds_1": "-1"}, "delay_seconds_1"),
        ({"delay_seconds_1": "9" * 5000}, "delay_seconds_1"),
        ({"delay_seconds_2": "60"}, "delay_seconds_2"),
        ({"channels_1": "telegram"}, "channels_1"),
        ({"channels_2": "sms"}, "channels_2"),
        ({"channels_2": "push_sms"}, "channels_2"),
        ({"template_1": "{brand}: {link}"}, "template_1"),
        ({"template_2": "x" * 1001}, "template_2"),
    ],
)
def test_a_draft_that_could_not_be_sent_is_refused_by_field(change: dict[str, str], field: str) -> None:
    outcome = with_campaign(a_site(), {**FORM, **SECOND, **change}, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(outcome, list)
    assert [fault.field for fault in outcome] == [field]


def five_steps() -> SiteConfigured:
    """A shop whose campaign has as many steps as there can be."""
    form = dict(FORM)
    for number in range(2, 6):
        form |= {
            f"delay_seconds_{number}": str(number * 3600),
            f"channels_{number}": "push",
            f"push_title_{number}": f"T{number}",
        }
    made = with_campaign(a_site(), form, LINK, Profile.PRODUCTION, NOON)
    assert isinstance(made, SiteConfigured)
    return made


def test_a_campaign_of_five_steps_is_kept_whole_by_the_editor() -> None:
    site = five_steps()
    saved = with_campaign(site, live_form(site), LINK, Profile.PRODUCTION, NOON)

    assert isinstance(saved, SiteConfigured)
    assert len(saved.campaign.steps) == 5
    assert saved.campaign == site.campaign


def test_what_a_form_does_not_name_of_a_step_stays_as_it_is() -> None:
    site = five_steps()
    delays = {f"delay_seconds_{number}": str(number * 7200) for number in range(1, 6)}
    saved = with_campaign(site, {"abandoned_after_seconds": "900", **delays}, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(saved, SiteConfigured)
    assert [step.delay_seconds for step in saved.campaign.steps] == [7200 * number for number in range(1, 6)]
    assert [step.push for step in saved.campaign.steps] == [step.push for step in site.campaign.steps]
    assert [step.channel_order for step in saved.campaign.steps] == [step.channel_order for step in site.campaign.steps]


@pytest.mark.parametrize(
    ("amount", "unit", "seconds"),
    [("30", "minutes", 1800), ("1.5", "hours", 5400), ("1,5", "hours", 5400), ("2", "days", 172_800), ("90", "seconds", 90)],
)
def test_pages_show_durations_in_everyday_units(amount: str, unit: str, seconds: int) -> None:
    form = {**FORM, "abandoned_after": "10", "abandoned_after_unit": "minutes", "delay_1": amount, "delay_1_unit": unit}
    saved = with_campaign(a_site(), form, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(saved, SiteConfigured)
    assert (saved.abandoned_after_seconds, saved.campaign.steps[0].delay_seconds) == (600, seconds)


@pytest.mark.parametrize("amount", ["soon", "", "-1", "1e3", "1,000", "1.000", "٣", "9" * 5000, "8", "0"])
def test_a_duration_that_cannot_be_read_or_be_so_is_refused_by_its_field(amount: str) -> None:
    form = {**FORM, "delay_1": amount, "delay_1_unit": "days"}
    outcome = with_campaign(a_site(), form, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(outcome, list)
    assert [fault.field for fault in outcome] == ["delay_seconds_1"]
    assert "between 1 minute and 7 days" in outcome[0].sentence


@given(st.integers(1, 604_800))
def test_what_a_form_shows_of_a_duration_is_read_back_as_the_same(seconds: int) -> None:
    assert seconds_in(*amount_and_unit(str(seconds))) == str(seconds)


@given(st.text(max_size=12), st.text(max_size=8))
def test_whatever_is_typed_as_a_duration_is_seconds_or_stays_as_it_was_typed(amount: str, unit: str) -> None:
    read = seconds_in(amount, unit)

    assert read == amount or read.isdigit()


def test_where_the_law_allows_two_texts_two_are_saved() -> None:
    site = next_revision(a_site(), NOON, country="DE")

    changed = with_campaign(site, {**FORM, **SECOND, "channels_2": "sms"}, LINK, Profile.PRODUCTION, NOON)

    assert isinstance(changed, SiteConfigured)


@pytest.mark.parametrize("name", sorted(CHANNELS))
def test_one_curly_letter_makes_a_second_part(name: str) -> None:
    draft = StepDraft(1, "0", name, DEFAULT_TEMPLATE)
    fields = ReminderFields("Harbor & Vine", 2, LINK)

    basic, polish = preview(draft, fields), preview(replace(draft, template=DEFAULT_TEMPLATE + " ł"), fields)

    assert (basic.encoding, basic.parts) == ("GSM-7", 1)
    assert (polish.encoding, polish.parts) == ("UCS-2", 3)
