"""Results of push services, by the status of an answer (RFC 8030; autopush and FCM as observed)."""

from services.notify.channels.results import ACCOUNT_RETRY_SECONDS, Accepted, Gone, NotSent, Outcome, Rejected, Unknown
from shared.events.reasons import Reason


def outcome_of(status: int, location: str, retry_after_seconds: float | None) -> Outcome:
    """Read the status of an answer to a push.

    404 must mean that the subscription has expired (RFC 8030, 7.3), 410 does in practice: the step goes on without it. 401 and
    403 are about the shop's key and not about the shopper's browser, whose subscription is kept. 5xx may have taken it: it
    may be repeated, for the same Topic and id replace what is there.
    """
    if status in (200, 201, 202):
        return Accepted(location)
    if status in (404, 410):
        return Gone()
    if status in (401, 403):
        return NotSent(ACCOUNT_RETRY_SECONDS, Reason.ACCOUNT_REFUSED)
    if status == 429:
        return NotSent(retry_after_seconds, slow_down=True)
    if status >= 500:
        return Unknown(retry_after_seconds)
    return Rejected(Reason.CARRIER_REFUSED)  # what we sent was wrong, or somebody redirects us: never again as it is
