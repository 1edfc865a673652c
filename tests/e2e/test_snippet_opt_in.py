"""The SMS question as shops ask it: by a box, a drop-down or radio buttons. A yes is the shopper's own act, or no consent."""

from functools import partial

import pytest
from playwright.async_api import Page

from shared.events.storefront import ConsentGiven, ConsentWithdrawn
from tests.support.browsers.snippet_lab import Lab, a_lab
from tests.support.waiting import eventually

LABEL = "I would like to receive SMS messages"
OTHERS = """<tr><td>Gift wrap</td><td><input type=radio name=gift value=1 aria-label=Wrapped>Yes
<input type=radio name=gift value=0>No</td></tr>
<tr><td>Country code of SMS</td><td><select name=sms_country>
<option value=1>+1</option><option value=44>+44</option></select></td></tr>
<tr><td>Phone</td><td><input type=tel name=phone aria-label=Phone></td></tr>"""
DROP_DOWN = f"""<tr><td><label for=f>{LABEL}</label></td><td><select id=f name=CustomField1>
<option value="">Choose</option><option value=0>No</option><option value=1>Yes</option></select></td></tr>"""
RADIO = f"""<tr><td>{LABEL}</td><td><label><input type=radio name=CustomField1 value=Y>Yes</label>
<label><input type=radio name=CustomField1 value=N>No</label></td></tr>"""
BOX = f"<tr><td>{LABEL}</td><td><input type=checkbox name=CustomField1></td></tr>"
CHOSEN = f"<tr><td>{LABEL}</td><td><select name=CustomField1><option>Yes</option><option>No</option></select></td></tr>"


def put_form(lab: Lab, question: str) -> None:
    lab.page("/account", body=f"<form><table>{OTHERS}{question}</table></form>")


async def answer(page: Page, kind: str, *, yes: bool) -> None:
    """As a hand does: a script's own change of a field is none of a shopper's."""
    field = page.locator("[name=CustomField1]")
    match kind:
        case "drop-down":
            await field.focus()
            await page.keyboard.press("End" if yes else "ArrowUp")
        case "radio":
            await field.nth(0 if yes else 1).check()
        case _:
            await field.set_checked(yes)


async def types_a_phone(page: Page, number: str) -> None:
    await page.get_by_label("Phone").press_sequentially(number)
    await page.keyboard.press("Tab")


async def is_withdrawn(lab: Lab, index: str) -> bool:
    return index in {event.recipient.index for event in lab.events() if isinstance(event, ConsentWithdrawn)}


async def test_a_yes_gives_consent_with_its_wording_and_a_no_withdraws_it() -> None:
    async with a_lab() as lab:
        for n, (kind, question) in enumerate({"drop-down": DROP_DOWN, "radio": RADIO, "box": BOX}.items(), 1):
            put_form(lab, question)
            page = await lab.visit("/account")
            await types_a_phone(page, f"+1423555014{n}")
            await page.get_by_label("Wrapped").check()

            await answer(page, kind, yes=True)
            given = (await lab.wait_for(n, "consent.given"))[-1]
            await answer(page, kind, yes=False)

            assert isinstance(given, ConsentGiven)
            assert given.box_state == "ticked_by_shopper", kind
            assert (given.wording or "").startswith(LABEL), kind
            await eventually(partial(is_withdrawn, lab, given.contact.index))
        assert len(lab.events("consent.given")) == 3, "gift wrap and country are no answers"


@pytest.mark.parametrize("question", [CHOSEN, RADIO.replace("value=Y", "value=Y checked")])
async def test_a_yes_that_the_shop_has_chosen_is_no_consent(question: str) -> None:
    async with a_lab() as lab:
        put_form(lab, question)
        page = await lab.visit("/account")

        await types_a_phone(page, "+14235550144")
        (given,) = await lab.wait_for(1, "consent.given")

        assert isinstance(given, ConsentGiven)
        assert given.box_state == "pre_ticked"
