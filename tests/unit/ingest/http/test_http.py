"""The answers of the beacon path, without sockets."""

import json
from datetime import timedelta

import pytest

from services.ingest.group_commit import Caps
from shared.events.identifiers import cart_id_of, link_id_of
from shared.events.storefront import CartUpdated, ConsentGiven, LinkFollowed, PageSeen, ShopperIdentified
from shared.runtime.security.sealing import open_contact
from tests.support.builders.ingest import (
    CHROME,
    NOON,
    NOTIFY_KEYS,
    SITE,
    VISITOR,
    a_body,
    a_cart_event,
    a_rig,
    an_event,
    ms,
    site_settings,
)
from tests.support.processes.ingest_client import SHOP, a_client, post


async def test_a_cart_becomes_a_typed_event_before_it_is_acknowledged() -> None:
    rig = a_rig()

    answer = await post(rig, a_body(a_cart_event(returnURL="https://shop.example/cart?session=secret")))

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    (event,) = rig.kafka.events()
    assert isinstance(event, CartUpdated)
    assert event.cart_id == cart_id_of(SITE, VISITOR, 1)
    assert event.return_path == "/cart"
    assert event.total is not None
    assert event.total.minor == 12990


async def test_an_event_is_placed_on_our_clock_by_the_senders_own_difference() -> None:
    rig = a_rig()
    body = a_body(an_event("page.seen", at=NOON - timedelta(minutes=3), head=True))
    body["z"] = ms(NOON)

    await post(rig, body)

    (event,) = rig.kafka.events()
    assert isinstance(event, PageSeen)
    assert event.occurred_at == NOON - timedelta(minutes=3)
    assert event.in_head is True


async def test_contacts_reach_kafka_sealed_and_only_notify_can_open_them() -> None:
    rig = a_rig()
    consent = {"phone": "(212) 555-0147", "text": "I would like to receive SMS", "box_state": "ticked_by_shopper"}

    answer = await post(
        rig,
        a_body(
            an_event("shopper.identified", "a", email=" Anna@Shop.example"),
            an_event("consent.given", "b") | {"d": consent},
        ),
    )

    identified, given = rig.kafka.events()
    assert answer.status_code == 204
    assert isinstance(identified, ShopperIdentified)
    assert isinstance(given, ConsentGiven)
    assert open_contact(NOTIFY_KEYS, SITE, identified.contact) == "anna@shop.example"
    assert open_contact(NOTIFY_KEYS, SITE, given.contact) == "+12125550147"
    raw = b"".join(value for _, _, value in rig.kafka.stored).lower()
    assert not [word for word in (b"anna", b"5550147", b"555-0147", b"chrome", b"127.0.0.1") if word in raw]


async def test_a_link_token_never_reaches_kafka() -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("link.followed", token="AbCdEfGhIjKlMnOpQ")))

    (event,) = rig.kafka.events()
    assert isinstance(event, LinkFollowed)
    assert event.link_id == link_id_of("AbCdEfGhIjKlMnOpQ")
    assert b"AbCdEfGhIjKlMnOpQ" not in rig.kafka.stored[0][2]


async def test_our_hosted_page_may_report_a_followed_link_and_nothing_else() -> None:
    rig = a_rig()
    hosted = {"origin": "https://beckon.example", "user-agent": CHROME}

    followed = await post(rig, a_body(an_event("link.followed", token="AbCdEfGhIjKlMnOpQ")), hosted)
    cart = await post(rig, a_body(a_cart_event()), hosted)

    (event,) = rig.kafka.events()
    assert isinstance(event, LinkFollowed)
    assert (followed.status_code, cart.status_code, event.via) == (204, 403, "hosted_page")


@pytest.mark.parametrize(
    ("raw", "status", "reason"),
    [
        (b"{", 400, "malformed"),
        (b"[]", 400, "malformed"),
        (b'"text"', 400, "malformed"),
        (b'{"k":"bk_0123456789abcdef"}', 400, "malformed"),
        (b'{"k":"bk_0123456789abcdef","e":{}}', 400, "malformed"),
        (b"[" * 60_000, 400, "malformed"),
        (b"\xff\xfe\x00", 400, "malformed"),
        (b"x" * 65_537, 413, "oversized"),
        (json.dumps(a_body(*[an_event("page.seen", str(n)) for n in range(101)])).encode(), 413, "oversized"),
        (json.dumps(a_body(a_cart_event(), key="bk_zzzzzzzzzzzzzzzz")).encode(), 404, "unknown_site"),
        (json.dumps({"k": 7, "e": [{}]}).encode(), 404, "unknown_site"),
    ],
)
async def test_a_bad_body_is_refused_with_a_reason_and_counted(raw: bytes, status: int, reason: str) -> None:
    rig = a_rig()

    answer = await post(rig, raw)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert answer.json()["remedy"]
    assert rig.kafka.stored == []
    assert rig.registry.get_sample_value("beckon_ingest_refused_total", {"reason": reason}) == 1


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (an_event("cart.updated", items=[], version=1), "unreadable_field"),
        (a_cart_event(seq=0), "unreadable_field"),
        (a_cart_event(items="none", total="none"), "unreadable_field"),
        (a_cart_event(version="soon"), "unreadable_field"),
        (a_cart_event(extra={"a": {"b": {"c": {"d": {"e": {}}}}}}), "malformed"),
        (a_cart_event(extra="x" * 20_000), "oversized"),
        (an_event("cart.exploded"), "unknown_type"),
        (an_event("barrier.marked", marker_id="0" * 32), "unknown_type"),
        (an_event("shopper.identified", email="not an address"), "unreadable_field"),
        (an_event("consent.given", phone="12", text="yes"), "unreadable_field"),
        (an_event("page.seen", at=NOON - timedelta(days=9)), "too_old"),
        ({"t": "page.seen"}, "unreadable_field"),
        ({"t": 7}, "malformed"),
    ],
)
async def test_a_bad_event_is_refused_alone_and_its_neighbours_are_durable(event: dict[str, object], reason: str) -> None:
    rig = a_rig()

    answer = await post(rig, a_body(event, an_event("page.seen", "neighbour")))

    assert answer.status_code == 422
    assert [one["reason"] for one in answer.json()["rejected"]] == [reason]
    assert [type(kept) for kept in rig.kafka.events()] == [PageSeen]


async def test_a_machine_may_not_fill_carts_and_a_test_browser_only_where_tests_run() -> None:
    headless = SHOP | {"user-agent": CHROME.replace("Chrome/", "HeadlessChrome/")}

    refused = await post(a_rig(), a_body(a_cart_event()), headless)
    taken = await post(a_rig(test_browsers=True), a_body(a_cart_event()), headless)
    nameless = await post(a_rig(test_browsers=True), a_body(a_cart_event()), SHOP | {"user-agent": ""})

    assert refused.json()["rejected"][0]["reason"] == "bot"
    assert taken.status_code == 204
    assert nameless.json()["rejected"][0]["reason"] == "bot"


async def test_without_an_answer_of_the_broker_there_is_no_2xx() -> None:
    rig = a_rig(caps=Caps(seconds=0.05))
    rig.kafka.open.clear()

    held = await post(rig, a_body(an_event("page.seen", "a")))
    rig.kafka.failure = OSError("gone")
    rig.kafka.open.set()
    failed = await post(rig, a_body(an_event("page.seen", "b")))

    assert (held.status_code, failed.status_code) == (503, 503)
    assert held.json()["reason"] == "not_durable"
    assert held.headers["retry-after"]


async def test_a_full_queue_is_answered_at_once() -> None:
    answer = await post(a_rig(caps=Caps(records=1)), a_body(an_event("page.seen", "a"), an_event("page.seen", "b")))

    assert answer.status_code == 503


async def test_a_repeated_beacon_keeps_its_event_id() -> None:
    rig = a_rig()

    await post(rig, a_body(an_event("page.seen", "a")))
    await post(rig, a_body(an_event("page.seen", "a")))

    first, second = rig.kafka.events()
    assert first.event_id == second.event_id


async def test_a_site_without_its_pepper_takes_nothing_rather_than_lose_a_silence() -> None:
    rig = a_rig(settings=site_settings(with_pepper=False))

    answer = await post(rig, a_body(an_event("order.reported", email="anna@shop.example")))

    assert (answer.status_code, answer.json()["reason"]) == (503, "not_ready")


async def test_a_revoked_key_is_unknown_and_an_older_revision_changes_nothing() -> None:
    rig = a_rig()
    rig.sites.apply(site_settings(revision=3, site_keys=("bk_newnewnewnewnew0",)))
    rig.sites.apply(site_settings(revision=2))

    old = await post(rig, a_body(a_cart_event()))
    new = await post(rig, a_body(a_cart_event(), key="bk_newnewnewnewnew0"))

    assert (old.status_code, new.status_code) == (404, 204)


async def test_other_addresses_and_methods_answer_json() -> None:
    async with a_client(a_rig()) as client:
        nothing = await client.get("/")
        method = await client.get("/v1/beacons")
        encoded = await client.post("/v1/beacons", content=b"x", headers={"content-encoding": "gzip"})

    assert (nothing.status_code, nothing.json()["reason"]) == (404, "not_found")
    assert (method.status_code, method.headers["allow"]) == (405, "POST")
    assert (encoded.status_code, encoded.json()["reason"]) == (415, "encoded")


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://shop.example", True), ("https://office.example", True), ("https://evil.example", False)],
)
async def test_only_the_sites_own_pages_may_read_answers(origin: str, allowed: bool) -> None:
    async with a_client(a_rig()) as client:
        answer = await client.options("/v1/beacons", headers={"origin": origin})

    assert answer.status_code == 204
    assert (answer.headers.get("access-control-allow-origin") == origin) is allowed
    assert "access-control-allow-credentials" not in answer.headers
