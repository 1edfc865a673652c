"""Pages for shoppers let in what they show and nothing else, and dress in what the shop has chosen."""

import base64
import hashlib
import re
from collections.abc import Mapping

import pytest
from pydantic import ValidationError
from starlette.requests import Request

from services.notify.http.pages import dress_of, page
from shared.events.settings import Look
from tests.support.builders.notify import a_site

LOGO = "https://cdn.example/files/logo;.png"


def asking(headers: Mapping[str, str] | None = None) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    return Request({"type": "http", "headers": raw})


def policy_of(look: Look | None, pictures: list[str]) -> str:
    dress = dress_of(asking(), a_site(look=look))
    return page("opt_out.html", dress, pictures=pictures, done=False, out="/u/x").headers["Content-Security-Policy"]


def test_pictures_are_let_in_from_the_origins_that_the_page_shows_and_no_others() -> None:
    shown = ["https://shop.example/a.png", "https://shop.example/b.png"]

    assert "img-src" not in policy_of(None, [])
    assert "img-src https://cdn.example https://shop.example; " in policy_of(Look(logo="https://cdn.example/l.png"), shown)


def test_the_only_style_within_the_page_is_of_colours_and_named_by_its_hash() -> None:
    answer = page("opt_out.html", dress_of(asking(), a_site(look=Look(colour="#ffd400"))), done=False, out="/u/x")

    (style,) = re.findall("<style>(.*)</style>", bytes(answer.body).decode())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "--fill:#ffd400" in style
    assert f"style-src 'self' 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_the_browsers_language_goes_before_the_shops() -> None:
    site = a_site(look=Look(language="es"))

    assert dress_of(asking(), site).language == "es"
    assert dress_of(asking({"Accept-Language": "en-US,en;q=0.9"}), site).language == "en"
    assert dress_of(asking({"Accept-Language": "es"}), None).language == "es"


@pytest.mark.parametrize(
    "logo",
    ["javascript:alert(1)", "data:image/png;base64,AA", "//evil.example/a.png", "http://shop.example/a.png", "https://a.example",
     'https://a.example/"onerror="x', "https://a.example/a b.png", "https://a.example'/x.png", LOGO, "https://u@a.example/x.png",
     "https://a.example/a.png\n", "https://a.example; script-src *;/a.png", f"https://a.example/{'a' * 1024}"],
)  # fmt: skip
def test_no_other_address_than_a_plain_one_over_tls_can_be_a_logo(logo: str) -> None:
    with pytest.raises(ValidationError):
        Look(logo=logo)


@pytest.mark.parametrize("colour", ["red", "#fff", "#12345g", "#ffffff;}", "rgb(0,0,0)", "#FFD400"])
def test_no_other_colour_than_six_digits_is_taken(colour: str) -> None:
    with pytest.raises(ValidationError):
        Look(colour=colour)
