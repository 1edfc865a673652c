"""What a shop's own page shows of its look."""

import pytest

from services.onboarding.shop.sign_up import fields_shown_by
from services.onboarding.shop_pages.page_look import look_in
from shared.events.settings import Look

HOST = "shop.example"


def logo_in(page: str, host: str = HOST, path: str = "/") -> str | None:
    return look_in(page.encode(), host, path).logo


def test_a_page_shows_logo_colour_and_language() -> None:
    page = b"""<!doctype html><html lang="es-MX"><head><title>Vinos</title>
        <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#000000">
        <meta name="theme-color" content="#7A1F3D"><meta property="og:image" content="https://cdn.example/wide.jpg">
        <link rel="shortcut icon" href="/favicon.ico"><link rel="apple-touch-icon" href="touch.png"></head>"""

    look = look_in(page, HOST, "/acct/")

    assert look == Look(logo="https://shop.example/acct/touch.png", colour="#7a1f3d", language="es")
    assert fields_shown_by(page, HOST)["logo"] == "https://shop.example/touch.png"


@pytest.mark.parametrize(
    ("page", "logo"),
    [
        (
            "<link rel=icon sizes=32x32 href=/a.png><link rel=icon sizes='16x16 192x192' href=/b.png>",
            "https://shop.example/b.png",
        ),
        ("<link rel=icon sizes=any href=/a.svg><link rel=icon sizes=48x48 href=/b.png>", "https://shop.example/a.svg"),
        ("<link rel=icon href=/a.ico><meta property=og:image content=https://x.example/o.png>", "https://shop.example/a.ico"),
        ("<meta property=og:image content='//x.example/o.png?a=1&amp;b=2#c'>", "https://x.example/o.png?a=1&b=2"),
        ("<link rel=icon href='/my logo\u00e9\".png'>", "https://shop.example/my%20logo%C3%A9%22.png"),
        ("<link rel=icon href=HTTPS://CDN.Example/Logo.png>", "https://cdn.example/Logo.png"),
        ("<link rel=icon href=data:image/png;base64,AA><link rel=icon sizes=9x9 href=/b.png>", "https://shop.example/b.png"),
        ("<link rel=apple-touch-icon href=javascript:alert(1)><link rel=icon href=/i.png>", "https://shop.example/i.png"),
        ("<link rel=icon href=http://shop.example/a.png>", None),
        ("<link rel=icon href=//[><link rel=icon href=''><link rel=mask-icon href=/m.svg><link rel=stylesheet href=/x>", None),
        ("<link rel=icon href=https://u:p@shop.example/a.png>", None),
        ("", None),
    ],
)
def test_the_best_picture_that_can_be_shown_is_the_logo(page: str, logo: str | None) -> None:
    assert logo_in(page) == logo


def test_a_shop_on_this_machine_has_a_logo_without_tls() -> None:
    assert logo_in("<link rel=icon href=/a.png>", "shop.localhost:8700") == "http://shop.localhost:8700/a.png"


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        ("#0B6", "#00bb66"), (" #123456 ", "#123456"), ("#ffffff", None), ("#fefefe", None), ("#000", "#000000"),
        ("red", None), ("#12345", None), ("rgb(1,2,3)", None), ("#000000;}", None),
    ],
)  # fmt: skip
def test_a_colour_of_six_digits_that_is_no_paper_is_taken(content: str, colour: str | None) -> None:
    assert look_in(f'<meta name="Theme-Color" content="{content}">'.encode(), HOST).colour == colour


@pytest.mark.parametrize(("lang", "language"), [("en-US", "en"), ("ES", "es"), ("de", None), ("", None)])
def test_a_language_that_there_are_texts_in_is_taken(lang: str, language: str | None) -> None:
    assert look_in(f'<html lang="{lang}"><html lang="es">'.encode(), HOST).language == (language or "es")
