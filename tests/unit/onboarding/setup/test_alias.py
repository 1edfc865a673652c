"""An address of one's own is verified by what was found there; where push is offered, what keeps it from working is broken."""

from typing import Any

import pytest

from services.onboarding.platforms import guides
from services.onboarding.setup.alias import alias_step
from services.onboarding.setup.checklist import Question, Seen, Statement, Step, StepState
from services.onboarding.setup.verification import confirmation_step, steps_of
from services.onboarding.shop_pages.findings import Findings, PageError
from services.onboarding.shop_pages.shop_page import PageFindings
from tests.support.builders.onboarding import NOON, a_site

NEXTERNAL = guides()["nexternal"]
GOOD = Findings(None, PageFindings(), None)


def seen_on(host: str) -> dict[str, dict[str, Any]]:
    return {"beacon_seen": {"last_at": NOON, "count": 1, "sample": {"host": host, "path": "/"}}}


def step(findings: Findings | None, host: str = "shop.example", on: str | None = None, worker: str | None = "/w.js") -> Step:
    site = a_site().model_copy(update={"hosts": (host, "www.shop.example"), "worker_path": worker})
    return alias_step(site, NEXTERNAL, Seen({} if on is None else seen_on(on), findings, NOON))


def test_an_address_that_answers_and_that_shoppers_are_on_is_verified() -> None:
    found = step(GOOD, on="shop.example")

    assert (found.state, found.proof) == (StepState.VERIFIED, "shop.example")


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (step(GOOD, host="store.nexternal.com"), "shared_host"),
        (step(Findings(PageError.NOT_REACHED, PageFindings(), None)), "alias_not_reached"),
        (step(Findings(PageError.NO_TLS, PageFindings(), None)), "alias_no_tls"),
        (step(Findings(PageError.MOVED, PageFindings(), None)), "alias_moved"),
        (step(Findings(PageError.REFUSED, PageFindings(), None)), "alias_refused"),
        (step(GOOD, on="store.nexternal.com"), "another_site"),
        (step(GOOD, on="www.shop.example"), "another_site"),
    ],
)
def test_what_keeps_push_from_working_names_the_platforms_menu(found: Step, fault: str) -> None:
    assert (found.state, found.fault) == (StepState.BROKEN, fault)
    assert "Settings > Edit Site Options > Domain Alias" in found.remedy


def test_a_shop_without_push_has_it_still_to_do_and_nothing_broken() -> None:
    assert step(GOOD, host="store.nexternal.com", worker=None).state is StepState.TODO
    assert step(None).state is StepState.TODO


def test_only_platforms_whose_shops_share_an_address_have_the_step() -> None:
    keys = {key: {each.key for each in steps_of(a_site(), guide, Seen({}, None, NOON))} for key, guide in guides().items()}

    assert {key for key, steps in keys.items() if "alias" in steps} == {"nexternal"}


@pytest.mark.parametrize(
    ("stated", "state"),
    [
        ("/nexternal", StepState.VERIFIED),
        ("/thanks", StepState.VERIFIED),
        ("/done", StepState.BROKEN),
        ("", StepState.VERIFIED),
    ],
)
def test_orders_come_from_the_confirmation_page_that_was_named(stated: str, state: StepState) -> None:
    signals = {"order_seen": {"last_at": NOON, "count": 1, "sample": {"host": "shop.example", "path": "/thanks/7"}}}
    statement = Statement(Question.CONFIRMATION_PAGE, stated, None, NOON, "anna")

    found = confirmation_step(NEXTERNAL, Seen(signals, None, NOON, statements={Question.CONFIRMATION_PAGE: statement}))

    assert found.state is state
    assert found.fault == ("another_confirmation_page" if state is StepState.BROKEN else "")


def test_the_steps_at_nexternal_are_in_the_terms_of_its_own_menus() -> None:
    assert NEXTERNAL.confirmation["page"] == "/nexternal"
    assert NEXTERNAL.tracking["menu"] == "Settings > Policies, Addenda and Disclaimers > Edit > Tracking Code"
    assert NEXTERNAL.tracking["position"] == "Set Tracking Code Position to End of Head."
    assert NEXTERNAL.confirmation["menu"].endswith("> Order/Affiliate Addendum")
    assert NEXTERNAL.confirmation["position"].endswith("click Finish.")
    assert NEXTERNAL.opt_in["menu"] == "Customers > Preferences > the first free Customer Custom Field"
    assert NEXTERNAL.opt_in["label"] == "I would like to receive SMS messages"
    assert (NEXTERNAL.push["menu"], NEXTERNAL.push["how"][:18]) == ("Layout > Import", "Click Choose Files")
