"""The look of what shoppers see: what a merchant may choose, and how it is shown before it is saved."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import ValidationError

from services.onboarding.events import next_revision
from services.onboarding.shop.sites import Fault
from services.onboarding.web.headers import SAFE
from shared.events.envelope import Money
from shared.events.settings import Look, SiteConfigured
from shared.messages.colours import DEFAULT_COLOUR, Palette, palette
from shared.messages.prices import price_text
from shared.messages.shopper_texts import Language, language_in, text_of

SAMPLE_MINOR = 4950
FAULTS = {
    "logo": "Give the whole address of a picture, such as https://shop.example/logo.png, or leave it empty.",
    "colour": "Give a colour by its six digits, such as #1f5fbf.",
    "language": "Choose one of the languages in the list.",
}


@dataclass(frozen=True)
class LookPreview:
    """What a page shows of a look. ``style`` is the text of its own style element, ``policy`` the header that admits it."""

    look: Look
    language: Language
    colours: Palette
    price: str
    style: str
    policy: str

    def text(self, key: str, **fields: object) -> str:
        """A text that shoppers read, in the look's language."""
        return text_of(key, self.language, **fields)


def look_of(form: Mapping[str, str]) -> Look | list[Fault]:
    """The look of a form, or what is wrong with it. What is empty is not chosen."""
    fields = {name: form.get(name, "").strip() for name in FAULTS}
    fields["colour"] = fields["colour"].lower()
    faults = set() if not fields["language"] or fields["language"] in tuple(Language) else {"language"}
    try:
        look = Look.model_validate({name: value or None for name, value in fields.items()})
    except ValidationError as error:
        return [
            Fault(name, FAULTS[name]) for name in FAULTS if name in faults | {str(each["loc"][0]) for each in error.errors()}
        ]
    return [Fault(name, FAULTS[name]) for name in faults] or look


def found_look(form: Mapping[str, str]) -> Look | None:
    """The look of a new shop, where its page has shown one."""
    look = look_of(form)
    return look if isinstance(look, Look) and look != Look() else None


def with_look(site: SiteConfigured, form: Mapping[str, str], now: datetime) -> SiteConfigured | list[Fault]:
    """The settings with another look."""
    look = look_of(form)
    return next_revision(site, now, look=look) if isinstance(look, Look) else look


def preview(site: SiteConfigured, look: Look) -> LookPreview:
    """A look as the console shows it. A price is that of a sample, in the shop's currency."""
    language, colours = language_in(look.language) or Language.EN, palette(look.colour)
    style = (
        f".shown{{--fill:{colours.fill};--on-fill:{colours.on_fill};--hue:{colours.accent}}}"
        f".shown.dark{{--hue:{colours.dark_accent}}}"
    )
    price = price_text(Money(minor=SAMPLE_MINOR, currency=site.currency), language, site.country)
    return LookPreview(look, language, colours, price, style, _policy(style, look.logo))


def chosen_colour(look: Look) -> str:
    """The colour that is shown in the form: ours where none was chosen."""
    return look.colour or DEFAULT_COLOUR


def _policy(style: str, logo: str | None) -> str:
    """The console's policy, with this one style and pictures from where the logo is."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = SAFE["Content-Security-Policy"].replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")
    if logo is None:
        return policy
    parts = urlsplit(logo)
    return policy.replace("img-src 'self'", f"img-src 'self' {parts.scheme}://{parts.netloc}")
