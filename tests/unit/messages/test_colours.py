"""Whatever colour a merchant chooses, what shoppers read in it stays readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messages.colours import DARK_PAPER, DEFAULT_COLOUR, LEAST_CONTRAST, PAPER, contrast, luminance, palette

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(COLOURS)
def test_text_in_and_on_any_colour_has_the_contrast_of_level_aa(colour: str) -> None:
    found = palette(colour)

    assert found.fill == colour
    assert contrast(found.on_fill, found.fill) >= LEAST_CONTRAST
    assert contrast(found.accent, PAPER) >= LEAST_CONTRAST
    assert contrast(found.dark_accent, DARK_PAPER) >= LEAST_CONTRAST


@pytest.mark.parametrize("colour", ["#1f5fbf", "#0b6623", "#7a1f3d"])
def test_a_colour_that_can_be_read_on_white_is_not_changed(colour: str) -> None:
    assert palette(colour).accent == colour


def test_a_shop_without_a_colour_has_ours() -> None:
    assert palette(None) == palette(DEFAULT_COLOUR)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21), ("#ffffff", "#ffffff", 1), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_contrast_is_reckoned_as_the_guidelines_have_it(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.01)


def test_green_is_lighter_than_red_and_red_than_blue() -> None:
    assert luminance("#00ff00") > luminance("#ff0000") > luminance("#0000ff")
