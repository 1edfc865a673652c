"""site-signals: what ingest notices about a site's set-up, at once where it is rare, at most once a minute where it is not."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events.envelope import Event, Money, OpenSet, PagePath, Value
from shared.events.storefront import ReaderName

MOST_SAMPLED_LINES = 10
MOST_SPELLINGS = 32
"""Of one keyword, in a confirmation code that finds out which the platform replaces."""


class SignalKind(OpenSet):
    """What was noticed."""

    BEACON_SEEN = "beacon_seen"
    CART_SEEN = "cart_seen"
    ORDER_SEEN = "order_seen"
    OPT_IN_SEEN = "opt_in_seen"
    FOREIGN_ORIGIN = "foreign_origin"
    OVER_LIMIT = "over_limit"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    BOT = "bot"
    TOO_OLD = "too_old"
    UNREADABLE_FIELD = "unreadable_field"
    KEYWORD_NOT_REPLACED = "keyword_not_replaced"
    ORDER_ID_KEYWORD = "order_id_keyword"
    TOTAL_KEYWORD = "total_keyword"
    CURRENCY_KEYWORD = "currency_keyword"
    EMAIL_KEYWORD = "email_keyword"
    PHONE_KEYWORD = "phone_keyword"
    ORDER_BURST = "order_burst"
    CODE_IN_BODY = "code_in_body"
    REVOKED_KEY = "revoked_key"
    CLOCK_SKEW = "clock_skew"
    SERVER_CLOCK_SKEW = "server_clock_skew"
    SERVER_FIELD_UNREAD = "server_field_unread"
    SERVER_ORDER_READ = "server_order_read"
    PHONE_SEEN = "phone_seen"
    EMAIL_SEEN = "email_seen"
    WEBHOOK_SEEN = "webhook_seen"
    WEBHOOK_TESTED = "webhook_tested"
    WEBHOOK_REFUSED = "webhook_refused"
    CONFIRMATION_WITHOUT_ORDER = "confirmation_without_order"
    OPT_IN_PRE_TICKED = "opt_in_pre_ticked"
    READER_FAILED = "reader_failed"
    SOURCE_SYNCED = "source_synced"
    SOURCE_FAILED = "source_failed"
    OTHER = "other"


class SampledLine(Value):
    """A line of a sampled cart, as a shopper sees it."""

    name: Annotated[str, Field(max_length=256)]
    quantity: Annotated[int, Field(ge=1)]
    unit_price: Money | None = None


class SampledCart(Value):
    """A cart as it was read last, so that the merchant can compare it with the shop's own page. It names no shopper.

    ``further_lines`` are those past the first ten, ``unread_lines`` those that could not be read.
    """

    lines: Annotated[tuple[SampledLine, ...], Field(max_length=MOST_SAMPLED_LINES)]
    further_lines: Annotated[int, Field(ge=0)] = 0
    unread_lines: Annotated[int, Field(ge=0)] = 0
    total: Money | None = None
    reader: ReaderName | None = None


class SiteSignalled(Event, frozen=True):
    """``count`` times since the last signal of this kind; the sample is the first of them.

    ``offset_seconds`` is by how much a clock was behind ours; negative where it was ahead. ``position`` is which of the
    spellings that a confirmation code tried came back as a value, counted from 0.
    """

    type: Literal["site.signalled"] = "site.signalled"
    version: Literal[1] = 1
    kind: SignalKind
    count: Annotated[int, Field(ge=1)]
    path: PagePath | None = None
    host: Annotated[str, Field(max_length=253)] | None = None
    in_head: bool | None = None
    field: Annotated[str, Field(max_length=64)] | None = None
    offset_seconds: int | None = None
    position: Annotated[int, Field(ge=0, lt=MOST_SPELLINGS)] | None = None
    cart: SampledCart | None = None
