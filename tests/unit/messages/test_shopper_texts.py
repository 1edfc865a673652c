"""One table of what shoppers read: complete in every language, and the language that a browser asks for."""

from string import Formatter

import pytest

from shared.messages.shopper_texts import NAMES, TEXTS, Language, language_for, language_in, text_of


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_there_in_every_language_with_the_same_placeholders(key: str) -> None:
    texts = TEXTS[key]

    assert set(texts) == set(Language)
    assert all(text.strip() == text != "" for text in texts.values())
    assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1


def test_every_language_has_a_name() -> None:
    assert set(NAMES) == set(Language)


def test_a_name_with_braces_is_filled_in_as_it_stands() -> None:
    assert text_of("saved_title", Language.ES, brand="{0.__class__}") == "Tu carrito guardado en {0.__class__}"


@pytest.mark.parametrize(
    ("accepted", "own", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", None, Language.ES),
        ("en-GB, es;q=0.5", "es", Language.EN),
        ("de-DE,de;q=0.9,en;q=0.2,es;q=0.4", None, Language.ES),
        ("de", "es", Language.ES),
        ("de", "fr", Language.EN),
        ("", "es", Language.ES),
        ("", None, Language.EN),
        ("*", "es", Language.ES),
        ("es;q=0, de", None, Language.EN),
        ("ES_mx", "es", Language.ES),
        ("en;q=x, " + "es," * 1000, None, Language.ES),
        ("\u00e9s;;=,,q=1", "es", Language.ES),
    ],
)
def test_the_browsers_language_goes_before_the_shops(accepted: str, own: str | None, expected: Language) -> None:
    assert language_for(accepted, own) is expected


@pytest.mark.parametrize(
    ("code", "expected"), [("es-419", Language.ES), (" EN_us", Language.EN), ("est", None), ("", None), (None, None)]
)
def test_a_code_is_read_by_its_language_alone(code: str | None, expected: Language | None) -> None:
    assert language_in(code) is expected
