"""Each answer of a push service means one thing, and what is not listed is never repeated."""

import pytest

from services.notify.channels.push.responses import outcome_of
from services.notify.channels.results import Accepted, Gone, NotSent, Outcome, Rejected, Unknown
from shared.events.reasons import Reason


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Accepted("/m/1")),
        (201, Accepted("/m/1")),
        (202, Accepted("/m/1")),
        (301, Rejected(Reason.CARRIER_REFUSED)),
        (307, Rejected(Reason.CARRIER_REFUSED)),
        (400, Rejected(Reason.CARRIER_REFUSED)),
        (401, NotSent(60.0, Reason.ACCOUNT_REFUSED)),
        (403, NotSent(60.0, Reason.ACCOUNT_REFUSED)),
        (404, Gone()),
        (410, Gone()),
        (413, Rejected(Reason.CARRIER_REFUSED)),
        (429, NotSent(7.0, slow_down=True)),
        (500, Unknown(7.0)),
        (502, Unknown(7.0)),
        (503, Unknown(7.0)),
    ],
)
def test_an_answer_means_one_thing(status: int, outcome: Outcome) -> None:
    assert outcome_of(status, "/m/1", 7.0) == outcome


@pytest.mark.parametrize("status", [s for s in range(100, 600) if s not in (200, 201, 202, 401, 403, 404, 410, 429)])
def test_what_is_not_listed_is_neither_a_success_nor_provably_unsent(status: int) -> None:
    assert not isinstance(outcome_of(status, "", None), Accepted | NotSent | Gone)
