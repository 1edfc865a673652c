"""From a merchant's template to the text that is sent. No logic, a closed list of fields, fail closed.

Titles of products never get into a text: anybody can name them in an unsigned beacon.
"""

import re
import unicodedata
from dataclasses import dataclass

from shared.messages.counts import counted
from shared.messages.segments import count, plain

DEFAULT_TEMPLATE = "{brand}: you left {items} in your cart. Pick up where you left off: {link} Reply STOP to opt out."
FIELDS = ("brand", "items", "link")
LONGEST_PARTS = 3
SAMPLE_ITEMS = 2
SAMPLE_TOKEN = "0" * 17
"""A link as long as those that are sent, for previews and test messages: it opens no cart, and names itself so."""
_FIELD = re.compile(r"\{([a-z_]*)\}")
_STOP_LINE = re.compile(r"\bSTOP\b")
"""In capitals: a template that invites people to "stop by" offers no way out."""
ADDRESS = re.compile(r"(?i)(?<![a-z0-9+.-])[a-z0-9+.-]++://|\bwww\.|(?<![\w-])[\w-]++\.[a-z]{2,}(?![a-z])")
"""Anything that a phone might make a link of."""
_SCHEME = re.compile(r"(?i)(?<![a-z0-9+.-])[a-z0-9+.-]*+://\S*|\bwww\.")


class NothingToRender(ValueError):
    """The text would lack what the law or sense demands; nothing is sent. The message names what is missing."""


@dataclass(frozen=True)
class ReminderFields:
    """What a reminder may contain."""

    brand: str
    item_count: int
    link: str


def check_template(template: str) -> None:
    """Raise ``NothingToSay`` for a template that could never be sent: brand, link and opt-out words are demanded.

    Source: CTIA Messaging Principles and Best Practices (May 2023), section 5.1.
    """
    named = set(_FIELD.findall(template))
    if unknown := sorted(named - set(FIELDS)):
        raise NothingToRender(f"the template names a field that does not exist: {{{unknown[0]}}}")
    for field in ("brand", "link"):
        if field not in named:
            raise NothingToRender(f"the template needs {{{field}}}")
    if not _STOP_LINE.search(template):
        raise NothingToRender("the template needs words like: Reply STOP to opt out.")
    if ADDRESS.search(template):
        raise NothingToRender("the template must hold no address of its own: {link} is the only one")


def render(template: str, fields: ReminderFields) -> str:
    """The text as it is sent. Raises ``NothingToSay``."""
    check_template(template)
    brand = clean(fields.brand)
    if not brand:
        raise NothingToRender("the shop has no name")
    if not fields.link or fields.item_count < 1:
        raise NothingToRender("there is no cart to go back to")
    values = {"brand": brand, "items": counted(fields.item_count, "item"), "link": fields.link}
    text = plain(_FIELD.sub(lambda match: values[match.group(1)], template)).strip()
    if count(text).parts > LONGEST_PARTS:
        raise NothingToRender(f"the text would take more than {LONGEST_PARTS} messages")
    return text


def clean(text: str, longest: int = 40) -> str:
    """The merchant's own name for the shop, as a name: no control or direction signs, no scheme, no long rows of digits."""
    visible = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c)[0] not in "CZ" or c == " ")
    without = re.sub(r"\d{6,}", " ", _SCHEME.sub(" ", visible))  # a blank: what stood around it must not make a new address
    return " ".join(without.split())[:longest].strip()


def question(brand: str) -> str:
    """The one opt-in question. It names the programme, frequency, cost, HELP and STOP (CTIA Handbook 1.8)."""
    return plain(
        f"{clean(brand)}: reply YES to get cart reminders by text. Up to 1 msg per cart. Msg & data rates may apply. "
        "Reply HELP for help, STOP to opt out."
    )


def confirmed(brand: str) -> str:
    """The answer to YES."""
    return plain(
        f"{clean(brand)}: you will get cart reminders, up to 1 msg per cart. Msg & data rates may apply. "
        "Reply HELP for help, STOP to opt out."
    )


def contested(brand: str) -> str:
    """The answer to a YES that matches no question."""
    return plain(
        f"{clean(brand)}: this number was given in more than one browser, so nothing was confirmed and you will get no cart "
        "reminders. Reply HELP for help, STOP to opt out."
    )


def stopped(brand: str) -> str:
    """The one answer to STOP, without anything that sells (47 CFR 64.1200(a)(12))."""
    return plain(f"{clean(brand)}: you are opted out and will get no more messages. Reply START to opt in again.")


def helped(brand: str, contact: str) -> str:
    """The answer to HELP."""
    return plain(f"{clean(brand)} cart reminders. Help: {contact} Reply STOP to opt out. Msg & data rates may apply.")


def restarted(brand: str) -> str:
    """The answer to START: what was stopped opens again only by a new YES."""
    return plain(
        f"{clean(brand)}: you are no longer opted out. Reply YES to get cart reminders by text again, STOP to opt out."
    )
