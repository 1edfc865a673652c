"""The small rules of ingest: what is let in, from where, how often, and what is signalled of it."""

import json
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.admission import Candidate, Refusal, is_bot, refuse
from services.ingest.http.body import MalformedBody, OversizedBody, read_body
from services.ingest.limits import Buckets, Limits, Rate
from services.ingest.origin import RequestOrigin, request_origin_of
from services.ingest.signals import NO_SAMPLE, Sample, Signals
from services.ingest.wire_fields import is_keyword, path_within
from shared.events.signals import SignalKind, SiteSignalled
from shared.runtime.ids import new_uuid7
from tests.support.builders.ingest import CHROME, NOON, SITE

HOSTS = frozenset({"shop.example", "shop.localhost:8703"})
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(
    origin=st.sampled_from(RequestOrigin),
    age=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
    user_agent=st.text(),
    size=st.integers(0, 65_536),
    depth=st.integers(0, 20),
)
def test_nothing_about_it_keeps_an_order_report_out(
    origin: RequestOrigin, age: timedelta, user_agent: str, size: int, depth: int
) -> None:
    order = Candidate("order.reported", origin, age, user_agent, size, depth)

    assert refuse(order, test_browsers=False) is None


@pytest.mark.parametrize(
    ("origin", "event_type", "reason"),
    [
        (RequestOrigin.STOREFRONT, "cart.updated", None),
        (RequestOrigin.BACK_OFFICE, "page.seen", None),
        (RequestOrigin.BACK_OFFICE, "cart.updated", Refusal.BACK_OFFICE),
        (RequestOrigin.BACK_OFFICE, "consent.given", Refusal.BACK_OFFICE),
        (RequestOrigin.HOSTED_PAGE, "link.followed", None),
        (RequestOrigin.HOSTED_PAGE, "page.seen", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.FOREIGN, "page.seen", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.FOREIGN, "consent.withdrawn", None),
        (RequestOrigin.SANDBOX, "page.seen", None),
        (RequestOrigin.SANDBOX, "shopper.identified", None),
        (RequestOrigin.SANDBOX, "cart.updated", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.SANDBOX, "consent.given", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.SANDBOX, "push.subscribed", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.SANDBOX, "link.followed", Refusal.FOREIGN_ORIGIN),
        (RequestOrigin.SANDBOX, "order.reported", None),
    ],
)
def test_what_may_come_from_where(origin: RequestOrigin, event_type: str, reason: Refusal | None) -> None:
    event = Candidate(event_type, origin, timedelta(0), CHROME, 100, 2)

    assert refuse(event, test_browsers=False) is reason


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("shop.example", RequestOrigin.STOREFRONT),
        ("shop.example:8443", RequestOrigin.STOREFRONT),
        ("shop.localhost:8703", RequestOrigin.STOREFRONT),
        ("shop.localhost:8704", RequestOrigin.FOREIGN),
        ("evil-shop.example", RequestOrigin.FOREIGN),
        ("shop.example.evil.net", RequestOrigin.FOREIGN),
        ("office.example", RequestOrigin.BACK_OFFICE),
        ("beckon.example", RequestOrigin.HOSTED_PAGE),
        (None, RequestOrigin.FOREIGN),
    ],
)
def test_an_origin_is_recognized_by_its_whole_host(host: str | None, origin: RequestOrigin) -> None:
    assert request_origin_of(host, HOSTS, frozenset({"office.example"}), "beckon.example") is origin


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (None, RequestOrigin.SANDBOX),
        ("shop.example", RequestOrigin.STOREFRONT),
        ("office.example", RequestOrigin.BACK_OFFICE),
        ("evil.example", RequestOrigin.FOREIGN),
    ],
)
def test_only_a_request_that_names_no_host_can_come_from_a_sandbox(host: str | None, origin: RequestOrigin) -> None:
    assert request_origin_of(host, HOSTS, frozenset({"office.example"}), "beckon.example", in_sandbox=True) is origin


@pytest.mark.parametrize(
    ("user_agent", "machine"),
    [
        (CHROME, False),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1", False),
        ("Mozilla/5.0 (Linux; Android 15; CUBOT X90) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", True),
        ("facebookexternalhit/1.1", True),
        ("Slackbot-LinkExpanding 1.0", True),
        ("curl/8.5", True),
        ("python-requests/2.32", True),
        (CHROME.replace("Chrome", "HeadlessChrome"), True),
        ("", True),
    ],
)
def test_a_machine_is_recognized_by_its_name(user_agent: str, machine: bool) -> None:
    assert is_bot(user_agent) is machine


@pytest.mark.parametrize(
    "raw",
    [
        "[OrderNo]",
        "{OrderNo}",
        "{{ order.id }}",
        "${order_id}",
        "%OrderNo%",
        "<%OrderNo%>",
        "$[Total]",
        "{$order.details.reference|escape:'javascript'}",
        "<?php $order = a_call() ?><?= $order->getIncrementId() ?>" + 100 * " ",
    ],
)
def test_a_keyword_that_nobody_replaced_is_known(raw: str) -> None:
    assert is_keyword(raw)


@pytest.mark.parametrize("raw", ["1001", "#1001", "ORD-1", "$129.90", "anna@shop.example", "A[1]B", "", "100%", 7, None])
def test_a_value_is_no_keyword(raw: object) -> None:
    assert not is_keyword(raw)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/cart", "/cart"),
        ("cart?x=1#y", "/cart"),
        ("https://shop.example/p/1?utm=anna@shop.example", "/p/1"),
        ("https://shop.example", "/"),
        ("https://evil.example/p/1", None),
        ("//evil.example/p/1", None),
        ("javascript:alert(1)", None),
        ("/a b", "/a%20b"),
        ("/unsubscribe/anna@shop.example", None),
        ("/unsubscribe/anna%40shop.example", None),
        ("https://[broken", None),
        ("/" + "x" * 2000, None),
        ("", None),
        (7, None),
    ],
)
def test_only_a_path_on_the_shops_own_hosts_is_kept(raw: object, path: str | None) -> None:
    assert path_within(raw, HOSTS) == path


@given(body=ANYTHING)
def test_any_json_is_read_or_refused_and_never_raises_anything_else(body: object) -> None:
    raw = json.dumps({"k": body, "u": body, "z": body, "e": [body, {"t": body, "i": body, "a": body, "d": body}]}).encode()

    try:
        events = read_body(raw).events
    except (MalformedBody, OversizedBody):
        events = ()

    assert len(events) in (0, 2)


def test_a_bucket_gives_its_burst_and_then_its_rate_to_each_key_alone() -> None:
    buckets = Buckets(Rate(per_second=2, burst=4))
    for _ in range(4):
        assert buckets.wait_for("a", 1, 0) == 0
        buckets.take("a", 1, 0)

    assert buckets.wait_for("a", 1, 0) == pytest.approx(0.5)
    assert buckets.wait_for("b", 4, 0) == 0
    assert buckets.wait_for("a", 1, 0.5) == 0


def test_buckets_are_forgotten_before_they_fill_the_memory() -> None:
    buckets = Buckets(Rate(1, 1), most=2)
    for key in ("a", "b", "c"):
        buckets.take(key, 1, 0)

    assert buckets.wait_for("a", 1, 0) == 0
    assert buckets.wait_for("c", 1, 0) > 0


def test_a_signal_goes_at_once_and_after_a_quiet_with_its_count_and_last_sample() -> None:
    emitted: list[SiteSignalled] = []
    signals = Signals(emitted.append, new_uuid7)
    other = UUID(int=7)

    signals.note(SITE, SignalKind.CART_SEEN, NO_SAMPLE, NOON, 0)
    signals.note(SITE, SignalKind.CART_SEEN, Sample(path="/1"), NOON + timedelta(seconds=0.5), 0.5)
    signals.note(SITE, SignalKind.CART_SEEN, Sample(path="/2"), NOON + timedelta(seconds=1), 1)
    signals.note(other, SignalKind.CART_SEEN, NO_SAMPLE, NOON, 1.5)
    signals.sweep(1.9)
    signals.sweep(2)

    assert [(signal.site_id, signal.count, signal.path, signal.occurred_at) for signal in emitted] == [
        (SITE, 1, None, NOON),
        (other, 1, None, NOON),
        (SITE, 2, "/2", NOON + timedelta(seconds=1)),
    ]


def test_what_goes_on_is_signalled_once_a_minute_and_at_once_after_a_pause() -> None:
    emitted: list[SiteSignalled] = []
    signals = Signals(emitted.append, new_uuid7)

    for second in range(600):
        signals.note(SITE, SignalKind.CART_SEEN, NO_SAMPLE, NOON, second)
        signals.sweep(second)
    busy = len(emitted)
    for second in range(600, 900):
        signals.sweep(second)
    paused = len(emitted)
    signals.note(SITE, SignalKind.CART_SEEN, NO_SAMPLE, NOON, 900)

    assert busy == 14  # at 0, 2, 6, 14, 30 and 62 s, then each minute until 600 s
    assert paused == busy + 1
    assert len(emitted) == paused + 1


def test_addresses_that_one_subscriber_may_choose_among_have_one_rate() -> None:
    one = Rate(per_second=1, burst=1)
    limits = Limits(site=Buckets(Rate(100, 100)), client=Buckets(one), silencing_client=Buckets(one))

    for wait_of in (limits.refuse_speech, limits.refuse_silencing):
        assert wait_of(SITE, "2001:db8:1:2::1", 1, 0.0) == 0
        assert wait_of(SITE, "2001:db8:1:2:ffff::9", 1, 0.0) > 0
        assert wait_of(SITE, "2001:db8:1:3::1", 1, 0.0) == 0
