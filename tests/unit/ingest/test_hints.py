"""A hint about a shop's set-up never fails a request, a loop or a process, whatever a stranger put into it."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.orders.burst import OrderBursts
from services.ingest.signals import MOST_PENDING, Sample, Signals
from shared.events.codec import encode
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.ids import new_uuid7
from tests.support.builders.ingest import NOON, SITE, a_body, a_rig, an_event
from tests.support.processes.ingest_client import SHOP, post

PAGE = an_event("page.seen")


class Desk:
    """Where signals go, as bytes."""

    def __init__(self, *, fails: bool = False) -> None:
        self.published: list[SiteSignalled] = []
        self.lost = 0
        self._fails = fails
        self.signals = Signals(self._publish, new_uuid7, self._count_lost)

    def note(self, sample: Sample, site_id: UUID = SITE, now: float = 0.0) -> None:
        self.signals.note(site_id, SignalKind.FOREIGN_ORIGIN, sample, NOON, now)

    def _publish(self, signal: SiteSignalled) -> None:
        if self._fails:
            raise KeyError("a bug")
        encode(signal)
        self.published.append(signal)

    def _count_lost(self) -> None:
        self.lost += 1


@pytest.mark.parametrize(
    "origin", ["http://" + 254 * "a", "http://" + 60_000 * "a", "http://[", "http://\u00ff", "http://a\tb"]
)
async def test_an_origin_of_any_length_costs_its_own_sample_alone(origin: str) -> None:
    rig = a_rig()

    answers = [
        await post(rig, a_body(PAGE), {key.encode(): value.encode("latin-1") for key, value in (SHOP | {name: origin}).items()})
        for name in ("origin", "referer", "host")
    ]
    rig.ingestion.signals.sweep(2000.0)
    await rig.ingestion.commit.drain(1)

    assert {answer.status_code for answer in answers} <= {204, 403}
    kinds = {event.kind for event in rig.kafka.events("site-signals") if isinstance(event, SiteSignalled)}
    assert SignalKind.FOREIGN_ORIGIN in kinds


ANY_TEXT = st.text(st.characters(codec=None), max_size=400) | st.just("/" + 5000 * "x") | st.just("x" * 300)


@settings(max_examples=200)
@given(st.builds(Sample, path=ANY_TEXT | st.none(), host=ANY_TEXT | st.none(), field=ANY_TEXT | st.none()))
def test_whatever_was_noticed_becomes_a_signal_without_what_does_not_fit(sample: Sample) -> None:
    desk = Desk()

    desk.note(sample)
    desk.signals.sweep(2000.0)

    (signal,) = desk.published
    assert signal.path in (sample.path, None)
    assert signal.host in (sample.host, None)
    assert desk.lost == 0


def test_a_signal_that_cannot_be_published_is_lost_and_counted() -> None:
    desk = Desk(fails=True)

    desk.note(Sample())
    desk.note(Sample())
    desk.signals.sweep(2000.0)

    assert desk.lost == 2


def test_what_waits_to_be_signalled_is_bounded() -> None:
    desk = Desk()

    for _ in range(MOST_PENDING + 500):
        desk.note(Sample(), uuid4())

    assert desk.signals.waiting <= MOST_PENDING
    assert desk.lost == 500
    desk.signals.sweep(1e9)
    desk.signals.sweep(2e9)
    assert desk.signals.waiting == 0


def test_sites_that_no_longer_report_orders_are_forgotten() -> None:
    bursts = OrderBursts(limit=1, most=100)

    for number in range(1000):
        bursts.count(number, float(number))

    assert bursts.watched <= 100
    assert not bursts.count(999, 999.5) or bursts.count(999, 999.6)


async def test_a_clock_that_is_off_and_a_key_that_was_revoked_are_noted_of_any_page() -> None:
    rig = a_rig()
    body = a_body(PAGE | {"p": "/\ud800\u0000" + 2000 * "\u2028"}) | {"z": 1}

    answer = await post(rig, body, SHOP | {"referer": "https://shop.example/" + 60_000 * "r"})

    assert answer.status_code in (204, 422)
    rig.clock.wall += timedelta(days=1)
    rig.ingestion.signals.sweep(5000.0)
