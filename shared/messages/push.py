"""The words of a push message: one pure renderer for the preview and for sending. Fail closed, as for texts."""

import re
from dataclasses import dataclass

from shared.events.settings import PushWords
from shared.messages.counts import counted
from shared.messages.rendering import ADDRESS, NothingToRender, ReminderFields, clean

FIELDS = ("brand", "items")
LONGEST_TITLE = 60
LONGEST_BODY = 160
"""What Android and Windows show before they cut."""
DEFAULT_WORDS = PushWords(title="{brand}", body="You left {items} in your cart. Tap to pick up where you left off.")
_FIELD = re.compile(r"\{([a-z_]*)\}")


@dataclass(frozen=True)
class PushText:
    """As it is shown."""

    title: str
    body: str


def render_push(words: PushWords | None, fields: ReminderFields) -> PushText:
    """The words of a step, or our own where the merchant has none. Raises ``NothingToSay``."""
    brand = clean(fields.brand)
    if not brand:
        raise NothingToRender("the shop has no name")
    if not fields.link or fields.item_count < 1:
        raise NothingToRender("there is no cart to go back to")
    values = {"brand": brand, "items": counted(fields.item_count, "item")}
    words = words or DEFAULT_WORDS
    return PushText(
        title=_filled("title", words.title, values, LONGEST_TITLE), body=_filled("body", words.body, values, LONGEST_BODY)
    )


def _filled(name: str, template: str, values: dict[str, str], longest: int) -> str:
    for field in _FIELD.findall(template):
        if field not in values:
            raise NothingToRender(f"the {name} names a field that does not exist: {{{field}}}")
    if ADDRESS.search(template):
        raise NothingToRender(f"the {name} must hold no address: a tap already leads to the cart")
    text = " ".join(_FIELD.sub(lambda match: values[match.group(1)], template).split())
    if not 1 <= len(text) <= longest:
        raise NothingToRender(f"the {name} needs between 1 and {longest} characters")
    return text
