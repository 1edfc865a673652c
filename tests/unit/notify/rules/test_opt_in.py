"""The one opt-in question: when it may be asked, and why not."""

from datetime import timedelta

import pytest

from services.notify.rules.bindings import Binding
from services.notify.rules.opt_in import Ask, NotAsked, QuestionFacts, may_ask
from services.notify.rules.suppression import Suppression
from shared.events.reasons import Reason
from shared.events.settings import Hours, SiteMode
from tests.support.builders.notify import ANNA, NOON, a_new_binding, a_site, question_facts

DAYS_30 = timedelta(days=30)
SECOND = timedelta(seconds=1)


def test_a_number_that_was_just_ticked_is_asked() -> None:
    assert may_ask(a_new_binding(), a_site(), question_facts(), NOON) == Ask()


@pytest.mark.parametrize(
    ("binding", "facts", "reason"),
    [
        (a_new_binding(box_state="pre_ticked"), question_facts(), Reason.NO_CONSENT),
        (a_new_binding(box_state="unknown"), question_facts(), Reason.NO_CONSENT),
        (a_new_binding(withdrawn_at=NOON), question_facts(), Reason.WITHDRAWN),
        (a_new_binding(), question_facts(suppression=Suppression(suppressed_at=NOON)), Reason.SUPPRESSED),
        (a_new_binding(), question_facts(suppression=Suppression(by_merchant=True)), Reason.SUPPRESSED),
        (a_new_binding(), question_facts(last_asked_at=NOON - DAYS_30 + SECOND), Reason.ASKED_RECENTLY),
        (a_new_binding(), question_facts(contested=True), Reason.CONTESTED),
        (a_new_binding(), question_facts(contested=True, last_asked_at=NOON, last_is_out=True), Reason.ASKED_RECENTLY),
        (a_new_binding(), question_facts(contested=True, last_asked_at=NOON, last_is_out=False), Reason.CONTESTED),
        (a_new_binding(), question_facts(last_asked_at=NOON, last_is_out=False), Reason.ASKED_RECENTLY),
        (a_new_binding(given_at=NOON - timedelta(hours=49)), question_facts(), Reason.TOO_LATE),
        (a_new_binding(), question_facts(region="RU"), Reason.COUNTRY_RULE),
        (a_new_binding(), question_facts(region=None), Reason.COUNTRY_RULE),
        (a_new_binding(), question_facts(has_sender=False), Reason.NO_SENDER),
    ],
)
def test_nobody_is_asked_who(binding: Binding, facts: QuestionFacts, reason: Reason) -> None:
    assert may_ask(binding, a_site(), facts, NOON) == NotAsked(reason)


def test_after_30_days_a_number_may_be_asked_again() -> None:
    assert may_ask(a_new_binding(), a_site(), question_facts(last_asked_at=NOON - DAYS_30), NOON) == Ask()


def test_a_tick_after_an_untick_is_asked_about() -> None:
    again = a_new_binding(withdrawn_at=NOON - timedelta(minutes=2))

    assert may_ask(again, a_site(), question_facts(), NOON) == Ask()


@pytest.mark.parametrize("reason", [Reason.PAUSED, Reason.ON_HOLD])
def test_a_silent_site_asks_later(reason: Reason) -> None:
    verdict = may_ask(a_new_binding(), a_site(), question_facts(silent=reason), NOON)

    assert verdict == NotAsked(reason, NOON + timedelta(seconds=10))


def test_a_site_that_only_observes_asks_nobody_and_not_later_either() -> None:
    assert may_ask(a_new_binding(), a_site(mode=SiteMode.OBSERVE), question_facts(), NOON) == NotAsked(Reason.OBSERVING)


def test_in_test_mode_only_the_merchants_own_phone_is_asked() -> None:
    stranger, own = a_site(mode=SiteMode.TEST), a_site(mode=SiteMode.TEST, test_recipients=(ANNA.index,))

    assert may_ask(a_new_binding(), stranger, question_facts(), NOON) == NotAsked(Reason.TEST_MODE)
    assert may_ask(a_new_binding(), own, question_facts(), NOON) == Ask()


def test_at_night_the_question_waits_for_the_morning() -> None:
    night = NOON + timedelta(hours=10)
    ticked = a_new_binding(given_at=night)

    verdict = may_ask(ticked, a_site(hours=Hours.LEGAL), question_facts(), night)

    assert verdict == NotAsked(Reason.OUTSIDE_HOURS, NOON + timedelta(hours=21))


def test_a_question_that_no_hour_allows_within_its_time_is_not_asked() -> None:
    never_open_together = question_facts(zones=frozenset({"Europe/London", "Pacific/Auckland"}))
    nowhere = question_facts(zones=frozenset())

    for facts in (never_open_together, nowhere):
        assert may_ask(a_new_binding(), a_site(hours=Hours.LEGAL), facts, NOON) == NotAsked(Reason.OUTSIDE_HOURS)


def test_a_question_whose_time_ends_in_the_night_does_not_wait_for_the_morning() -> None:
    night = NOON + timedelta(hours=10)
    ticked = a_new_binding(given_at=night - timedelta(hours=47))

    assert may_ask(ticked, a_site(hours=Hours.LEGAL), question_facts(), night) == NotAsked(Reason.OUTSIDE_HOURS)
