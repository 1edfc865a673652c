"""What a carrier's answer means: the default is not knowing, and only what provably was not sent is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.channels.results import Accepted, NotSent, Outcome, Rejected, Unknown, failure_of, outcome_of, rank_of
from shared.events.reasons import Reason


@pytest.mark.parametrize(
    ("status", "code", "carrier_id", "expected"),
    [
        (201, None, "SM1", Accepted("SM1")),
        (200, None, None, Unknown()),
        (429, None, None, NotSent(7.0, slow_down=True)),
        (429, 20429, None, NotSent(7.0, slow_down=True)),
        (400, 21611, None, NotSent(7.0, slow_down=True)),
        (400, 21610, None, Rejected(Reason.SUPPRESSED)),
        (400, 21211, None, Rejected(Reason.CONTACT_INVALID)),
        (400, 21614, None, Rejected(Reason.CONTACT_INVALID)),
        (400, 21408, None, Rejected(Reason.CARRIER_REFUSED)),
        (401, 20003, None, NotSent(7.0, Reason.ACCOUNT_REFUSED)),
        (403, None, None, NotSent(7.0, Reason.ACCOUNT_REFUSED)),
        (400, None, None, Unknown()),
        (404, 20404, None, Unknown()),
        (408, None, None, Unknown()),
        (301, None, None, Unknown()),
        (500, 21611, None, Unknown()),
        (502, None, None, Unknown()),
        (503, None, None, Unknown()),
    ],
)
def test_an_answer_is_read_by_the_table(status: int, code: int | None, carrier_id: str | None, expected: Outcome) -> None:
    assert outcome_of(status, code, carrier_id, 7.0) == expected


def test_a_refused_account_is_tried_again_after_a_minute_and_uses_up_no_step() -> None:
    assert outcome_of(401, 20003, None, None) == NotSent(60.0, Reason.ACCOUNT_REFUSED)


@given(st.integers(100, 599), st.one_of(st.none(), st.integers(0, 99_999)))
def test_only_three_answers_allow_another_try(status: int, code: int | None) -> None:
    outcome = outcome_of(status, code, "SM1", None)

    if isinstance(outcome, NotSent):
        assert status in (401, 403, 429) or (status == 400 and code in (20429, 21611))


def test_a_message_never_goes_back() -> None:
    ranks = [rank_of(status) for status in ("queued", "sending", "sent", "delivered")]

    assert ranks == sorted(set(ranks))
    assert rank_of("delivered") == rank_of("undelivered") == rank_of("failed")
    assert rank_of("made up") == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21610, Reason.SUPPRESSED),
        (30005, Reason.CONTACT_INVALID),
        (30006, Reason.CONTACT_INVALID),
        (30007, Reason.CARRIER_REFUSED),
        (30003, Reason.NOT_DELIVERED),
        (None, Reason.NOT_DELIVERED),
    ],
)
def test_a_message_that_did_not_arrive_has_its_reason(code: int | None, reason: Reason) -> None:
    assert failure_of(code) is reason
