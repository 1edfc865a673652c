"""Results of a call, by a carrier's answer. Only what provably was not sent may be tried again; the default is unknown."""

from dataclasses import dataclass

from shared.events.reasons import Reason

ACCOUNT_RETRY_SECONDS = 60.0


@dataclass(frozen=True)
class Accepted:
    """The carrier took the message; ``carrier_id`` is its id there."""

    carrier_id: str


@dataclass(frozen=True)
class NotSent:
    """Provably nothing left. ``retry_after_seconds`` comes from the carrier; ``slow_down`` where we are too fast."""

    retry_after_seconds: float | None = None
    reason: Reason = Reason.NOT_SENT
    slow_down: bool = False


@dataclass(frozen=True)
class Rejected:
    """The carrier refused the message for good."""

    reason: Reason


@dataclass(frozen=True)
class Gone:
    """The recipient does not exist any more, so provably nobody got it: what it was for goes on without this recipient."""


@dataclass(frozen=True)
class Unknown:
    """It is unknown whether the message was taken. A text is never repeated; a push, which replaces itself, a few times."""

    retry_after_seconds: float | None = None


Outcome = Accepted | NotSent | Rejected | Gone | Unknown

OPTED_OUT = frozenset({21610})
INVALID_NUMBER = frozenset({21211, 21214, 21217, 21612, 21614})
QUEUE_FULL = frozenset({20429, 21611})
UNREACHABLE_FOR_GOOD = frozenset({30005, 30006})
BLOCKED = frozenset({30004, 30007})


def outcome_of(status: int, code: int | None, carrier_id: str | None, retry_after_seconds: float | None) -> Outcome:
    """Read an answer of Twilio's Messages API (status, its own error code, the message's SID)."""
    if 200 <= status < 300:
        return Accepted(carrier_id) if carrier_id else Unknown()
    if status == 429 or (status == 400 and code in QUEUE_FULL):
        return NotSent(retry_after_seconds, slow_down=True)
    if status in (401, 403):
        # The shop's account and not the shopper is refused: no step is used up, and the merchant sees it.
        return NotSent(retry_after_seconds or ACCOUNT_RETRY_SECONDS, Reason.ACCOUNT_REFUSED)
    if status == 400 and code is not None:
        if code in OPTED_OUT:
            return Rejected(Reason.SUPPRESSED)
        return Rejected(Reason.CONTACT_INVALID if code in INVALID_NUMBER else Reason.CARRIER_REFUSED)
    return Unknown()


RANKS = {"accepted": 1, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "undelivered": 4, "failed": 4}


def rank_of(status: str) -> int:
    """How far a message is: a callback never takes it back. 0 for a status that is not known."""
    return RANKS.get(status, 0)


def failure_of(code: int | None) -> Reason:
    """Why an accepted message did not arrive (Twilio's ErrorCode of a callback)."""
    if code in OPTED_OUT:
        return Reason.SUPPRESSED
    if code in UNREACHABLE_FOR_GOOD:
        return Reason.CONTACT_INVALID
    return Reason.CARRIER_REFUSED if code in BLOCKED else Reason.NOT_DELIVERED
