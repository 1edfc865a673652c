"""A campaign from its editor's form: which drafts may go live, and how each step will look on a phone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.onboarding.events import next_revision
from services.onboarding.shop.sites import (
    LIVE_ABANDONMENT_SECONDS,
    LIVE_STEP_SECONDS,
    LONGEST_ABANDONMENT_SECONDS,
    LONGEST_STEP_SECONDS,
    LONGEST_TEMPLATE,
    Fault,
)
from services.onboarding.web.durations import in_words, seconds_in
from shared.events.envelope import Channel
from shared.events.settings import CampaignStep, PushWords, SiteConfigured
from shared.messages.push import DEFAULT_WORDS, render_push
from shared.messages.rendering import DEFAULT_TEMPLATE, SAMPLE_ITEMS, SAMPLE_TOKEN, NothingToRender, ReminderFields, render
from shared.messages.segments import count
from shared.runtime.settings import Profile

MOST_STEPS = 5
"""As many as ``site.configured`` holds."""
LONGEST_PUSH_TITLE, LONGEST_PUSH_BODY = 120, 400
"""Characters, with their fields unfilled; what is shown is shorter (shared/messages/push.py)."""
ONE_SMS_COUNTRIES = frozenset({"US", "CA"})
"""Where one text message for each cart is the limit: a second one would be planned and never sent."""
CHANNELS = {"sms": (Channel.SMS,), "push_sms": (Channel.PUSH, Channel.SMS), "push": (Channel.PUSH,)}


@dataclass(frozen=True)
class StepDraft:
    """One step as its author has typed it so far; nothing of it needs to be right."""

    number: int
    delay_seconds: str
    channels: str
    template: str
    push_title: str = DEFAULT_WORDS.title
    push_body: str = DEFAULT_WORDS.body

    @property
    def has_text(self) -> bool:
        """Whether the step may go out as a text message."""
        return Channel.SMS in CHANNELS.get(self.channels, ())

    @property
    def has_push(self) -> bool:
        """Whether the step may go out as a push message."""
        return Channel.PUSH in CHANNELS.get(self.channels, ())


@dataclass(frozen=True)
class Preview:
    """What a phone would show, and what a carrier would bill. With a ``fault`` nothing would be sent."""

    number: int
    text: str
    encoding: str
    units: int
    parts: int
    fault: str


@dataclass(frozen=True)
class PushPreview:
    """What a locked screen would show. With a ``fault`` nothing would be sent."""

    number: int
    title: str
    body: str
    fault: str


def drafts_of(site: SiteConfigured) -> list[StepDraft]:
    """The live campaign, as the editor shows it first."""
    return [
        StepDraft(number, str(step.delay_seconds), channels_named(step.channel_order), step.template, *push_texts_of(step))
        for number, step in enumerate(site.campaign.steps, start=1)
    ]


def push_texts_of(step: CampaignStep) -> tuple[str, str]:
    """Title and body of a push message: ours where the merchant has written none."""
    texts = step.push or DEFAULT_WORDS
    return texts.title, texts.body


def channels_named(order: tuple[Channel, ...]) -> str:
    """The name of an order of channels in the form."""
    return next((name for name, channels in CHANNELS.items() if channels == order), "push_sms")


def drafts_in(form: Mapping[str, str], site: SiteConfigured) -> list[StepDraft]:
    """The steps of a form. A later step without a delay is none; what a form does not name of a step stays as it is live."""
    live = {draft.number: draft for draft in drafts_of(site)}
    drafts = [
        draft_in(form, live.get(number, StepDraft(number, "", "push_sms", DEFAULT_TEMPLATE)))
        for number in range(1, MOST_STEPS + 1)
    ]
    return [draft for draft in drafts if draft.number == 1 or draft.delay_seconds]


def draft_in(form: Mapping[str, str], live: StepDraft) -> StepDraft:
    """One step of a form."""
    number = live.number
    return StepDraft(
        number,
        duration_in(form, f"delay_seconds_{number}", f"delay_{number}"),
        form.get(f"channels_{number}", live.channels),
        form.get(f"template_{number}", live.template),
        form.get(f"push_title_{number}", live.push_title).strip(),
        form.get(f"push_body_{number}", live.push_body).strip(),
    )


def duration_in(form: Mapping[str, str], in_seconds: str, name: str) -> str:
    """Seconds, which pages send as an amount and a unit. Empty for none; as it was typed where it is none."""
    if name in form:
        return seconds_in(form[name].strip(), form.get(f"{name}_unit", "minutes"))
    return form.get(in_seconds, "").strip()


def wait_in(form: Mapping[str, str]) -> str:
    """After how many seconds of silence a cart counts as left behind."""
    return duration_in(form, "abandoned_after_seconds", "abandoned_after")


def preview(draft: StepDraft, fields: ReminderFields) -> Preview:
    """Rendered by the very function that sends."""
    try:
        text = render(draft.template, fields)
    except NothingToRender as missing:
        return Preview(draft.number, "", "", 0, 0, as_sentence(missing))
    size = count(text)
    return Preview(draft.number, text, size.encoding, size.units, size.parts, "")


def push_preview(draft: StepDraft, fields: ReminderFields) -> PushPreview:
    """Rendered by the very function that sends."""
    try:
        shown = render_push(push_texts(draft), fields)
    except NothingToRender as missing:
        return PushPreview(draft.number, "", "", as_sentence(missing))
    return PushPreview(draft.number, shown.title, shown.body, "")


def push_texts(draft: StepDraft) -> PushWords | None:
    """As they are stored: none where they are ours, so that better ones of ours reach who never wrote any.

    Raises:
        NothingToRender: a template that no message could have.
    """
    if (draft.push_title, draft.push_body) == (DEFAULT_WORDS.title, DEFAULT_WORDS.body):
        return None
    for name, text, longest in (("title", draft.push_title, LONGEST_PUSH_TITLE), ("body", draft.push_body, LONGEST_PUSH_BODY)):
        if not 1 <= len(text) <= longest:
            raise NothingToRender(f"the {name} of the push message needs between 1 and {longest} characters")
    return PushWords(title=draft.push_title, body=draft.push_body)


def as_sentence(missing: NothingToRender) -> str:
    """The renderer's error as a sentence for people."""
    text = str(missing)
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def sample_link(notify: str) -> str:
    """A link for previews, as long as those that are sent."""
    return f"{notify}/l/{SAMPLE_TOKEN}"


def with_campaign(
    site: SiteConfigured, form: Mapping[str, str], link: str, profile: Profile, now: datetime
) -> SiteConfigured | list[Fault]:
    """The settings with the draft as their campaign, whole; or the draft's faults."""
    drafts = drafts_in(form, site)
    if faults := campaign_faults(site, form, drafts, link, profile):
        return faults
    steps = tuple(
        CampaignStep(
            delay_seconds=int(each.delay_seconds),
            channel_order=CHANNELS[each.channels],
            template=each.template,
            push=push_texts(each),
        )
        for each in drafts
    )
    campaign = site.campaign.model_copy(update={"steps": steps})
    return next_revision(site, now, campaign=campaign, abandoned_after_seconds=int(wait_in(form)))


def campaign_faults(
    site: SiteConfigured, form: Mapping[str, str], drafts: list[StepDraft], link: str, profile: Profile
) -> list[Fault]:
    """Every fault of a draft at once, each with its field."""
    least_wait, least_delay = (1, 0) if profile is Profile.DEMO else (LIVE_ABANDONMENT_SECONDS, LIVE_STEP_SECONDS)
    faults = []
    if not is_between(wait_in(form), least_wait, LONGEST_ABANDONMENT_SECONDS):
        between = f"between {in_words(least_wait)} and {in_words(LONGEST_ABANDONMENT_SECONDS)}"
        faults.append(Fault("abandoned_after_seconds", f"A cart counts as abandoned after {between}."))
    for draft in drafts:
        faults += step_faults(draft, ReminderFields(site.name, SAMPLE_ITEMS, link), least_delay)
    if not faults:
        faults += [
            Fault(f"delay_seconds_{later.number}", f"Reminder {later.number} comes after reminder {sooner.number}.")
            for sooner, later in pairwise(drafts)
            if int(sooner.delay_seconds) >= int(later.delay_seconds)
        ]
    if site.country in ONE_SMS_COUNTRIES:
        sentence = "In your shop's country a cart may get one text message. Let all but one of the reminders be push messages."
        texts = [draft.number for draft in drafts if draft.has_text]
        faults += [Fault(f"channels_{number}", sentence) for number in texts[1:2]]
    return faults


def step_faults(draft: StepDraft, fields: ReminderFields, least_delay: int) -> list[Fault]:
    """What is wrong with one step."""
    number, faults = draft.number, []
    if not is_between(draft.delay_seconds, least_delay, LONGEST_STEP_SECONDS):
        between = f"between {in_words(least_delay)} and {in_words(LONGEST_STEP_SECONDS)}"
        faults.append(Fault(f"delay_seconds_{number}", f"Reminder {number} comes {between} after the cart was left."))
    if draft.channels not in CHANNELS:
        faults.append(Fault(f"channels_{number}", f"Choose the channels of reminder {number} from the list."))
    if len(draft.template) > LONGEST_TEMPLATE:
        faults.append(Fault(f"template_{number}", f"Use at most {LONGEST_TEMPLATE:,} characters."))
    elif fault := preview(draft, fields).fault:
        faults.append(Fault(f"template_{number}", f"Reminder {number}: {fault}"))
    if fault := push_preview(draft, fields).fault:
        faults.append(Fault(f"push_body_{number}", f"Reminder {number}: {fault}"))
    return faults


def is_between(text: str, least: int, most: int) -> bool:
    """Whether a text is a whole number within these bounds."""
    return text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most
