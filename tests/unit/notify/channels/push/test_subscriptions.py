"""A page names the address that we send to: only push services of browsers are taken."""

import json

import pytest

from services.notify.channels.push.subscriptions import NoSubscription, PushServices, topic_of
from shared.runtime.security.sealing import to_base64url
from tests.support.browsers.push_browser import Browser

BROWSER = Browser.new()
GOOD = "https://fcm.googleapis.com/fcm/send/abc:def"


def subscription_text(endpoint: str = GOOD, **changes: object) -> str:
    keys = {"p256dh": to_base64url(BROWSER.p256dh), "auth": to_base64url(BROWSER.auth)}
    return json.dumps({"endpoint": endpoint, **keys, **changes})


@pytest.mark.parametrize(
    "endpoint",
    [
        GOOD,
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://web.push.apple.com/QGuQ",
        "https://eu1.push.apple.com/QGuQ",
        "https://wns2-by3p.notify.windows.com/w/?token=BQYA%2b",
        "https://jmt17.google.com/fcm/send/1",
    ],
)
def test_the_push_services_of_browsers_are_taken(endpoint: str) -> None:
    subscription = PushServices({"jmt17.google.com"}).read(subscription_text(endpoint))

    assert subscription.endpoint == endpoint
    assert endpoint.startswith(subscription.origin + "/")
    assert endpoint not in repr(subscription)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/fcm/send/1",
        "https://fcm.googleapis.com.evil.example/fcm/send/1",
        "https://evil-fcm.googleapis.com.x/fcm/send/1",
        "https://evilpush.apple.com/x",
        "https://xnotify.windows.com/x",
        "https://push.apple.com.evil.example/x",
        "https://fcm.googleapis.com@evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "http://fcm.googleapis.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://jmt17.google.com/fcm/send/1",
        "file:///etc/passwd",
        "",
    ],
)
def test_nobody_elses_address_is_taken(endpoint: str) -> None:
    with pytest.raises(NoSubscription, match="endpoint"):
        PushServices().read(subscription_text(endpoint))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        subscription_text(auth="short"),
        subscription_text(auth=None),
        subscription_text(p256dh="!!"),
        subscription_text(p256dh=to_base64url(b"\x04" + b"\x01" * 64)),
        json.dumps({"endpoint": GOOD}),
    ],
)
def test_keys_that_nobody_could_read_with_are_refused(text: str) -> None:
    with pytest.raises(NoSubscription, match="keys"):
        PushServices().read(text)


def test_the_topic_names_the_cart_to_nobody() -> None:
    topics = {topic_of("site", cart) for cart in range(50)}

    assert len(topics) == 50
    assert all(len(topic) == 32 and topic.replace("-", "").replace("_", "").isalnum() for topic in topics)
    assert topic_of("site", 1) != topic_of("other", 1)
