"""From a template to a text: what must be in it is in it, what must not be is not, or nothing is rendered."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.messages import rendering
from shared.messages.rendering import DEFAULT_TEMPLATE, NothingToRender, ReminderFields, check_template, clean, render
from shared.messages.segments import count

LINK = "https://go.example/l/0123456789ABCDEFG"


def fields(brand: str = "Harbor & Vine", items: int = 2, link: str = LINK) -> ReminderFields:
    return ReminderFields(brand, items, link)


def test_the_default_template_has_who_what_where_and_how_to_stop() -> None:
    assert render(DEFAULT_TEMPLATE, fields()) == (
        f"Harbor & Vine: you left 2 items in your cart. Pick up where you left off: {LINK} Reply STOP to opt out."
    )


def test_one_item_is_one_item() -> None:
    assert "left 1 item in" in render(DEFAULT_TEMPLATE, fields(items=1))


@pytest.mark.parametrize(
    "template",
    [
        "You left {items}: {link} Reply STOP to opt out.",
        "{brand}: you left {items}. Reply STOP to opt out.",
        "{brand}: you left {items}: {link}",
        "{brand}: stop by again: {link}",
        "{brand}: {title} {link} STOP",
        "{brand}: {link} or https://evil.example STOP",
        "{brand}: {link} or www.evil STOP",
        "{brand}: {link} or evil.xyz/login STOP",
        "{brand}: {} {link} STOP",
    ],
)
def test_a_template_that_lacks_a_part_or_brings_its_own_address_is_not_sent(template: str) -> None:
    with pytest.raises(NothingToRender):
        render(template, fields())

    with pytest.raises(NothingToRender):
        check_template(template)


@pytest.mark.parametrize("missing", [fields(brand=" "), fields(items=0), fields(link="")])
def test_without_a_name_a_cart_or_a_link_nothing_is_sent(missing: ReminderFields) -> None:
    with pytest.raises(NothingToRender):
        render(DEFAULT_TEMPLATE, missing)


def test_a_text_of_more_than_three_parts_is_not_sent() -> None:
    with pytest.raises(NothingToRender):
        render(DEFAULT_TEMPLATE + " wine" * 100, fields())


@pytest.mark.parametrize("text", ["{{7*7}}", "{% if brand %}", "${brand!r}", "%(brand)s", "{{'a'*10}}"])
def test_a_template_has_no_logic(text: str) -> None:
    assert text in render(DEFAULT_TEMPLATE + text, fields())


@given(st.text(max_size=60) | st.text(":/w.19a \uff1a\uff0f\u2236", max_size=14))
@example("://")
@example(":www.//")
@example(":123456//")
def test_whatever_a_shop_is_called_the_text_has_one_address_and_a_way_out(brand: str) -> None:
    try:
        text = render(DEFAULT_TEMPLATE, fields(brand=brand))
    except NothingToRender:
        return

    assert text.count("://") == 1
    assert LINK in text
    assert text.endswith("Reply STOP to opt out.")
    assert "\n" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Wine.com", "Wine.com"),
        ("Vi\u202ene\u0000", "Vine"),
        ("Vine https://evil.example/x", "Vine"),
        ("Call 18005551234", "Call"),
        ("x" * 100, "x" * 40),
    ],
)
def test_a_name_is_only_a_name(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_the_question_names_programme_frequency_cost_help_and_stop() -> None:
    text = rendering.question("Harbor & Vine")

    assert text.startswith("Harbor & Vine: reply YES to get cart reminders by text")
    for part in ("Up to 1 msg per cart", "Msg & data rates may apply", "HELP", "STOP"):
        assert part in text
    assert count(text).parts <= 2


@pytest.mark.parametrize(
    "text",
    [
        rendering.confirmed("Vine"),
        rendering.stopped("Vine"),
        rendering.helped("Vine", "vine.example"),
        rendering.restarted("Vine"),
    ],
)
def test_every_answer_names_the_shop_and_takes_at_most_two_parts(text: str) -> None:
    assert text.startswith("Vine")
    assert count(text).parts <= 2
