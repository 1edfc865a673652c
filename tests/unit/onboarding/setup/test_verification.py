"""Each way in which a set-up is wrong has one name, one sentence and one remedy; what works is verified by what proved it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.onboarding.platforms import guides
from services.onboarding.setup.checklist import Seen, Step, StepState
from services.onboarding.setup.verification import steps_of
from services.onboarding.shop_pages.findings import CodeHistory, Findings, PageError, WorkerState, history_after
from services.onboarding.shop_pages.page_histories import PageHistory, PageKind
from services.onboarding.shop_pages.shop_page import PageFindings
from shared.events.settings import SiteConfigured
from tests.support.builders.onboarding import NOON, a_site

OWN, OTHER, REVOKED = "bk_0123456789abcdef", "bk_zzzzzzzzzzzzzzzz", "bk_yyyyyyyyyyyyyyyy"
INGEST = "https://in.beckon.example"
GUIDE = guides()["nexternal"]
GOOD_PAGE = PageFindings(keys=(OWN,), in_head=True)
MINUTE = timedelta(minutes=1)


def signal(minutes_ago: float = 1, **sample: Any) -> dict[str, Any]:
    return {"last_at": NOON - timedelta(minutes=minutes_ago), "count": 1, "sample": {"host": "shop.example", **sample}}


def steps(
    signals: Mapping[str, dict[str, Any]],
    page: PageFindings | None = None,
    *,
    error: PageError | None = None,
    worker: WorkerState | None = None,
    history: CodeHistory | None = None,
    pages: tuple[PageHistory, ...] = (),
    **changes: Any,
) -> dict[str, Step]:
    site = a_site().model_copy(update={"revoked_keys": (REVOKED,), **changes})
    findings = None if page is None and error is None else Findings(error, page or PageFindings(), worker)
    return {step.key: step for step in steps_of(site, GUIDE, Seen(signals, findings, NOON, history, pages))}


SEEN = {"beacon_seen": signal(path="/", in_head=True)}
CART_GONE = PageHistory(PageKind.CART, "shop.example", "/cart", NOON, None, NOON - MINUTE, NOON)
UNCONFIRMED = {"order_seen": signal(30), "confirmation_without_order": signal(1, path="/orders/2")}


def test_before_anything_was_seen_everything_is_to_do_with_its_place() -> None:
    found = steps({}, platform="unknown")

    assert {step.state for step in found.values()} == {StepState.TODO}
    assert "Tracking Code" in found["tracking"].remedy
    assert "Addendum" in found["confirmation"].remedy


def test_what_was_seen_is_verified_and_shows_its_proof() -> None:
    seen = SEEN | {"order_seen": signal(path="/thanks"), "opt_in_seen": signal(path="/checkout")}

    found = steps(seen, GOOD_PAGE, worker=WorkerState.GOOD, worker_path="/beckon-worker.js")

    assert {found[key].state for key in ("platform", "tracking", "confirmation", "opt_in", "push")} == {StepState.VERIFIED}
    assert [found[key].proof for key in ("tracking", "confirmation", "opt_in", "push")] == [
        "shop.example/",
        "shop.example/thanks",
        "shop.example/checkout",
        "/beckon-worker.js",
    ]


def test_a_code_on_the_page_that_no_browser_has_run_is_claimed() -> None:
    assert steps({}, GOOD_PAGE)["tracking"].state is StepState.CLAIMED


FAULTS: list[tuple[str, str, dict[str, dict[str, Any]], dict[str, Any]]] = [
    ("tracking", "code_in_body", SEEN, {"page": replace(GOOD_PAGE, in_head=False)}),
    ("tracking", "code_in_body", {"beacon_seen": signal(2), "code_in_body": signal(1, path="/x")}, {}),
    ("tracking", "codes_swapped", SEEN, {"page": replace(GOOD_PAGE, has_order_code=True)}),
    ("tracking", "another_sites_code", {}, {"page": replace(GOOD_PAGE, keys=(OTHER,), in_head=None)}),
    ("tracking", "code_twice", SEEN, {"page": replace(GOOD_PAGE, keys=(OWN, OWN))}),
    ("tracking", "revoked_key", {}, {"page": replace(GOOD_PAGE, keys=(REVOKED,), in_head=None)}),
    ("tracking", "revoked_key", {"revoked_key": signal()}, {}),
    ("tracking", "policy", {}, {"page": replace(GOOD_PAGE, policy_forbids=True)}),
    ("tracking", "never_consents", {}, {"page": replace(GOOD_PAGE, asks_for_consent=True)}),
    ("tracking", "no_tls", {}, {"error": PageError.NO_TLS}),
    ("tracking", "silent", {"beacon_seen": signal(25 * 60)}, {}),
    ("tracking", "code_gone", {"beacon_seen": signal(0, path="/")}, {"history": CodeHistory("shop.example", NOON, NOON)}),
    ("tracking", "code_gone", SEEN, {"page": GOOD_PAGE, "pages": (CART_GONE,)}),
    ("confirmation", "code_gone", UNCONFIRMED, {}),
    ("confirmation", "keyword_not_replaced", {"keyword_not_replaced": signal(field="order_id"), "order_seen": signal(1)}, {}),
    ("opt_in", "pre_ticked", {"opt_in_pre_ticked": signal(), "opt_in_seen": signal()}, {}),
    ("opt_in", "no_opt_in_field", {"phone_seen": signal()}, {}),
    ("push", "worker_missing", SEEN, {"page": GOOD_PAGE, "worker": WorkerState.MISSING, "worker_path": "/w.js"}),
    ("push", "worker_wrong_type", SEEN, {"page": GOOD_PAGE, "worker": WorkerState.WRONG_TYPE, "worker_path": "/w.js"}),
    ("push", "worker_old", SEEN, {"page": GOOD_PAGE, "worker": WorkerState.OLD, "worker_path": "/w.js"}),
    ("push", "worker_wrong_host", SEEN, {"page": GOOD_PAGE, "worker": WorkerState.WRONG_HOST, "worker_path": "/w.js"}),
    ("push", "worker_not_ours", SEEN, {"page": GOOD_PAGE, "worker": WorkerState.NOT_OURS, "worker_path": "/w.js"}),
]


@pytest.mark.parametrize(
    ("key", "fault", "signals", "found"), FAULTS, ids=[f"{k}-{f}-{n}" for n, (k, f, _, _) in enumerate(FAULTS)]
)
def test_a_fault_has_a_name_a_sentence_and_a_remedy(
    key: str, fault: str, signals: dict[str, dict[str, Any]], found: dict[str, Any]
) -> None:
    step = steps(signals, **found)[key]

    assert (step.state, step.fault) == (StepState.BROKEN, fault)
    assert step.sentence.endswith(".")
    assert step.sentence.count(". ") == 0, "one sentence"
    assert step.remedy.endswith((".", "messages"))


def test_the_keywords_that_an_order_found_are_named_where_the_code_is_verified() -> None:
    found = {"order_seen": signal(1), "order_id_keyword": signal(1, position=1), "email_keyword": signal(30, position=3)}

    step = steps(found)["confirmation"]

    assert step.sentence == "An order was reported. Your shop replaces [OrderNumber], [E-Mail]."


@pytest.mark.parametrize(
    ("key", "signals"),
    [
        ("tracking", {"code_in_body": signal(5), "beacon_seen": signal(1, in_head=True)}),
        ("tracking", {"revoked_key": signal(5), "beacon_seen": signal(1, in_head=True)}),
        ("tracking", {"code_in_body": signal(90), "beacon_seen": signal(80)}),
        ("confirmation", {"keyword_not_replaced": signal(10), "order_seen": signal(1)}),
        ("confirmation", UNCONFIRMED | {"order_seen": signal(0)}),
        ("confirmation", UNCONFIRMED | {"confirmation_without_order": signal(25 * 60), "order_seen": signal(30 * 60)}),
        ("opt_in", {"opt_in_pre_ticked": signal(90), "opt_in_seen": signal(1)}),
        ("opt_in", {"opt_in_pre_ticked": signal(5), "opt_in_seen": signal(1)}),
    ],
)
def test_a_fault_that_was_put_right_is_over(key: str, signals: dict[str, dict[str, Any]]) -> None:
    assert steps(signals)[key].state is StepState.VERIFIED


@pytest.mark.parametrize(
    ("gone_minutes_ago", "path", "state"),
    [(120, "/", StepState.VERIFIED), (120, "/checkout", StepState.BROKEN), (30, "/", StepState.BROKEN)],
)
def test_a_code_that_comes_another_way_now_is_not_gone(gone_minutes_ago: int, path: str, state: StepState) -> None:
    history = CodeHistory("shop.example", NOON - 2 * timedelta(days=1), NOON - gone_minutes_ago * MINUTE)

    assert steps({"beacon_seen": signal(1, path=path)}, PageFindings(), history=history)["tracking"].state is state


@pytest.mark.parametrize(
    ("gone_minutes_ago", "path", "state"),
    [(120, "/cart", StepState.VERIFIED), (120, "/", StepState.BROKEN), (30, "/cart", StepState.BROKEN)],
)
def test_a_cart_page_that_reports_itself_long_after_its_code_went_has_it_another_way(
    gone_minutes_ago: int, path: str, state: StepState
) -> None:
    gone = replace(CART_GONE, gone_at=NOON - gone_minutes_ago * MINUTE)

    assert steps({"beacon_seen": signal(0, path=path)}, GOOD_PAGE, pages=(gone,))["tracking"].state is state


def test_a_page_of_the_host_that_a_shop_had_before_is_nothing_to_mend() -> None:
    elsewhere = replace(CART_GONE, host="old.example")

    assert steps(SEEN, GOOD_PAGE, pages=(elsewhere,))["tracking"].state is StepState.VERIFIED


@pytest.mark.parametrize(("count", "seconds_ago", "state"), [(1, 5, StepState.BROKEN), (9, 5, StepState.VERIFIED)])
def test_a_busy_shops_order_may_be_known_a_minute_after_its_page(count: int, seconds_ago: float, state: StepState) -> None:
    order = signal(0.5, count=count)
    shown = signal(seconds_ago / 60, path="/orders/2")

    found = steps(SEEN | {"order_seen": order, "confirmation_without_order": shown})

    assert found["confirmation"].state is state


def test_a_confirmation_that_was_shown_twice_without_an_order_stays_broken() -> None:
    shown = signal(3 * 24 * 60) | {"count": 2}

    found = steps(SEEN | {"order_seen": signal(4 * 24 * 60), "confirmation_without_order": shown})

    assert found["confirmation"].fault == "code_gone"


@pytest.mark.parametrize(
    ("before", "error", "keys", "after"),
    [
        (None, None, (), (None, None)),
        (None, None, (OWN,), (NOON, None)),
        (None, None, (OTHER,), (None, None)),
        ((NOON - MINUTE, None), None, (), (NOON - MINUTE, NOON)),
        ((NOON - MINUTE, None), None, (OTHER,), (NOON - MINUTE, NOON)),
        ((NOON - 2 * MINUTE, NOON - MINUTE), None, (), (NOON - 2 * MINUTE, NOON - MINUTE)),
        ((NOON - 2 * MINUTE, NOON - MINUTE), None, (OWN,), (NOON, None)),
        ((NOON - MINUTE, None), PageError.NOT_REACHED, (), (NOON - MINUTE, None)),
        ((NOON - 2 * MINUTE, NOON - MINUTE), PageError.REFUSED, (), (NOON - 2 * MINUTE, NOON - MINUTE)),
    ],
)
def test_a_check_goes_into_the_codes_history(
    before: tuple[datetime | None, datetime | None] | None,
    error: PageError | None,
    keys: tuple[str, ...],
    after: tuple[datetime | None, datetime | None],
) -> None:
    known = None if before is None else CodeHistory("shop.example", *before)
    elsewhere = CodeHistory("old.example", NOON - MINUTE, None)
    findings = Findings(error, PageFindings(keys=keys), None)

    assert history_after(known, a_site(), findings, NOON) == CodeHistory("shop.example", *after)
    assert history_after(elsewhere, a_site(), findings, NOON).gone_at is None


def test_a_wrong_clock_is_named_beside_the_proof_until_another_browser_comes() -> None:
    skewed = steps({"beacon_seen": signal(), "clock_skew": signal()})["tracking"]
    later = steps({"beacon_seen": signal(1), "clock_skew": signal(30)})["tracking"]

    assert (skewed.state, skewed.fault, later.fault) == (StepState.VERIFIED, "clock_skew", "")
    assert skewed.remedy.startswith("Set the clock")


def test_a_platform_without_a_guide_of_its_own_is_no_error() -> None:
    site: SiteConfigured = a_site()

    assert {guide.key for guide in guides().values()} >= {site.platform, "plain_html"}


@pytest.mark.parametrize(
    ("offset", "words"),
    [(18_000, "5 hours behind"), (120, "2 minutes behind"), (-60, "60 seconds ahead of"), (5_400, "90 minutes")],
)
def test_a_server_with_a_wrong_clock_is_named_with_its_offset(offset: int, words: str) -> None:
    seen = SEEN | {"order_seen": signal(), "server_clock_skew": signal(60, field="placed_at", offset_seconds=offset)}

    step = steps(seen)["confirmation"]

    assert (step.state, step.fault) == (StepState.VERIFIED, "server_clock_skew")
    assert words in step.sentence


def test_a_clock_that_was_wrong_the_day_before_yesterday_is_forgotten() -> None:
    seen = SEEN | {"order_seen": signal(), "server_clock_skew": signal(60 * 48, offset_seconds=120)}

    assert steps(seen)["confirmation"].fault == ""


def test_orders_of_a_server_that_lack_a_field_are_shown_once_and_counted() -> None:
    unread = signal(5, field="total") | {"count": 3}

    step = steps(SEEN | {"order_seen": signal(), "server_field_unread": unread, "server_order_read": signal(60)})[
        "confirmation"
    ]

    assert (step.state, step.fault) == (StepState.VERIFIED, "server_field_unread")
    assert "3 orders" in step.sentence
    assert step.sentence.endswith("the total.")


@pytest.mark.parametrize(("unread_at", "whole_at", "is_shown"), [(5, 3, False), (5, 4.5, True), (60 * 25, 60 * 30, False)])
def test_an_unread_field_is_shown_until_orders_are_read_whole(unread_at: float, whole_at: float, is_shown: bool) -> None:
    seen = SEEN | {
        "order_seen": signal(),
        "server_field_unread": signal(unread_at, field="total"),
        "server_order_read": signal(whole_at),
    }

    assert (steps(seen)["confirmation"].fault == "server_field_unread") is is_shown


def test_a_field_that_a_stranger_named_is_never_shown() -> None:
    step = steps(SEEN | {"order_seen": signal(), "server_field_unread": signal(field="<script>")})["confirmation"]

    assert step.fault == "server_field_unread"
    assert "script" not in step.sentence
