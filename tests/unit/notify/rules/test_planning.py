"""How and whether a due nudge may go: each rule, its reason, and their order."""

from datetime import timedelta

import pytest

from services.notify.rules.bindings import RecipientFacts
from services.notify.rules.planning import Declined, Deferred, Prepare, decide, decide_one
from services.notify.rules.suppression import Suppression
from shared.events.envelope import Channel
from shared.events.reasons import Reason
from shared.events.settings import Caps, Hours
from tests.support.builders.notify import BOB, NOON, a_binding, a_moment, a_site, some_facts

HOUR = timedelta(hours=1)
STOPPED = Suppression(suppressed_at=NOON - timedelta(minutes=5))
REOPENED = Suppression(suppressed_at=NOON - timedelta(minutes=5), lifted_at=NOON - timedelta(minutes=4))


def refused(facts: RecipientFacts) -> Reason | None:
    decision = decide_one(facts, a_site(), a_moment())
    return decision.reason if isinstance(decision, Declined) else None


def test_a_confirmed_number_may_be_written_to() -> None:
    facts = some_facts()

    assert decide_one(facts, a_site(), a_moment()) == Prepare(facts.binding)


def test_a_tick_without_a_yes_from_the_handset_is_not_enough() -> None:
    assert refused(some_facts(binding=a_binding(confirmed_at=None))) is Reason.NOT_CONFIRMED


def test_a_number_that_was_asked_for_another_browser_has_a_reason_of_its_own() -> None:
    elsewhere = a_binding(confirmed_at=None, state="refused", refused_reason="asked_recently")

    assert refused(some_facts(binding=elsewhere)) is Reason.ASKED_RECENTLY


def test_a_box_that_the_shop_ticked_is_no_consent() -> None:
    assert refused(some_facts(binding=a_binding(box_state="pre_ticked"))) is Reason.NO_CONSENT


def test_unticking_after_the_yes_takes_it_back() -> None:
    assert refused(some_facts(binding=a_binding(withdrawn_at=NOON - timedelta(minutes=1)))) is Reason.WITHDRAWN


def test_a_yes_after_unticking_gives_it_again() -> None:
    facts = some_facts(binding=a_binding(withdrawn_at=NOON - HOUR))

    assert refused(facts) is None


def test_a_new_tick_does_not_give_back_what_was_taken() -> None:
    ticked_again = a_binding(withdrawn_at=NOON - timedelta(minutes=2), given_at=NOON - timedelta(minutes=1))

    assert refused(some_facts(binding=ticked_again)) is Reason.WITHDRAWN


def test_a_recipient_who_sent_stop_is_suppressed() -> None:
    assert refused(some_facts(suppression=STOPPED)) is Reason.SUPPRESSED


def test_start_alone_does_not_bring_the_old_yes_back() -> None:
    assert refused(some_facts(suppression=REOPENED)) is Reason.NOT_CONFIRMED


def test_start_and_a_new_yes_do() -> None:
    facts = some_facts(suppression=REOPENED, binding=a_binding(confirmed_at=NOON - timedelta(minutes=3)))

    assert refused(facts) is None


def test_a_merchants_own_list_is_not_opened_by_a_start() -> None:
    listed = Suppression(suppressed_at=NOON - HOUR, lifted_at=NOON - timedelta(minutes=59), by_merchant=True)

    assert refused(some_facts(suppression=listed)) is Reason.SUPPRESSED


@pytest.mark.parametrize(("own_cap", "sent"), [(1, 1), (50, 3)])
def test_the_own_cap_holds_and_so_does_the_laws(own_cap: int, sent: int) -> None:
    site = a_site(caps=Caps(per_recipient_per_day=own_cap))

    assert decide_one(some_facts(sent_in_a_day=sent), site, a_moment()) == Declined(Reason.OVER_CAP)
    assert isinstance(decide_one(some_facts(sent_in_a_day=sent - 1), site, a_moment()), Prepare)


def test_an_american_phone_gets_one_message_for_a_cart() -> None:
    assert refused(some_facts(sent_for_cart=1)) is Reason.ONE_PER_CART
    assert refused(some_facts(sent_for_cart=1, region="CA")) is Reason.ONE_PER_CART


def test_another_country_has_no_such_rule() -> None:
    facts = some_facts(sent_for_cart=1, region="GB", zones=frozenset({"Europe/London"}))

    assert isinstance(decide_one(facts, a_site(country="GB"), a_moment()), Prepare)


def test_a_country_that_the_shop_does_not_serve_gets_nothing() -> None:
    assert refused(some_facts(region="GB")) is Reason.COUNTRY_RULE
    assert refused(some_facts(region=None)) is Reason.COUNTRY_RULE


def test_48_hours_after_the_cart_was_left_it_is_too_late_to_the_second() -> None:
    site, facts = a_site(), some_facts()
    last = a_moment(abandoned_at=NOON - timedelta(hours=48), not_after=NOON + HOUR)
    over = a_moment(abandoned_at=NOON - timedelta(hours=48, seconds=1), not_after=NOON + HOUR)

    assert isinstance(decide_one(facts, site, last), Prepare)
    assert decide_one(facts, site, over) == Declined(Reason.COUNTRY_RULE)


def test_at_night_it_waits_for_the_morning() -> None:
    night = a_moment(now=NOON + timedelta(hours=10))
    morning = NOON + timedelta(hours=21)

    assert decide_one(some_facts(), a_site(hours=Hours.LEGAL), night) == Deferred(Reason.OUTSIDE_HOURS, morning)


def test_a_morning_after_the_legal_end_never_comes() -> None:
    night = a_moment(now=NOON + timedelta(hours=10), not_after=NOON + timedelta(hours=20))

    assert decide_one(some_facts(), a_site(hours=Hours.LEGAL), night) == Declined(Reason.OUTSIDE_HOURS)


def test_the_rules_come_in_their_order() -> None:
    """Consent, suppression, cap, hours, country: the first that refuses is the one that is emitted."""
    wrong = some_facts(binding=a_binding(confirmed_at=None), suppression=STOPPED, sent_in_a_day=9, sent_for_cart=9, region=None)
    site, night = a_site(hours=Hours.LEGAL), a_moment(now=NOON + timedelta(hours=10))
    reasons = []
    for mended in ({}, {"binding": a_binding()}, {"suppression": Suppression()}, {"sent_in_a_day": 0}):
        wrong = some_facts(**(wrong.__dict__ | mended))
        decision = decide_one(wrong, site, night)
        assert not isinstance(decision, Prepare)
        reasons.append(decision.reason)
    day = decide_one(wrong, site, a_moment())

    assert reasons == [Reason.NOT_CONFIRMED, Reason.SUPPRESSED, Reason.OVER_CAP, Reason.OUTSIDE_HOURS]
    assert day == Declined(Reason.COUNTRY_RULE)


def test_push_is_no_channel_yet_and_sms_comes_next() -> None:
    facts = some_facts()

    assert decide((Channel.PUSH,), [facts], a_site(), a_moment()) == Declined(Reason.NO_CHANNEL)
    assert decide((Channel.PUSH, Channel.SMS), [facts], a_site(), a_moment()) == Prepare(facts.binding)
    assert decide((Channel.PUSH, Channel.SMS), [], a_site(), a_moment()) == Declined(Reason.NO_CONSENT)


def test_of_two_numbers_that_must_wait_the_earlier_morning_counts() -> None:
    night = a_moment(now=NOON + timedelta(hours=11))
    east = some_facts(zones=frozenset({"America/New_York"}))
    west = some_facts(zones=frozenset({"America/Los_Angeles"}), binding=a_binding(recipient_index=BOB.index, box=BOB.box))
    legal = a_site(hours=Hours.LEGAL)

    apart = [decide_one(facts, legal, night) for facts in (east, west)]

    assert [each.until for each in apart if isinstance(each, Deferred)] == [
        NOON + timedelta(hours=21),
        NOON + timedelta(hours=24),
    ]
    assert decide((Channel.SMS,), [west, east], legal, night) == apart[0]


def test_a_mistyped_number_does_not_hide_the_confirmed_one() -> None:
    good = some_facts()
    typo = some_facts(binding=a_binding(recipient_index=BOB.index, box=BOB.box, confirmed_at=None, given_at=NOON))

    assert decide((Channel.SMS,), [typo, good], a_site(), a_moment()) == Prepare(good.binding)
