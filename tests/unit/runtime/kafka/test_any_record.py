"""Whatever a record is made of, it becomes an event, or a dead letter that can leave, with a hold where silence was meant."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from shared.events.codec import SILENCES_HEADER, UPCASTS, encode
from shared.events.merchant import SendingPaused
from shared.runtime.kafka.batch_transaction import Applied, BatchTransaction
from shared.runtime.kafka.dead_letters import MOST_HEADERS
from shared.runtime.kafka.holds import EVERY_SITE
from shared.runtime.kafka.subscription import Subscription
from shared.runtime.metrics import RuntimeMetrics
from shared.runtime.postgres.tables import Tables
from tests.support.builders.ingest import NOON, SITE
from tests.support.records import ARecord, RememberedTransaction, a_record
from tests.support.strangers import TEXTS, VALUES

OTHER = UUID("0198f0aa-0000-7000-8000-000000000002")
PAUSED = SendingPaused(event_id=OTHER, site_id=SITE, occurred_at=NOON, received_at=NOON)
GOOD = encode(PAUSED)
FIELDS_OF_GOOD = json.loads(GOOD.value)
FIELDS = st.sampled_from([*FIELDS_OF_GOOD, "unknown"])
ALTERED = st.dictionaries(FIELDS, VALUES, max_size=4).map(lambda changes: json.dumps(FIELDS_OF_GOOD | changes).encode())
HEADER_NAMES = TEXTS.map(lambda text: text.encode("utf-8", "replace").decode()) | st.sampled_from(
    ["ce_type", "ce_id", SILENCES_HEADER]
)
HEADERS = st.lists(st.tuples(HEADER_NAMES, st.none() | st.binary(max_size=50)), max_size=5)
KEYS = st.none() | st.binary(max_size=40) | st.sampled_from([GOOD.key, str(OTHER).encode(), b"x" * 500_000])


async def nothing(_events: Sequence[Any], _tx: Any) -> None:
    pass


async def applied(record: ARecord, **terms: Any) -> tuple[Applied, RememberedTransaction]:
    tx: Any = RememberedTransaction()
    batches = BatchTransaction(Tables("orders"), RuntimeMetrics(CollectorRegistry()))
    subscription = Subscription(record.topic, nothing, **{"holds": "silencing", **terms})
    return await batches.apply(subscription, [record], tx), tx


@given(KEYS, st.none() | st.binary(max_size=100) | ALTERED | st.just(b"[" * 100_000), HEADERS)
@example(GOOD.key, GOOD.value, [("ce_type", None)])
@example(GOOD.key, None, [(SILENCES_HEADER, None)])
@example(GOOD.key, GOOD.value, [(name, b"x" * 1000) for name in [200 * "h"] * 900])
@example(
    GOOD.key, json.dumps(FIELDS_OF_GOOD | {"occurred_at": "9999-12-31T23:59:59-14:00"}).encode(), [(SILENCES_HEADER, b"1")]
)
@example(GOOD.key, json.dumps(FIELDS_OF_GOOD | {"occurred_at": "0001-01-01T00:00:00+14:00"}).encode(), [])
async def test_any_record_is_an_event_or_a_letter(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    came, tx = await applied(ARecord("merchant-actions", key, value, headers))

    assert len(came.events) + len(tx.letters) == 1
    for letter_key, letter, kept in tx.letters:
        size = len(letter_key) + len(letter) + sum(len(name.encode()) + len(text.encode()) for name, text in kept)
        assert size < 1_000_000
        assert len(kept) <= MOST_HEADERS + 3
    marked = SILENCES_HEADER in [name for name, _ in headers]
    assert bool(tx.holds) == (marked and bool(tx.letters))


@pytest.mark.parametrize("wanted", [None, frozenset({"sending.paused"})])
async def test_a_header_without_a_value_leaves_its_event_as_it_is(wanted: frozenset[str] | None) -> None:
    came, tx = await applied(ARecord("merchant-actions", GOOD.key, GOOD.value, [("ce_type", None), ("x", None)]), wanted=wanted)

    assert (list(came.events), tx.letters) == ([PAUSED], [])


async def test_an_upcast_that_fails_costs_its_record_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dict_of_upcasts(), ("sending.paused", 0), lambda older: older["gone"])

    came, tx = await applied(a_record(PAUSED, json.dumps(FIELDS_OF_GOOD | {"version": 0}).encode()))

    assert (list(came.events), len(tx.letters)) == ([], 1)


def dict_of_upcasts() -> dict[Any, Any]:
    assert isinstance(UPCASTS, dict)
    return UPCASTS


async def test_what_two_headers_state_is_read_from_the_value() -> None:
    headers = [("ce_type", b"page.seen"), *GOOD.headers]
    record = ARecord("merchant-actions", GOOD.key, GOOD.value, [each for each in headers if each[0] != SILENCES_HEADER])

    came, _ = await applied(record, wanted=frozenset({"sending.paused"}))

    assert list(came.events) == [PAUSED]


@pytest.mark.parametrize("ending", [b'"}', b'", "x'])
async def test_a_record_between_two_sites_silences_both(ending: bytes) -> None:
    _, tx = await applied(a_record(PAUSED, b'{"site_id": "' + str(OTHER).encode() + ending))

    assert {site for site, _ in tx.holds} == {SITE, OTHER}


async def test_a_record_of_no_site_silences_all() -> None:
    _, tx = await applied(ARecord("merchant-actions", b"\xff", b"\xff", [(SILENCES_HEADER, None)]))

    assert [site for site, _ in tx.holds] == [EVERY_SITE]


async def test_a_record_without_a_value_is_a_tombstone_in_a_table_alone() -> None:
    _, table = await applied(ARecord("site-settings", GOOD.key, None, [(SILENCES_HEADER, b"1")]))
    _, log = await applied(ARecord("storefront-events", GOOD.key, None, [(SILENCES_HEADER, b"1")]))

    assert (table.letters, table.holds) == ([], [])
    assert [site for site, _ in log.holds] == [SITE]
