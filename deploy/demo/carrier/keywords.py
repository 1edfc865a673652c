"""The words that Twilio itself acts upon, unless an account has this switched off."""

from enum import StrEnum


class Keyword(StrEnum):
    """What a handset asked the carrier for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


WORDS = {
    Keyword.STOP: {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"},
    Keyword.START: {"START", "YES", "UNSTOP"},
    Keyword.HELP: {"HELP", "INFO"},
}
ANSWERS = {
    Keyword.STOP: "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    Keyword.START: "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword_in(body: str) -> Keyword | None:
    """Only a message of this one word counts: "STOP PLEASE" blocks nothing at Twilio, so ours must not either."""
    word = body.strip().upper()
    return next((keyword for keyword, words in WORDS.items() if word in words), None)
