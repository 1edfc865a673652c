"""A shop's keys for push: its own, boxed for notify alone, two while one is replaced."""

import json

import pytest

from services.notify.channels.push.vapid import VapidKeys
from services.onboarding.shop.push_keys import new_push_keys
from services.onboarding.shop.settings import with_push_keys, with_worker
from services.onboarding.shop.sites import Fault
from shared.events.settings import SiteConfigured
from shared.runtime.security.sealing import CannotOpen, ReaderKeys, from_base64url, open_secret, to_base64url
from tests.support.builders.onboarding import INGEST, NOON, NOTIFY, READERS, SITE, a_site

NOTIFY_KEYS = ReaderKeys.parse(f"n1:{to_base64url(NOTIFY.private_bytes_raw())}")
INGEST_KEYS = ReaderKeys.parse(f"n1:{to_base64url(INGEST.private_bytes_raw())}")


def opened(site: SiteConfigured) -> list[dict[str, str]]:
    boxes = [secret.box for secret in site.secrets if secret.name == "vapid"]
    return [json.loads(open_secret(NOTIFY_KEYS, SITE, "vapid", box)) for box in boxes]


def test_a_pair_is_one_and_no_two_are_equal() -> None:
    first, second = new_push_keys(), new_push_keys()

    keys = VapidKeys.parse(first.public, first.private)

    assert to_base64url(from_base64url(first.public)) == first.public
    assert len(from_base64url(first.public)) == 65
    assert keys.private.public_key() == VapidKeys.parse(first.public, first.private).private.public_key()
    assert first.public != second.public
    assert first.private not in repr(first)


def test_two_pairs_are_kept_the_newest_first_and_only_notify_opens_them() -> None:
    pairs = [new_push_keys() for _ in range(3)]
    site = a_site()
    for pair in pairs:
        site = with_push_keys(site, pair, READERS, NOON)

    assert site.vapid_public == pairs[2].public
    assert [pair["public"] for pair in opened(site)] == [pairs[2].public, pairs[1].public]
    with pytest.raises(CannotOpen):
        open_secret(INGEST_KEYS, SITE, "vapid", next(each.box for each in site.secrets if each.name == "vapid"))


@pytest.mark.parametrize("path", ["/beckon-worker.js", "/push/w_1.js", " /w.js "])
def test_a_path_of_the_shop_is_taken(path: str) -> None:
    site = with_worker(a_site(), {"worker_path": path}, NOON)

    assert isinstance(site, SiteConfigured)
    assert site.worker_path == path.strip()


@pytest.mark.parametrize(
    "path",
    [
        "w.js",
        "//evil.example/w.js",
        "/../w.js/..",
        "/w.js?x",
        "https://evil.example/w.js",
        "/w",
        "/a b.js",
        "/" + "a" * 300 + ".js",
    ],
)
def test_what_is_no_path_of_the_shop_is_refused_by_name(path: str) -> None:
    outcome = with_worker(a_site(), {"worker_path": path}, NOON)

    assert isinstance(outcome, list)
    assert outcome == [Fault("worker_path", "Give the path of the file on your shop, such as /beckon-worker.js.")]


def test_without_a_path_push_is_off() -> None:
    site = with_worker(a_site(), {"worker_path": ""}, NOON)

    assert isinstance(site, SiteConfigured)
    assert site.worker_path is None
