"""Forms of what only the merchant can state: that the cart shown is right, that the shop's own code sends carts."""

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.onboarding.accounts.sessions import SignedIn
from services.onboarding.setup.cart_reading import NO, YES, cart_of, confirmed_names
from services.onboarding.setup.checklist import Question, Statement
from services.onboarding.setup.name_checks import add_names
from services.onboarding.shop.sites import Fault
from services.onboarding.storage.accounts import AccountStore
from services.onboarding.storage.live import notify_changed
from services.onboarding.storage.setup import SetupStore
from services.onboarding.storage.statements import StatementStore
from services.onboarding.web.forms import read_form
from services.onboarding.web.pages import Web

log = structlog.get_logger("setup")


class StatementPages:
    """Each answer is kept with who gave it when; the latest holds, so that each can be withdrawn."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def routes(self) -> list[Route]:
        """Their addresses."""
        web, setup = self._web, "/sites/{site_id:uuid}/setup"
        return [
            Route(f"{setup}/cart", web.signed_in(self.compare_cart), methods=["POST"]),
            Route(f"{setup}/own-carts", web.signed_in(self.choose_own_carts), methods=["POST"]),
        ]

    async def compare_cart(self, request: Request, who: SignedIn) -> Response:
        """Whether the cart that was read last is what the shop's own page showed."""
        return await self._state(request, who, Question.CART_IS_RIGHT)

    async def choose_own_carts(self, request: Request, who: SignedIn) -> Response:
        """Whether the shop's own code sends carts and contacts: then going live waits for no reader."""
        return await self._state(request, who, Question.OWN_CARTS)

    async def _state(self, request: Request, who: SignedIn, question: Question) -> Response:
        form, now = await read_form(request), self._web.clock.now()
        answer = form.get("answer", "")
        async with self._web.site_transaction(who, request, lock=True) as (tx, site):
            cart = cart_of(await SetupStore(tx).seen(site.site_id, now))
            fault = fault_in(question, answer, has_cart=cart is not None)
            if fault is None:
                reader = None if cart is None else cart.reader
                await StatementStore(tx).add(site.site_id, Statement(question, answer, reader, now, who.email))
                if cart is not None and (question, answer) == (Question.CART_IS_RIGHT, YES):
                    names = confirmed_names(cart, form.get("names", ""))
                    await add_names(AccountStore(tx), site.settings, names, frozenset(), now)
                await notify_changed(tx, [site.site_id])
        if fault is not None:
            text = f"{fault.sentence} Go back to the set-up."
            return self._web.page(
                "message.html", 422, signed_in=who, site=site, title="That was not taken", text=text, faults=[fault]
            )
        self._web.committed()
        log.info("stated", site_id=str(site.site_id), question=question.value, answer=answer)
        return self._web.go(f"/sites/{site.site_id}/setup")


def fault_in(question: Question, answer: str, *, has_cart: bool) -> Fault | None:
    """Why an answer cannot be taken; None where it can."""
    if answer not in (YES, NO):
        return Fault("answer", "Answer yes or no.")
    if question is Question.CART_IS_RIGHT and not has_cart:
        return Fault("answer", "No cart has been read yet: put something into the cart of your shop first.")
    return None
