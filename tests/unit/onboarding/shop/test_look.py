"""What a merchant may choose of the look of what shoppers see."""

import pytest

from services.onboarding.shop.look import found_look, look_of, preview, with_look
from shared.events.settings import Look, SiteConfigured
from tests.support.builders.notify import NOON, a_site

CHOSEN = {"logo": " https://cdn.example/logo.png ", "colour": "#7A1F3D", "language": "es"}
LOOK = Look(logo="https://cdn.example/logo.png", colour="#7a1f3d", language="es")


def test_a_merchant_chooses_a_look_and_takes_it_back() -> None:
    chosen = with_look(a_site(), CHOSEN, NOON)
    assert isinstance(chosen, SiteConfigured)
    back = with_look(chosen, {}, NOON)
    assert isinstance(back, SiteConfigured)

    assert (chosen.look, back.look) == (LOOK, Look())
    assert chosen.revision == 2


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({"logo": "javascript:alert(1)"}, ["logo"]),
        ({"logo": "http://shop.example/logo.png"}, ["logo"]),
        ({"logo": "shop.example/logo.png"}, ["logo"]),
        ({"colour": "red"}, ["colour"]),
        ({"language": "de"}, ["language"]),
        ({"logo": "data:,", "colour": "#12", "language": "<b>"}, ["logo", "colour", "language"]),
    ],
)
def test_what_shoppers_cannot_be_shown_is_refused_by_its_field(form: dict[str, str], fields: list[str]) -> None:
    faults = look_of(CHOSEN | form)

    assert isinstance(faults, list)
    assert [fault.field for fault in faults] == fields
    assert found_look(CHOSEN | form) is None


def test_a_new_shop_whose_page_shows_nothing_has_no_look() -> None:
    assert found_look({"name": "Harbor"}) is None
    assert found_look(CHOSEN) == LOOK


def test_a_preview_is_in_the_shops_language_colours_and_currency() -> None:
    shown = preview(a_site(currency="EUR", country="ES"), LOOK)

    assert (shown.text("push_no"), shown.price) == ("Ahora no", "49,50\u00a0€")
    assert "--fill:#7a1f3d" in shown.style
    assert "img-src 'self' https://cdn.example;" in shown.policy
    assert "img-src 'self';" in preview(a_site(), Look()).policy
    assert "'unsafe" not in shown.policy
