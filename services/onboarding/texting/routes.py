"""Text messages: the sender's state, what is claimed of its registration, and phones of the merchant's own."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.events import test_message_requested_event
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.accounts import AccountStore, Site
from services.onboarding.storage.texting import TextingStore
from services.onboarding.texting.senders import (
    CODE_DIGITS,
    CODE_LIVES,
    MOST_TEST_PHONES,
    REGISTERED_COUNTRIES,
    Registration,
    part_price_in,
    registration_in,
    spelled,
    texting_steps,
    without_test_phone,
)
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web
from shared.events.envelope import Channel
from shared.events.identifiers import test_code_hash
from shared.runtime.http.untrusted import whole_number
from shared.runtime.ids import new_digits, new_random_id
from shared.runtime.postgres.pool import Transaction

REGISTRATIONS = {
    Registration.NOT_STARTED: "Not started",
    Registration.SUBMITTED: "Submitted, waiting",
    Registration.APPROVED: "Approved",
    Registration.REJECTED: "Rejected",
}


class TextingPages:
    """A phone becomes the merchant's own by writing to us: nobody is texted because somebody else typed a number."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, page = self._web, "/sites/{site_id:uuid}/texting"
        return [
            Route(page, web.signed_in(self.show), methods=["GET"]),
            Route(f"{page}/code", web.signed_in(self.show), methods=["GET"]),  # the page of a code stays up to date as well
            Route(f"{page}/code", web.signed_in(self.make_code), methods=["POST"]),
            Route(f"{page}/phones/remove", web.signed_in(self.remove_phone), methods=["POST"]),
            Route(f"{page}/test", web.signed_in(self.send_test), methods=["POST"]),
            Route(f"{page}/registration", web.signed_in(self.set_registration), methods=["POST"]),
            Route(f"{page}/price", web.signed_in(self.set_price), methods=["POST"]),
            Route(f"/api{page}", web.signed_in(self.api_show), methods=["GET"]),
        ]

    async def show(self, request: Request, who: SignedIn) -> Response:
        """The page about text messages."""
        async with self._web.site_transaction(who, request) as (tx, site):
            return await self._page(tx, who, site)

    async def make_code(self, request: Request, who: SignedIn) -> Response:
        """Make a code of eight digits for a phone of the merchant's to text: on this one page, for a quarter of an hour."""
        digits, now = new_digits(CODE_DIGITS), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            if len(site.settings.test_recipients) >= MOST_TEST_PHONES:
                fault = Fault("phones", f"A shop has at most {MOST_TEST_PHONES} test phones. Remove one first.")
                return await self._page(tx, who, site, status=422, faults=[fault])
            await TextingStore(tx).put_code(site.site_id, test_code_hash(site.site_id, digits), now + CODE_LIVES)
            return await self._page(tx, who, site, code=spelled(digits))

    async def remove_phone(self, request: Request, who: SignedIn) -> Response:
        """Remove a test phone: it is like any other phone again."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            index = form.get("index", "")
            if index in site.settings.test_recipients:
                await AccountStore(tx).put_settings(without_test_phone(site.settings, index, now), now)
            await TextingStore(tx).remove_phone(site.site_id, index)
        self._web.committed()
        return self._web.go(f"/sites/{site.site_id}/texting#phones")

    async def send_test(self, request: Request, who: SignedIn) -> Response:
        """Send a saved reminder to each of the merchant's phones."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            texting = await TextingStore(tx).texting(site.site_id)
            if (fault := fault_of_test(site, form.get("step", ""), has_phone=bool(texting.phones))) is not None:
                return await self._page(tx, who, site, status=422, faults=[fault])
            step = int(form["step"])
            events = [
                test_message_requested_event(new_random_id(), site.site_id, step, phone.contact, now)
                for phone in texting.phones
            ]
            await AccountStore(tx).emit(events)
        self._web.committed()
        text = "It is on its way to your own phone, word for word as the campaign's preview shows it."
        return self._web.page("message.html", signed_in=who, site=site, title="Test sent", text=text)

    async def set_registration(self, request: Request, who: SignedIn) -> Response:
        """Store the registration's state as the carrier's console shows it; results of messages are recorded besides."""
        form, now = await read_form(request), self._web.clock.now()
        async with self._web.site_transaction(who, request) as (tx, site):
            registration = registration_in(form)
            if isinstance(registration, list):
                return await self._page(tx, who, site, status=422, faults=registration)
            await TextingStore(tx).put_registration(site.site_id, *registration, now)
        return self._web.go(f"/sites/{site.site_id}/texting")

    async def set_price(self, request: Request, who: SignedIn) -> Response:
        """Store what the carrier bills for a part of a text."""
        form = await read_form(request)
        async with self._web.site_transaction(who, request) as (tx, site):
            price = part_price_in(form)
            if isinstance(price, list):
                return await self._page(tx, who, site, status=422, faults=price)
            await TextingStore(tx).put_part_price(site.site_id, price)
        return self._web.go(f"/sites/{site.site_id}/texting")

    async def api_show(self, request: Request, who: SignedIn) -> Response:
        """The steps about text messages, the sender, its registration and the test phones."""
        async with self._web.site_transaction(who, request) as (tx, site):
            texting = await TextingStore(tx).texting(site.site_id)
        body = {
            "steps": [vars(step) for step in texting_steps(site.settings, texting)],
            "sender": None if texting.sender is None else vars(texting.sender),
            "registration": {"state": texting.registration.value, "reference": texting.reference},
            "test_phones": [
                {"index": phone.contact.index, "proved_at": phone.proved_at.isoformat()} for phone in texting.phones
            ],
            "part_price_hundredths_of_a_cent": texting.part_price,
        }
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    async def _page(
        self,
        tx: Transaction,
        who: SignedIn,
        site: Site,
        *,
        code: str = "",
        status: int = 200,
        faults: list[Fault] | None = None,
    ) -> Response:
        texting = await TextingStore(tx).texting(site.site_id)
        values: dict[str, Any] = {
            "texting": texting,
            "steps": {step.key: step for step in texting_steps(site.settings, texting)},
            "registrations": REGISTRATIONS,
            "needs_registration": site.settings.country in REGISTERED_COUNTRIES,
            "part_price": f"{texting.part_price / 100:g}",
        }
        json = {"code": code, "text_to": None if texting.sender is None else texting.sender.from_number} if code else None
        return self._web.page(
            "texting.html", status, json=json, signed_in=who, site=site, code=code, faults=faults or [], **values
        )


def fault_of_test(site: Site, step: str, *, has_phone: bool) -> Fault | None:
    """Why no test can be sent; None where one can."""
    steps = site.settings.campaign.steps
    if not has_phone:
        return Fault("phones", "Verify a phone of yours first: text the code from it.")
    number = whole_number(step, 1, len(steps))
    if number is None:
        return Fault("step", "There is no such reminder any more.")
    if Channel.SMS not in steps[number - 1].channel_order:
        return Fault("step", "This reminder is never sent as a text.")
    if all(secret.name != "sms_sender" for secret in site.settings.secrets):
        return Fault("sender", "Enter the account that sends in Settings first.")
    return None
