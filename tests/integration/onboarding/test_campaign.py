"""The campaign's editor, over the console's own database."""

from shared.messages.rendering import DEFAULT_TEMPLATE
from tests.support.console_client import ConsoleClient

DRAFT = {
    "abandoned_after_seconds": "1800",
    "delay_seconds_1": "1800",
    "channels_1": "sms",
    "template_1": "{brand} kept {items}: {link} Reply STOP to opt out.",
}


async def test_a_preview_changes_nothing_and_saving_does(anna: ConsoleClient) -> None:
    shown = await anna.posts(anna.site("/campaign/preview"), **DRAFT)
    before = (await anna.http.get(f"/api{anna.site('/campaign')}")).json()
    saved = await anna.posts(anna.site("/campaign"), **DRAFT)
    after = (await anna.http.get(f"/api{anna.site('/campaign')}")).json()

    assert "Harbor &amp; Vine kept 2 items" in shown.text
    assert "Draft" in shown.text
    assert before["steps"][0]["template"] == DEFAULT_TEMPLATE
    assert saved.status_code == 303
    assert after["steps"][0]["template"] == DRAFT["template_1"]


async def test_the_page_and_the_program_see_the_same_text(anna: ConsoleClient) -> None:
    page = await anna.posts(anna.site("/campaign/preview"), **DRAFT)
    program = (await anna.posts(f"/api{anna.site('/campaign/preview')}", **DRAFT)).json()["steps"]

    assert program[0]["parts"] == 1
    assert program[0]["text"].replace("&", "&amp;") in page.text


async def test_a_refused_draft_is_not_lost(anna: ConsoleClient) -> None:
    refused = await anna.posts(anna.site("/campaign"), **{**DRAFT, "template_1": "Come back to {brand}: {link}"})

    assert refused.status_code == 422
    assert "Reply STOP to opt out." in refused.text
    assert "Come back to {brand}: {link}" in refused.text


async def test_words_of_a_draft_are_never_markup(anna: ConsoleClient) -> None:
    shown = await anna.posts(anna.site("/campaign/preview"), **{**DRAFT, "template_1": "</textarea><script>{brand}{link}STOP"})

    assert "<script>{brand}" not in shown.text
    assert "&lt;script&gt;" in shown.text


async def test_nobody_previews_or_saves_for_another_account(anna: ConsoleClient, mallory: ConsoleClient) -> None:
    page = await mallory.http.get(anna.site("/campaign"))
    shown = await mallory.posts(anna.site("/campaign/preview"), **DRAFT)
    saved = await mallory.posts(anna.site("/campaign"), **DRAFT)

    assert [page.status_code, shown.status_code, saved.status_code] == [404, 404, 404]
    assert (await anna.http.get(f"/api{anna.site('/campaign')}")).json()["revision"] == 1
