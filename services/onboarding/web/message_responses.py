"""What the API answers about messages: texting set up, the campaign and its previews."""

from datetime import datetime
from typing import Literal

from services.onboarding.web.responses import Body, SetupStep
from shared.events.settings import CampaignStep


class ShownSender(Body, frozen=True):
    """The account that sends texts, as far as it is shown."""

    account_ending: str
    from_number: str


class ShownRegistration(Body, frozen=True):
    """The number's registration as its owner reports it."""

    state: Literal["not_started", "submitted", "approved", "rejected"]
    reference: str


class ShownPhone(Body, frozen=True):
    """A phone of the merchant's own, by the code that stands for its number."""

    index: str
    proved_at: datetime


class Texting(Body, frozen=True):
    """Text messages of a site."""

    steps: list[SetupStep]
    sender: ShownSender | None
    registration: ShownRegistration
    test_phones: list[ShownPhone]
    part_price_hundredths_of_a_cent: int


class TestCode(Body, frozen=True):
    """What the merchant's phone has to text, and to which number."""

    code: str
    text_to: str | None


class Campaign(Body, frozen=True):
    """The campaign that is sent. ``abandoned_after_seconds``: how long a cart is silent before it counts as left behind."""

    id: str
    abandoned_after_seconds: int
    steps: list[CampaignStep]
    revision: int


class PushPreview(Body, frozen=True):
    """A push message as it is shown; with a ``fault`` it would not be sent."""

    number: int
    title: str
    body: str
    fault: str


class StepPreview(Body, frozen=True):
    """A text as it is sent and billed; with a ``fault`` it would not be sent."""

    number: int
    text: str
    encoding: str
    units: int
    parts: int
    fault: str
    push: PushPreview


class Previews(Body, frozen=True):
    """A draft on a phone."""

    steps: list[StepPreview]
