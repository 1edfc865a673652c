"""An event that every reader understands and no database takes is set aside; its neighbours are stored, its process lives."""

import pytest

from services.onboarding.app import SUBSCRIPTIONS
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.ids import new_uuid7
from shared.runtime.postgres.pool import Pool
from tests.support.builders.ingest import NOON, SITE
from tests.support.records import a_record, apply

SIGNALS = next(each for each in SUBSCRIPTIONS if each.topic == "site-signals")


def a_signal(**changes: object) -> SiteSignalled:
    fields = {"event_id": new_uuid7(), "site_id": SITE, "occurred_at": NOON, "received_at": NOON, "kind": "bot", "count": 1}
    return SiteSignalled.model_validate(fields | changes)


@pytest.mark.parametrize("poison", [{"count": 10**30}, {"count": 2**63 - 1}, {"path": "/a\0b", "count": 2**70}])
async def test_a_count_that_no_column_holds_costs_itself(pool: Pool, poison: dict[str, object]) -> None:
    good = [a_signal(), a_signal(kind=SignalKind.CART_SEEN)]
    events = [good[0], a_signal(**poison), good[1]]

    came = await apply(pool, "onboarding", SIGNALS, [a_record(event) for event in events])

    assert list(came.events) == good
    rows = await pool.fetch("SELECT kind, count FROM onboarding.signals")
    assert {row["kind"]: row["count"] for row in rows} == {"bot": 1, "cart_seen": 1}
    assert await pool.fetchval("SELECT count(*) FROM onboarding.outbox") == 1
