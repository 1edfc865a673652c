"""site-settings: a site as its merchant configured it, whole. Written by onboarding, compacted by site."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events.budgets import DailyLimits
from shared.events.envelope import Channel, ContactIndex, CurrencyCode, Event, HostName, PagePath, Value
from shared.events.pointing import Pointing

LONGEST_SECONDS = 30 * 24 * 3600
"""No wait is longer. A second bound than the forms' own: what readers add to a moment must stay a date."""

SiteKey = Annotated[str, StringConstraints(pattern=r"^bk_[0-9a-hjkmnp-tv-z]{16}$")]
"""``bk_`` and 16 digits of Crockford's base32: public, revocable, several per site, never a Kafka key."""


NameHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]
"""Of an item's name, as ``shared/messages/item_names.py`` makes it."""


PictureAddress = Annotated[
    str,
    StringConstraints(
        pattern=r"^(?:https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|http://[a-z0-9-]+\.localhost)(?::[0-9]{1,5})?/[A-Za-z0-9/._~%!&()*+,=:@?-]*$",
        max_length=1024,
    ),
]
"""Of a picture that shoppers are shown: over TLS, but on names that never leave a machine. No quote, space or semicolon."""


class Look(Value, frozen=True):
    """How the push question and the page of a saved cart are dressed: a picture, a colour and a language of the shop's own.

    ``language`` is a code such as ``es``, used where a browser names none that there are texts in.
    """

    logo: PictureAddress | None = None
    colour: Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None


class SiteMode(StrEnum):
    """What may leave a site. Being paused is not a mode: it is an action, and passes the settings by."""

    TEST = "test"
    OBSERVE = "observe"
    LIVE = "live"


class Hours(StrEnum):
    """When a recipient may be written to."""

    LEGAL = "legal"
    ALWAYS = "always"


class PrivacyControl(StrEnum):
    """What a shopper's Global Privacy Control does (https://w3c.github.io/gpc/): ``limit`` reads no field before it is
    submitted and offers no push, ``deny`` waits for consent, ``ignore`` is for shops whose law knows no such signal.
    """

    LIMIT = "limit"
    DENY = "deny"
    IGNORE = "ignore"


class FieldCapture(StrEnum):
    """When the snippet reads e-mail and phone fields: with their form, when a field is left, or also while one is typed in as
    the page is hidden or left. ``live`` counts only where shoppers are asked first.
    """

    SUBMIT = "submit"
    BLUR = "blur"
    LIVE = "live"


class ApiKey(Value, frozen=True):
    """A secret key of the order API: its public half and the SHA-256 of its secret, in hexadecimal."""

    key_id: Annotated[str, Field(pattern=r"^[0-9a-z]{8,32}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Secret(Value, frozen=True):
    """A secret boxed (HPKE) for exactly one reader."""

    name: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    reader: Literal["notify", "ingest", "sources"] = Field(alias="for")
    box: Annotated[str, Field(max_length=8192)]


class PushWords(Value, frozen=True):
    """The text of a push message: a title and a line below it, with the fields {brand} and {items}."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    body: Annotated[str, Field(min_length=1, max_length=400)]


class CampaignStep(Value, frozen=True):
    """One reminder: how long after the abandonment, on which channels in which order, in which words.

    ``template`` is the text message; ``push`` the push message, ours where the merchant has written none.
    """

    delay_seconds: Annotated[int, Field(ge=0, le=LONGEST_SECONDS)]
    channel_order: tuple[Channel, ...]
    template: Annotated[str, Field(min_length=1, max_length=1000)]
    push: PushWords | None = None


class Campaign(Value, frozen=True):
    """The steps that follow an abandonment."""

    id: Annotated[str, Field(min_length=1, max_length=64)]
    steps: Annotated[tuple[CampaignStep, ...], Field(max_length=5)]


class Caps(Value, frozen=True):
    """How many reminders one recipient may get from one account within 24 hours."""

    per_recipient_per_day: Annotated[int, Field(ge=1, le=50)] = 3


class SiteConfigured(Event, frozen=True):
    """The whole snapshot; the highest ``revision`` wins.

    Secrets known by name: ``pepper`` (for ingest and for notify: JSON ``{"id", "key"}``, key base64url), ``sms_sender`` (for
    notify: JSON ``{"account_sid", "auth_token", "from_number"}``) and ``vapid`` (for notify: JSON ``{"public", "private"}`` in
    base64url; ``vapid_public`` is the public half of the newest), and ``order_webhook`` (for ingest: JSON ``{"secret"}``, with
    which the shop's platform signs the orders that it reports).

    ``page_names`` are items' names that the shop's own pages were seen to bear, the newest first: anybody can name an item, and
    people are shown these alone. ``picture_hosts`` are where those pages have pictures of their products, besides the shop's
    own hosts.

    With ``consent_required`` the snippet stores and sends nothing before the shopper's consent. Without a
    ``privacy_control`` it is ``limit``, without a ``field_capture`` ``blur``.

    ``pointing`` has the selectors that the merchant pointed out for a shop that no other reader knows.

    Without a ``look`` shoppers are shown the shop's name alone, in English or their browser's language.
    """

    type: Literal["site.configured"] = "site.configured"
    version: Literal[1] = 1
    revision: Annotated[int, Field(ge=1)]
    account_id: UUID
    name: Annotated[str, Field(min_length=1, max_length=64)]
    mode: SiteMode
    site_keys: tuple[SiteKey, ...]
    revoked_keys: Annotated[tuple[SiteKey, ...], Field(max_length=20)] = ()
    api_keys: tuple[ApiKey, ...] = ()
    hosts: tuple[str, ...]
    back_office_hosts: tuple[str, ...] = ()
    currency: CurrencyCode
    time_zone: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "US"
    platform: str
    campaign: Campaign
    abandoned_after_seconds: Annotated[int, Field(ge=1, le=LONGEST_SECONDS)]
    hours: Hours = Hours.LEGAL
    control_share: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    caps: Caps = Caps()
    daily_limits: DailyLimits | None = None
    test_recipients: tuple[ContactIndex, ...] = ()
    vapid_public: str | None = None
    worker_path: PagePath | None = None
    has_order_source: bool = False
    secrets: tuple[Secret, ...] = ()
    page_names: Annotated[tuple[NameHash, ...], Field(max_length=400)] = ()
    picture_hosts: Annotated[tuple[HostName, ...], Field(max_length=8)] = ()
    pointing: Pointing | None = None
    consent_required: bool = False
    privacy_control: PrivacyControl | None = None
    field_capture: FieldCapture | None = None
    look: Look | None = None
