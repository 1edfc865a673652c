"""Web push as browsers report it: sealed for notify, strict for messages, lenient for silence; and its files."""

import json

import pytest

from shared.events.envelope import ContactKind
from shared.events.storefront import PushClicked, PushDismissed, PushShown, PushSubscribed, PushUnsubscribed
from shared.runtime.security.sealing import contact_index, open_contact
from tests.support.builders.ingest import NOTIFY_KEYS, PEPPER, SITE, SITE_KEY, VISITOR, a_body, a_rig, an_event, site_settings
from tests.support.processes.ingest_client import OFFICE, a_client, post

ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc:def"
KEYS = {"p256dh": "B" * 87, "auth": "A" * 22}
VAPID = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
ATTEMPT = "0123456789abcdef" * 2
SUBSCRIBED: dict[str, object] = {"endpoint": ENDPOINT, **KEYS, "vapid": VAPID}
INDEX = contact_index(PEPPER, ContactKind.PUSH_ENDPOINT, ENDPOINT)


def subscribed(**changes: object) -> dict[str, object]:
    return an_event("push.subscribed") | {"d": SUBSCRIBED | changes}


async def test_a_subscription_reaches_kafka_sealed_and_only_notify_can_open_it() -> None:
    rig = a_rig()

    answer = await post(rig, a_body(subscribed()))

    (event,) = rig.kafka.events()
    assert answer.status_code == 204
    assert isinstance(event, PushSubscribed)
    assert (event.subscription.index, event.vapid_public) == (INDEX, VAPID)
    assert json.loads(open_contact(NOTIFY_KEYS, SITE, event.subscription)) == {"endpoint": ENDPOINT, **KEYS}
    assert "abc:def" not in event.model_dump_json()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://fcm.googleapis.com/x"),
        ("endpoint", "https://127.0.0.1/x"),
        ("endpoint", 7),
        ("endpoint", "https://fcm.googleapis.com/" + "x" * 3000),
        ("p256dh", None),
        ("auth", "x" * 200),
        ("vapid", ["no"]),
    ],
)
async def test_a_subscription_with_an_unreadable_field_is_refused(field: str, value: object) -> None:
    rig = a_rig()

    answer = await post(rig, a_body(subscribed(**{field: value})))

    assert answer.status_code == 422
    (rejected,) = answer.json()["rejected"]
    assert (rejected["i"], rejected["reason"], rejected["field"]) == ("c1", "unreadable_field", field)
    assert rig.kafka.events() == []


async def test_the_back_office_subscribes_nobody() -> None:
    rig = a_rig()

    answer = await post(rig, a_body(subscribed()), OFFICE)

    assert answer.status_code == 422
    assert rig.kafka.events() == []


@pytest.mark.parametrize(("endpoint", "index"), [(ENDPOINT, INDEX), ("gibberish", None), (None, None)])
async def test_an_unsubscription_silences_whatever_else_is_wrong_with_it(endpoint: object, index: str | None) -> None:
    rig = a_rig()

    answer = await post(rig, a_body(an_event("push.unsubscribed", endpoint=endpoint)), {"origin": "https://evil.example"})

    (event,) = rig.kafka.events()
    assert answer.status_code == 204
    assert isinstance(event, PushUnsubscribed)
    assert (None if event.recipient is None else event.recipient.index) == index
    assert event.visitor_id == VISITOR


@pytest.mark.parametrize(
    ("name", "kind"), [("push.shown", PushShown), ("push.clicked", PushClicked), ("push.dismissed", PushDismissed)]
)
async def test_the_worker_reports_what_became_of_a_notification(name: str, kind: type) -> None:
    rig = a_rig()

    taken = await post(rig, a_body(an_event(name, attempt=ATTEMPT)))
    refused = await post(rig, a_body(an_event(name, "c2", attempt="short")))

    (event,) = rig.kafka.events()
    assert (taken.status_code, refused.status_code) == (204, 422)
    assert isinstance(event, kind)
    assert event.model_dump()["attempt_id"] == ATTEMPT


async def test_a_shop_without_push_loads_nothing_for_it() -> None:
    rig = a_rig()
    async with a_client(rig) as client:
        readers, push = await client.get(f"/s/{SITE_KEY}/readers.js"), await client.get(f"/s/{SITE_KEY}/push.js")

    assert '"p":false' in readers.text
    assert push.status_code == 404


async def test_a_shop_with_push_loads_its_file_with_its_own_key_and_path() -> None:
    pushing = site_settings(revision=2).model_copy(update={"vapid_public": VAPID, "worker_path": "/w.js", "name": "</script>&"})
    rig = a_rig(settings=pushing)
    async with a_client(rig) as client:
        readers, push, prompt = [await client.get(f"/s/{SITE_KEY}/{name}.js") for name in ("readers", "push", "prompt")]
        worker = await client.get("/s/worker.js")
        again = await client.get("/s/worker.js", headers={"if-none-match": worker.headers["etag"]})

    assert '"p":true' in readers.text
    config, question = (json.loads(file.text.partition("(")[2].removesuffix(")")) for file in (push, prompt))
    assert (config["v"], config["w"], question["b"]) == (VAPID, "/w.js", "</script>&")
    assert "</script>" not in push.text + prompt.text
    assert (worker.text, worker.headers["content-type"]) == ("worker(__BECKON_CONFIG__)", "text/javascript; charset=utf-8")
    assert again.status_code == 304
