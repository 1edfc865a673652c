"""When the snippet reads e-mail fields, as its merchant chose: with their form, when they are left, or as the page is left."""

from collections.abc import Mapping

from shared.events.envelope import Event
from shared.events.settings import FieldCapture
from shared.events.storefront import ShopperIdentified
from shared.runtime.security.sealing import open_contact
from tests.support.browsers.snippet_lab import Lab, a_lab, push
from tests.support.builders.ingest import NOTIFY_KEYS, SITE, site_settings

SIGNAL = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"
FORM = "<form action='/sent'><input name='email' type='email'><input name='note'><button>Send</button></form>"


def configure(lab: Lab, choices: Mapping[str, object]) -> None:
    settings = site_settings(hosts=(lab.shop.removeprefix("http://"),))
    lab.rig.sites.apply(settings.model_copy(update={"revision": 2, **choices}))


def addresses(events: list[Event]) -> list[str]:
    named = [event for event in events if isinstance(event, ShopperIdentified)]
    return [open_contact(NOTIFY_KEYS, SITE, event.contact) for event in named]


async def test_a_field_that_is_typed_in_is_read_as_the_page_is_left_with_consent_alone() -> None:
    async with a_lab() as lab:
        configure(lab, {"consent_required": True, "field_capture": FieldCapture.LIVE})
        heads = {answer: push(f"['setConsent',{{storage:'{answer}'}}]") for answer in ("denied", "granted")}

        for name, head in (
            ("denied", heads["denied"]),
            ("pending", ""),
            ("signal", heads["granted"]),
            ("granted", heads["granted"]),
        ):
            lab.page(f"/{name}", head=head, body=FORM)
            page = await lab.context.new_page()
            if name == "signal":
                await page.add_init_script(SIGNAL)
            await page.goto(f"{lab.shop}/{name}")
            await page.locator("[name=email]").press_sequentially(f"{name}@shop.example")
            await page.close()
        events = await lab.wait_for(1, "shopper.identified")

        assert addresses(events) == ["granted@shop.example"]


async def test_a_shop_may_have_fields_read_with_their_form_alone() -> None:
    async with a_lab() as lab:
        configure(lab, {"field_capture": FieldCapture.SUBMIT})
        lab.page("/", body=FORM)
        lab.page("/sent")
        page = await lab.visit("/")

        await page.fill("[name=email]", "left@shop.example")
        await page.press("[name=email]", "Tab")
        await page.fill("[name=email]", "sent@shop.example")
        await page.press("[name=email]", "Enter")
        await page.wait_for_url("**/sent*")
        await lab.settle(page)

        assert addresses(lab.events("shopper.identified")) == ["sent@shop.example"]
