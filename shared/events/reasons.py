"""Every reason for a silence, a wait or a failure (promise P4): closed for writers, open for readers.

The console has a sentence for each member; a test walks all of them to the screen.
"""

from shared.events.envelope import OpenSet


class Reason(OpenSet):
    """Why a message did not go out, or not yet."""

    # The purchase check, by orders.
    BOUGHT = "bought"
    BOUGHT_UNCERTAIN = "bought_uncertain"
    EMPTIED = "emptied"
    EXPIRED = "expired"
    ERASED = "erased"
    SHOPPER_RETURNED = "shopper_returned"
    IDENTITY_UNCLEAR = "identity_unclear"
    BACK_OFFICE_BROWSER = "back_office_browser"
    WITHDRAWN = "withdrawn"
    TOO_LATE = "too_late"
    # Held back on purpose, by orders.
    CONTROL_GROUP = "control_group"
    OBSERVING = "observing"
    TEST_MODE = "test_mode"
    # Not yet, by orders.
    PAUSED = "paused"
    ON_HOLD = "on_hold"
    SOURCE_STALE = "source_stale"
    SETTINGS_UNREAD = "settings_unread"
    # How and whether it may, by notify.
    NO_CONSENT = "no_consent"
    NOT_CONFIRMED = "not_confirmed"
    ASKED_RECENTLY = "asked_recently"
    CONTESTED = "contested"
    OVER_BUDGET = "over_budget"
    SUPPRESSED = "suppressed"
    OVER_CAP = "over_cap"
    ONE_PER_CART = "one_per_cart"
    OUTSIDE_HOURS = "outside_hours"
    COUNTRY_RULE = "country_rule"
    NOTHING_TO_SAY = "nothing_to_say"
    NO_CHANNEL = "no_channel"
    NO_SENDER = "no_sender"
    # What became of an attempt, by notify.
    GRANT_NOT_ANSWERED = "grant_not_answered"
    NOT_SENT = "not_sent"
    CONTACT_INVALID = "contact_invalid"
    CARRIER_REFUSED = "carrier_refused"
    ACCOUNT_REFUSED = "account_refused"
    NOT_DELIVERED = "not_delivered"
    GIVEN_UP = "given_up"
    INTERNAL_ERROR = "internal_error"
    OTHER = "other"
