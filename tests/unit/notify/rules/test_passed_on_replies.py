"""What of a reply is passed on to the merchant: what a person wrote, and nothing that a phone made of our own words."""

import pytest

from services.notify.rules.keywords import written_by_shopper

OURS = "Harbor & Vine: you left 2 items in your cart. Reply STOP to opt out."


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        f"Liked “{OURS}”",
        f'Loved "{OURS}"',
        f"A aimé « {OURS} »",
        f"👍 to “{OURS}”",
        f"Disliked “{OURS}”",
        "Loved an image",
        "Reacted ❤️ to your message",
        "Removed a heart from an image",
        f"> {OURS}",
        f"On Tue, Nov 24, 2026 at 9:12 AM Harbor & Vine wrote:\n> {OURS}",
    ],
)
def test_what_a_phone_made_of_our_text_is_no_reply(text: str) -> None:
    assert written_by_shopper(text) == ""


@pytest.mark.parametrize(
    ("text", "passed_on"),
    [
        ("Is it still there?", "Is it still there?"),
        (f"Is it still there?\n> {OURS}", "Is it still there?"),
        ("I loved an image of it on your site", "I loved an image of it on your site"),
        ("Where is my order?\n\nSent from my iPhone", "Where is my order?\n\nSent from my iPhone"),
        ("لماذا؟", "لماذا؟"),
        ("👍", "👍"),
    ],
)
def test_what_a_person_wrote_is_passed_on_as_they_wrote_it(text: str, passed_on: str) -> None:
    assert written_by_shopper(text) == passed_on
