"""Colours of a shop on what its shoppers see: readable, whatever colour was chosen (WCAG 2.2, success criterion 1.4.3)."""

from dataclasses import dataclass
from typing import Final

DEFAULT_COLOUR: Final = "#1f5fbf"
PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#12161f"
LEAST_CONTRAST: Final = 4.5
"""Of text and what is behind it, at the size of running text (level AA)."""
_STEPS = 50


@dataclass(frozen=True)
class Palette:
    """``fill`` is the shop's own colour and ``on_fill`` text on it; ``accent`` is text in its hue on white, ``dark_accent`` on
    the dark scheme's paper.
    """

    fill: str
    on_fill: str
    accent: str
    dark_accent: str


def palette(colour: str | None) -> Palette:
    """The colours that follow from a shop's own, ``#rrggbb``; ours where it has chosen none."""
    fill = colour or DEFAULT_COLOUR
    on_fill = max("#ffffff", "#000000", key=lambda ink: contrast(ink, fill))
    return Palette(fill, on_fill, _readable(fill, PAPER, "#000000"), _readable(fill, DARK_PAPER, "#ffffff"))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``, 0 to 1 (WCAG 2.2, "relative luminance")."""
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _readable(colour: str, paper: str, ink: str) -> str:
    """The colour, moved towards ``ink`` in small steps until text in it can be read."""
    mixed = (_mixed(colour, ink, step / _STEPS) for step in range(_STEPS + 1))
    return next((each for each in mixed if contrast(each, paper) >= LEAST_CONTRAST), ink)


def _mixed(colour: str, ink: str, share: float) -> str:
    parts = zip(_parts(colour), _parts(ink), strict=True)
    return "#" + "".join(f"{round(one + (other - one) * share):02x}" for one, other in parts)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
