"""The campaign's editor, over the console's own database."""

from html.parser import HTMLParser

from shared.messages.rendering import DEFAULT_TEMPLATE
from tests.support.stories.console_client import ConsoleClient

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


async def test_the_text_of_a_draft_is_never_markup(anna: ConsoleClient) -> None:
    shown = await anna.posts(anna.site("/campaign/preview"), **{**DRAFT, "template_1": "</textarea><script>{brand}{link}STOP"})

    assert "<script>{brand}" not in shown.text
    assert "&lt;script&gt;" in shown.text


async def test_nobody_previews_or_saves_for_another_account(anna: ConsoleClient, mallory: ConsoleClient) -> None:
    page = await mallory.http.get(anna.site("/campaign"))
    shown = await mallory.posts(anna.site("/campaign/preview"), **DRAFT)
    saved = await mallory.posts(anna.site("/campaign"), **DRAFT)

    assert [page.status_code, shown.status_code, saved.status_code] == [404, 404, 404]
    assert (await anna.http.get(f"/api{anna.site('/campaign')}")).json()["revision"] == 1


def fields_of(page: str) -> dict[str, str]:
    """The campaign's form as a browser would send it."""
    form = FormReader()
    form.feed(page)
    return form.fields


class FormReader(HTMLParser):
    """Reads inputs, text areas and chosen options of the form ``campaign``."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._inside = False
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = attributes.get("id") == "campaign"
        elif self._inside and tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif self._inside and tag == "select":
            self._select = attributes["name"]
        elif self._inside and tag == "textarea":
            self._area = attributes["name"]
            self.fields[self._area] = ""
        elif self._inside and tag == "option" and "selected" in attributes:
            self.fields[self._select] = attributes.get("value", "")
            if "value" not in attributes:
                self._area = self._select
                self.fields[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = ""


async def test_steps_are_added_on_the_page_up_to_five_and_none_is_dropped(anna: ConsoleClient) -> None:
    for number in range(2, 6):
        fields = fields_of((await anna.http.get(anna.site("/campaign"))).text)
        fields |= {f"delay_{number}": str(number), f"delay_{number}_unit": "hours", f"channels_{number}": "push"}
        saved = await anna.posts(anna.site("/campaign"), **fields)
        assert saved.status_code == 303, saved.text
    page = (await anna.http.get(anna.site("/campaign"))).text
    again = await anna.posts(anna.site("/campaign"), **fields_of(page))

    steps = (await anna.http.get(f"/api{anna.site('/campaign')}")).json()["steps"]
    assert again.status_code == 303
    assert [step["delay_seconds"] for step in steps] == [1800, 7200, 10_800, 14_400, 18_000]
    assert "Reminder 6" not in page


async def test_pages_show_minutes_and_hours_and_no_seconds(anna: ConsoleClient) -> None:
    fields = fields_of((await anna.http.get(anna.site("/campaign"))).text)
    settings = (await anna.http.get(anna.site("/settings"))).text

    assert (fields["abandoned_after"], fields["abandoned_after_unit"]) == ("30", "minutes")
    assert (fields["delay_1"], fields["delay_1_unit"]) == ("30", "minutes")
    assert "in seconds" not in settings
    assert "abandoned_after" not in settings


async def test_sending_is_set_without_touching_the_timing(anna: ConsoleClient) -> None:
    sending = {"mode": "observe", "hours": "legal", "control_share_percent": "5"}
    saved = await anna.posts(anna.site("/settings/pace"), **sending)

    kept = (await anna.http.get(f"/api{anna.site('/settings')}")).json()
    assert saved.status_code == 303
    assert (kept["mode"], kept["abandoned_after_seconds"]) == ("observe", 1800)
