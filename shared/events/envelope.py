"""The shape that every event shares, and the small values that several events carry."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypedDict
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("needs a time zone; write UTC with a trailing Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies beyond the calendar in UTC") from None


def to_wire_time(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and a Z, the only spelling of a time that we write."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


UtcDatetime = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(to_wire_time, when_used="json")]

VisitorId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
"""128 random bits made by the browser, base64url without padding; it means nothing outside its site."""

ContactIndex = Annotated[str, StringConstraints(pattern=r"^i1\.[a-z0-9]{1,16}\.[A-Za-z0-9_-]{22}$")]
"""``i1.<pepper id>.<HMAC>``: equal for equal contacts of one account, and worthless to anybody without the pepper."""

RandomId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""128 random bits in hexadecimal: attempts and markers."""

LinkId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
"""The first 16 bytes of a link token's SHA-256, in hexadecimal: names a link without opening it."""

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

PagePath = Annotated[str, StringConstraints(pattern=r"^/[^?#\s]*$", max_length=1024)]
"""A path on the shop's own host. Query strings may carry personal data and never get here."""

PathSuffix = Annotated[str, StringConstraints(pattern=r"^(\?[\w./=&-]+)?(#[!\w./=?&-]+)?$", min_length=2, max_length=256)]
"""What follows a path where that alone names no product, ``?ID=7`` or ``#/product/7``: of a query no more than this."""


ReaderKeyText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}:[A-Za-z0-9_-]{43}$")]
"""A public X25519 key, to which answers are sealed: its id, a colon and 32 bytes in base64url."""

SealedPart = Annotated[str, StringConstraints(pattern=r"^h1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]+$", max_length=400_000)]
"""Something that only the reader of one key can open: a reply, or a part of an answer."""

HostName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}\.[a-z][a-z0-9-]{0,62}(?::[0-9]{1,5})?$", max_length=253
    ),
]
"""A host by its name, and a port where that is not the usual one; no address in numbers."""


class Value(BaseModel):
    """A frozen part of an event. Readers ignore what they do not know."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True)


class Event(Value):
    """A fact in the past tense, addressed to nobody. One flat JSON object on the wire.

    ``occurred_at`` is when it happened as well as is known; ``received_at`` is when Beckon first received it.
    """

    silences: ClassVar[bool] = False
    """True when losing this record could let a message out: an unreadable one holds its site."""

    type: str
    version: int
    event_id: UUID
    site_id: UUID
    occurred_at: UtcDatetime
    received_at: UtcDatetime


class Envelope(TypedDict):
    """What every event has, besides the type and version of its class."""

    event_id: UUID
    site_id: UUID
    occurred_at: datetime
    received_at: datetime


def envelope(event_id: UUID, site_id: UUID, now: datetime) -> Envelope:
    """The envelope of an event that happens as it is emitted, to be unpacked into its builder."""
    return {"event_id": event_id, "site_id": site_id, "occurred_at": now, "received_at": now}


class Money(Value):
    """An amount in the currency's minor unit (ISO 4217), never a float, never a sum over currencies."""

    minor: int
    currency: CurrencyCode


class OpenSet(StrEnum):
    """A set that may grow without a new version: a member that this reader does not know reads as ``other``."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls("other") if isinstance(value, str) and value != "other" else None


class Channel(StrEnum):
    """A way to reach a shopper."""

    SMS = "sms"
    PUSH = "push"


class ContactKind(StrEnum):
    """What a sealed contact holds."""

    EMAIL = "email"
    PHONE = "phone"
    CUSTOMER = "customer"
    PUSH_ENDPOINT = "push_endpoint"
    NAME = "name"
    ADDRESS = "address"
    IP = "ip"
    USER_AGENT = "user_agent"


class SealedContact(Value):
    """A contact that only notify can open (``box``) and that everybody can compare (``index``)."""

    kind: ContactKind
    index: ContactIndex
    box: Annotated[str, StringConstraints(pattern=r"^h1\.[A-Za-z0-9_-]{1,32}\.[A-Za-z0-9_-]+$", max_length=4096)]


class Recipient(Value):
    """Whom a message is for: the kind of contact and its index, never the contact."""

    kind: ContactKind
    index: ContactIndex


class IdentityKind(StrEnum):
    """By what a report may name a shopper."""

    VISITOR = "visitor"
    CART = "cart"
    EMAIL = "email"
    PHONE = "phone"
    CUSTOMER = "customer"


class Identity(Value):
    """One key that a report names: a visitor id, a cart id, or the sealed index of a contact."""

    kind: IdentityKind
    index: Annotated[str, Field(min_length=1, max_length=64)]
    is_other_reading: bool = False
    """What the field of an identity named before may mean as well: it silences like that one."""


class Origin(OpenSet):
    """Where an event was made, decided by ingest from the site's hosts and never taken from the page."""

    STOREFRONT = "storefront"
    BACK_OFFICE = "back_office"
    BATCH = "batch"
    IMPORT = "import"
    UNKNOWN = "unknown"
    OTHER = "other"


class CartItem(Value):
    """One line of a cart as the shop reported it."""

    product_id: Annotated[str, Field(min_length=1, max_length=128)]
    name: Annotated[str, Field(max_length=256)] = ""
    quantity: Annotated[int, Field(ge=1, le=100_000)]
    unit_price: Money | None = None
    path: PagePath | None = None
    path_suffix: PathSuffix | None = None
    image_path: PagePath | None = None
    image_host: HostName | None = None
    """Where the picture is, if not on the shop's own host."""


class SealedAnswer(Event, frozen=True):
    """A part of what a service knows of a person, for who asked. ``parts`` of the same ``collected_at`` are the whole."""

    request_id: UUID
    collected_at: UtcDatetime
    part: Annotated[int, Field(ge=1, le=50)]
    parts: Annotated[int, Field(ge=1, le=50)]
    box: SealedPart
