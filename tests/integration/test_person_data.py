"""A shopper's data through all services: found by e-mail or phone, whole, sealed on its way, and nobody else's."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.onboarding.people.contacts import recipient_of
from shared.events.catalogue import TOPICS
from shared.events.envelope import ContactKind, Origin
from shared.events.merchant import ContactErased
from shared.events.storefront import ShopperIdentified
from shared.runtime.ids import new_uuid7
from tests.support.builders.notify import ACCOUNT, PEPPER, SITE, a_consent, an_order_report
from tests.support.builders.notify_answers import now
from tests.support.every_column import every_value
from tests.support.processes.servers import kafka_server
from tests.support.processes.whole_beckon import SERVICES, WholeBeckon
from tests.support.processes.whole_console import a_console
from tests.support.processes.whole_kafka import over_kafka
from tests.support.processes.whole_shoppers import ANNA, BERT, Shopper, a_cart, a_reminded_shop, stamped

EVE = Shopper("eve", "+12025550146")
SAYS = "Please bring it to the back door, code 4711"


@pytest.fixture
async def beckon() -> AsyncIterator[WholeBeckon]:
    async with a_reminded_shop() as beckon:
        yield beckon


@pytest.fixture
async def console(beckon: WholeBeckon) -> AsyncIterator[httpx.AsyncClient]:
    async with a_console(beckon.pools["onboarding"], ACCOUNT) as console:
        yield console


async def asked_for(console: httpx.AsyncClient, contact: str, also: str = "") -> str:
    """Where the request is."""
    made = await console.post(f"/api/sites/{SITE}/people/export", json={"contact": contact, "also": also})
    assert made.status_code == 200, made.text
    location: str = made.json()["location"]
    return location


async def exported(beckon: WholeBeckon, console: httpx.AsyncClient, contact: str, also: str = "") -> dict[str, Any]:
    """The file, once all services have answered."""
    request = await asked_for(console, contact, also)
    await beckon.process_all()
    answer = await console.get(f"{request}/export")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["content-disposition"]
    body: dict[str, Any] = answer.json()
    assert body["request"]["complete"] is True
    return body


async def test_an_export_is_whole_whatever_it_is_asked_by(beckon: WholeBeckon, console: httpx.AsyncClient) -> None:
    by_email = await exported(beckon, console, "Anna@Home.example ")
    body = await exported(beckon, console, "+1 202 555 0143")

    orders, messages, own = body["orders"], body["messages"], body["console"]
    assert (len(orders["carts"]), [order["order_id"] for order in orders["orders"]]) == (2, ["order of anna"])
    assert orders["carts"][0]["items"][0]["name"] == "Barolo"
    assert orders["visitor_ids"] == [ANNA.browser]
    assert {each["kind"] for each in orders["contacts"]} == {"email", "phone"}
    assert orders["links_followed"]
    assert orders["reminders_sent"]
    [consent] = messages["consents"]
    assert (consent["contact"], consent["ip"], consent["user_agent"]) == (ANNA.number, "192.0.2.4", "Browser of anna")
    assert {each["kind"] for each in messages["messages"]} >= {"question", "reminder", "acknowledgement"}
    assert all(each["body"] for each in messages["messages"] if each["channel"] == "sms" and each["state"] == "accepted")
    assert {each["contact"] for each in messages["opt_ins"]} == {ANNA.number, "fcm.googleapis.com"}
    assert [reply["text"] for reply in own["replies"]] == ["Is this anna's cart?"]
    assert {event["type"] for event in own["events"]} >= {"consent.recorded", "contact.confirmed", "message.accepted"}
    assert_nobody_else(body, BERT)
    for part in ("orders", "messages"):
        assert {name: sorted(map(str, rows)) for name, rows in lists_of(by_email[part]).items()} == {
            name: sorted(map(str, rows)) for name, rows in lists_of(body[part]).items()
        }


def lists_of(part: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: rows for name, rows in part.items() if isinstance(rows, list)}


def assert_nobody_else(body: dict[str, Any], *others: Shopper) -> None:
    """Nothing names anybody else: no browser, no index, no number, no address, no order."""
    text = json.dumps(body)
    for other in others:
        assert [needle for needle in (*other.needles, f"order of {other.name}", other.endpoint) if needle in text] == []


async def test_neither_a_stranger_nor_who_they_pretend_to_be_learns_of_the_other(
    beckon: WholeBeckon, console: httpx.AsyncClient
) -> None:
    publish_eve_beside_annas_number(beckon)
    await beckon.process_all()

    body = await exported(beckon, console, "eve@home.example")

    assert body["orders"]["visitor_ids"] == [EVE.browser]
    assert len(body["orders"]["orders"]) == 1
    assert body["messages"]["messages"] == []
    assert body["console"]["replies"] == []
    assert "contacts_that_others_may_share" in body["orders"]["left_out"]
    text = json.dumps(body)
    assert not [needle for needle in (ANNA.browser, "192.0.2.4", "Browser of anna", "anna@home") if needle in text]

    publish_eves_tick_for_annas_number(beckon)
    await beckon.process_all()

    body = await exported(beckon, console, ANNA.number)

    assert len(body["messages"]["consents"]) == 2
    text = json.dumps(body)
    assert not [n for n in (EVE.browser, "192.0.2.3", "Browser of eve", "/eves/own/page", "eve@home") if n in text]
    proven = await exported(beckon, console, ANNA.number, "anna@home.example")
    assert proven["orders"]["visitor_ids"] == [ANNA.browser]


def publish_eve_beside_annas_number(beckon: WholeBeckon) -> None:
    """Eve names her own address and Anna's number, in a browser and by an order that she makes up."""
    at = now()
    by_eve = (EVE.identity(ContactKind.EMAIL), ANNA.identity(ContactKind.PHONE))
    stamp = {"visitor_id": EVE.browser, "origin": Origin.STOREFRONT}
    beckon.publish(
        a_cart(EVE.browser, 30),
        stamped(ShopperIdentified, 29, contact=EVE.contacts[ContactKind.EMAIL], **stamp),
        stamped(ShopperIdentified, 28, contact=ANNA.contacts[ContactKind.PHONE], **stamp),
        an_order_report(event_id=new_uuid7(), order_id="order of anna", identities=by_eve, effective_at=at, received_at=at),
    )


def publish_eves_tick_for_annas_number(beckon: WholeBeckon) -> None:
    beckon.publish(
        stamped(
            ShopperIdentified, 3, visitor_id=EVE.browser, origin=Origin.STOREFRONT, contact=EVE.contacts[ContactKind.EMAIL]
        ),
        a_consent(
            event_id=new_uuid7(),
            occurred_at=now() - timedelta(minutes=2),
            received_at=now(),
            visitor_id=EVE.browser,
            contact=ANNA.contacts[ContactKind.PHONE],
            ip=EVE.contacts[ContactKind.IP],
            user_agent=EVE.contacts[ContactKind.USER_AGENT],
            page_path="/eves/own/page",
        ),
    )


async def test_nothing_readable_is_in_a_topic_or_a_table_and_the_key_goes_with_the_request(
    beckon: WholeBeckon, console: httpx.AsyncClient
) -> None:
    before = {topic: len(records) for topic, records in beckon.log.items()}
    await exported(beckon, console, "anna@home.example")

    written = b"".join(record for topic in TOPICS for record in beckon.log[topic][before[topic] :])
    tables = [value for value in await every_value(beckon.made.superuser_dsn, SERVICES) if "data_" in value.table]
    assert written
    for needle in (ANNA.number, "anna@home", "Barolo", "192.0.2.4", "Is this anna"):
        assert needle.encode() not in written
        assert not [value for value in tables if needle in str(value)]

    request = await asked_for(console, "ANNA@home.example")
    for service, topic in beckon.subscribed_topics():
        await beckon.replay(service, topic)
    assert (await console.get(f"{request}/export")).json()["orders"]["visitor_ids"] == [ANNA.browser]

    beckon.publish(stamped(ContactErased, 0, recipient=recipient_of("anna@home.example", "US", PEPPER)))
    await beckon.process_all()
    left = await beckon.pools["onboarding"].fetchval("SELECT count(*) FROM onboarding.data_requests")
    answers = await beckon.pools["onboarding"].fetchval("SELECT count(*) FROM onboarding.data_answers")
    assert (left, answers) == (0, 0)


async def test_a_reply_is_sealed_opened_on_view_written_down_and_escaped(
    beckon: WholeBeckon, console: httpx.AsyncClient
) -> None:
    await beckon.bench.reply(f"{SAYS} <script>alert(1)</script>", number=ANNA.number)
    for keyword in ("HELP", "Liked “Harbor & Vine: Reply STOP to opt out”", "  "):
        await beckon.bench.reply(keyword, number=ANNA.number)
    await beckon.process_all()

    listed = (await console.get(f"/api/sites/{SITE}/replies")).json()
    newest = listed["replies"][0]
    page = (await console.get(f"/sites/{SITE}/replies")).text
    written = b"".join(beckon.log["message-events"])
    opened = await console.post(f"/api/sites/{SITE}/replies/{newest['reply_id']}/open", json={})
    shown = await console.post(f"/sites/{SITE}/replies/{newest['reply_id']}/open", json={})

    assert (listed["kept"], listed["unopened"]) == (3, 3)
    assert SAYS.encode() not in written
    assert SAYS not in page
    assert opened.json()["text"] == f"{SAYS} <script>alert(1)</script>"
    assert [each["by"] for each in opened.json()["openings"]] == ["merchant@shop.example"]
    assert f"{SAYS} &lt;script&gt;alert(1)&lt;/script&gt;" in shown.text
    assert "<script>alert" not in shown.text
    assert (await console.get(f"/api/sites/{SITE}/replies")).json()["unopened"] == 2
    assert newest["cart_id"] is not None


@pytest.fixture(scope="module")
def kafka() -> str:
    return kafka_server()


async def test_over_a_real_broker_an_email_brings_what_every_service_has(kafka: str, beckon: WholeBeckon) -> None:
    async with over_kafka(kafka, beckon), a_console(beckon.pools["onboarding"], ACCOUNT) as console:
        request = await asked_for(console, "anna@home.example")

        async def complete() -> bool:
            return bool((await console.get(request)).json()["complete"])

        await beckon.eventually(complete)
        body = (await console.get(f"{request}/export")).json()

    assert (len(body["orders"]["carts"]), len(body["messages"]["consents"])) == (2, 1)
    assert_nobody_else(body, BERT)
