"""Twilio's refusals, in its numbers and its shape."""

from dataclasses import dataclass

from starlette.responses import JSONResponse


@dataclass(frozen=True)
class Refusal:
    """One of Twilio's error codes with the HTTP status that it comes with."""

    code: int
    status: int
    message: str


UNAUTHENTICATED = Refusal(20003, 401, "Authenticate")
NOT_FOUND = Refusal(20404, 404, "The requested resource {0} was not found")
TOO_MANY = Refusal(20429, 429, "Too Many Requests")
INVALID_PARAMETER = Refusal(20001, 400, "Invalid parameter {0}")
NO_BODY = Refusal(21602, 400, "Message body is required.")
NO_SENDER = Refusal(21603, 400, "A 'From' phone number is required.")
NO_RECIPIENT = Refusal(21604, 400, "A 'To' phone number is required.")
FOREIGN_SENDER = Refusal(21606, 400, "The 'From' phone number {0} is not a valid, message-capable number of this account.")
BAD_CALLBACK = Refusal(21609, 400, "The 'StatusCallback' URL {0} is not a valid URL.")
OPTED_OUT = Refusal(21610, 400, "Attempt to send to unsubscribed recipient")
QUEUE_FULL = Refusal(21611, 429, "This 'From' number has exceeded the maximum number of queued messages")
NOT_MOBILE = Refusal(21614, 400, "'To' number is not a valid mobile number")
BODY_TOO_LONG = Refusal(21617, 400, "The concatenated message body exceeds the 1600 character limit")
BAD_RECIPIENT = Refusal(21211, 400, "Invalid 'To' Phone Number: {0}")
REGION_NOT_ALLOWED = Refusal(21408, 400, "Permission to send an SMS has not been enabled for the region of the 'To' number.")
UNKNOWN_SERVICE = Refusal(21701, 400, "The Messaging Service {0} does not exist.")

KNOWN = {
    refusal.code: refusal
    for refusal in (
        UNAUTHENTICATED, NOT_FOUND, TOO_MANY, INVALID_PARAMETER, NO_BODY, NO_SENDER, NO_RECIPIENT, FOREIGN_SENDER, BAD_CALLBACK,
        OPTED_OUT, QUEUE_FULL, NOT_MOBILE, BODY_TOO_LONG, BAD_RECIPIENT, REGION_NOT_ALLOWED, UNKNOWN_SERVICE,
    )
}  # fmt: skip


def refuse(refusal: Refusal, *about: str) -> JSONResponse:
    """Answer as Twilio does."""
    more = f"https://www.twilio.com/docs/errors/{refusal.code}"
    content = {"code": refusal.code, "message": refusal.message.format(*about), "more_info": more, "status": refusal.status}
    return JSONResponse(content, refusal.status)
