"""Pages for shoppers: in their language, in the shop's colours, under a policy that lets in nothing but what the page shows."""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from shared.events.settings import Look, SiteConfigured
from shared.messages.colours import palette
from shared.messages.shopper_texts import Language, language_for, text_of

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
STYLE = (files("services.notify") / "templates" / "pages.css").read_text()

templates = Environment(
    loader=PackageLoader("services.notify"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Dress:
    """What a page wears of a shop; nothing where it is of no shop."""

    brand: str
    language: Language
    look: Look


def dress_of(request: Request, site: SiteConfigured | None) -> Dress:
    """The shop's name and look, in the language that the browser asks for, else in the shop's."""
    look = (None if site is None else site.look) or Look()
    accepted = request.headers.get("Accept-Language", "")
    return Dress("" if site is None else site.name, language_for(accepted, look.language), look)


def page(template: str, dress: Dress, status: int = 200, pictures: Iterable[str] = (), **values: object) -> HTMLResponse:
    """A page of a template; ``pictures`` are the addresses of those that it shows beside the logo."""
    colours = _colours(dress.look.colour)
    body = templates.get_template(template).render(
        t=partial(text_of, language=dress.language),
        language=dress.language.value,
        brand=dress.brand,
        logo=dress.look.logo,
        colours=colours,
        **values,
    )
    shown = [*pictures, *([] if dress.look.logo is None else [dress.look.logo])]
    return HTMLResponse(body, status, headers=HEADERS | {"Content-Security-Policy": policy(colours, shown)})


def policy(colours: str, pictures: Iterable[str]) -> str:
    """The Content-Security-Policy of a page with these colours and pictures: by origin, for a path may hold its own signs."""
    digest = base64.b64encode(hashlib.sha256(colours.encode()).digest()).decode()
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, pictures)})
    images = f"img-src {' '.join(origins)}; " if origins else ""
    return (
        f"default-src 'none'; style-src 'self' 'sha256-{digest}'; {images}"
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _colours(colour: str | None) -> str:
    """The text of the page's own style: nothing but colours that a rule has made."""
    found = palette(colour)
    light = f":root{{--fill:{found.fill};--on-fill:{found.on_fill};--accent:{found.accent}}}"
    return f"{light}@media (prefers-color-scheme:dark){{:root{{--accent:{found.dark_accent}}}}}"
