"""What the HTTP API answers about set-up and settings, as types: its document is made of them, a test holds answers to them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from shared.events.budgets import Budget
from shared.events.pointing import Pointing
from shared.events.signals import SampledCart


class Body(BaseModel, frozen=True, extra="forbid"):
    """An answer."""


class Done(Body, frozen=True):
    """It was done; there is nothing to return."""

    done: Literal[True]


class Moved(Body, frozen=True):
    """It was done; ``location`` is what shows it now."""

    location: str


class Token(Body, frozen=True):
    """A session of an API client."""

    token: str
    expires_in_seconds: int


class Codes(Body, frozen=True):
    """What a shop pastes, and where its platform posts orders and its carrier replies."""

    site_key: str
    tracking: str
    confirmation: str
    cartstack: str
    order_webhook: str | None
    replies_to: str


class SetupStep(Body, frozen=True):
    """A line of the checklist; ``fault`` names what is wrong, ``remedy`` what to do."""

    key: str
    title: str
    state: Literal["todo", "claimed", "verified", "broken"]
    sentence: str
    remedy: str
    proof: str
    fault: str


class Need(Body, frozen=True):
    """Something that a site needs before it goes live."""

    field: str
    done: bool
    title: str
    sentence: str
    page: str


class WatchedPage(Body, frozen=True):
    """A page on which the tracking code is looked for: when it was seen there last, and since when it no longer is.

    ``error`` is why the last check could not read the page.
    """

    kind: Literal["first", "cart", "product"]
    path: str
    error: str | None
    seen_at: datetime | None
    gone_at: datetime | None


class Statement(Body, frozen=True):
    """What the merchant has stated; ``reader`` read the cart that was shown with it, null for the shop's own code."""

    question: Literal["cart_is_right", "own_carts", "confirmation_page"]
    answer: str
    reader: str | None
    stated_at: datetime
    stated_by: str


class Setup(Body, frozen=True):
    """The checklist, the pages that are watched, the cart that was read last, and what the merchant stated of it."""

    steps: list[SetupStep]
    needs: list[Need]
    pages: list[WatchedPage]
    cart: SampledCart | None
    statements: list[Statement]


class GoingLive(Body, frozen=True):
    """What is missing."""

    mode: str
    needs: list[Need]


class ShownApiKey(Body, frozen=True):
    """A secret key, without its secret."""

    key_id: str


class Settings(Body, frozen=True):
    """A site's settings, without its secrets."""

    revision: int
    name: str
    mode: Literal["test", "observe", "live"]
    paused: bool
    stopped: bool
    site_keys: list[str]
    revoked_keys: list[str]
    api_keys: list[ShownApiKey]
    hosts: list[str]
    back_office_hosts: list[str]
    currency: str
    time_zone: str
    country: str
    platform: str
    abandoned_after_seconds: int
    hours: Literal["legal", "always"]
    control_share: float
    vapid_public: str | None
    worker_path: str | None
    consent_required: bool
    privacy_control: Literal["limit", "deny", "ignore"] | None
    field_capture: Literal["submit", "blur", "live"] | None
    has_sender: bool


class ShopLook(Body, frozen=True):
    """The look of what shoppers see, and the colours that follow from the shop's own, readable on white and on dark."""

    logo: str | None
    colour: str | None
    language: str
    fill: str
    on_fill: str
    accent: str
    dark_accent: str


class Limit(Body, frozen=True):
    """A budget that keeps messages back, or is raised. ``questions`` and ``reminders`` are how many since ``since``."""

    budget: Budget
    title: str
    meaning: str
    limit: int
    is_met: bool
    since: datetime
    last_at: datetime
    questions: int
    reminders: int
    can_be_raised_to: int | None
    raised_to: int | None
    raised_until: datetime | None


class LimitChange(Body, frozen=True):
    """What was changed of a limit. Without a number Beckon reckons it; ``until`` is null for every day."""

    changed_at: datetime
    changed_by: str
    budget: Budget
    was: int | None
    became: int | None
    until: datetime | None


class Limits(Body, frozen=True):
    """Daily limits: what is met or raised, the merchant's own, and what the operator allows."""

    limits: list[Limit]
    questions_per_day: int | None
    messages_per_day: int | None
    most_questions_per_day: int
    most_messages_per_day: int
    changes: list[LimitChange]


class PointingVersion(Body, frozen=True):
    """What was pointed out at once, and what it read in the browser of whoever did."""

    number: int
    made_at: datetime
    made_by: str
    undone_at: datetime | None
    pointing: Pointing
    readings: dict[str, str]


class Pointings(Body, frozen=True):
    """The pointing in use, and every version, the newest first."""

    pointing: Pointing | None
    versions: list[PointingVersion]


class PointingLink(Body, frozen=True):
    """The shop's cart page with a token that opens the picker there, returned this once."""

    link: str


class OpenedPointing(Body, frozen=True):
    """The shop of a token, and what is in use there."""

    shop: str
    expires_at: datetime
    pointing: Pointing | None


class SavedPointing(Body, frozen=True):
    """The number of the new version."""

    number: int


class NewKey(Body, frozen=True):
    """A secret key, returned this once."""

    key: str


class DeveloperLink(Body, frozen=True):
    """A link to the codes without a login, returned this once."""

    link: str


class OptOutCount(Body, frozen=True):
    """Whom the account never writes to, by number alone; ``stated_at``: when a list was brought, or that there is none."""

    opt_outs: int
    stated_at: datetime | None


class BadLine(Body, frozen=True):
    """A line that was not understood, by its number alone."""

    line: int
    remedy: str


class OptOutsRead(Body, frozen=True):
    """What came of a list: each line is counted once."""

    read: int
    repeated: int
    bad_lines: list[BadLine]


class Fault(Body, frozen=True):
    """A field that cannot be taken, and what to do."""

    field: str
    remedy: str


class Refusal(Body, frozen=True):
    """Why nothing was done: a reason as a code, and the fields where it lies in them."""

    reason: str
    remedy: str = ""
    faults: list[Fault] = []
