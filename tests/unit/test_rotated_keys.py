"""``beckon rotate-key``: what was sealed before and after is opened, whichever replicas are restarted already."""

import json
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from deploy.command.main import beckon
from services.notify.addresses import Addresses, link_keys
from shared.runtime.security.sealing import ReaderKeys, ReaderPublicKey, to_base64url

KEY_OF_LAST_YEAR = to_base64url(bytes(range(7, 39)))
OLD = "n1:" + to_base64url(bytes(range(32)))


def rotate(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(beckon, ["rotate-key", *arguments], env={"BECKON_PROFILE": "demo"} | environment)


def steps(reader: str) -> list[dict[str, Any]]:
    """The steps of a rotation with a new key."""
    found: list[dict[str, Any]] = json.loads(rotate(reader, "--json").stdout)
    return found


def test_old_and_new_boxes_are_opened_and_a_replica_seals_so_that_all_can_open() -> None:
    append, replace, *_ = steps("notify")
    before = ReaderKeys.parse(OLD)
    after = ReaderKeys.parse(OLD + append["change"].removeprefix("append "))
    new = ReaderPublicKey.parse(replace["change"].removeprefix("replace by "))

    assert after.open(before.public_key().seal(b"old", "i"), "i") == b"old"
    assert after.open(new.seal(b"new", "i"), "i") == b"new"
    assert before.open(after.public_key().seal(b"own", "i"), "i") == b"own"


@pytest.mark.parametrize(
    ("reader", "order"),
    [
        ("notify", ["notify", "ingest", "sources", "onboarding", "notify"]),
        ("ingest", ["ingest", "sources", "onboarding", "ingest", "sources"]),
        ("console", ["onboarding", "notify", "onboarding"]),
        ("sources", ["sources", "onboarding", "sources"]),
    ],
)
def test_whoever_opens_has_the_key_before_anybody_seals_with_it(reader: str, order: list[str]) -> None:
    assert [step["service"] for step in steps(reader)] == order


def test_a_check_reads_the_secrets_of_the_service() -> None:
    append, replace, *_ = steps("notify")
    public = replace["change"].removeprefix("replace by ")
    key_id = public.partition(":")[0]
    keys = OLD + append["change"].removeprefix("append ")

    codes = [
        rotate("notify", "--check", key_id, BECKON_READER_KEYS=keys).exit_code,
        rotate("notify", "--check", key_id, BECKON_READER_KEYS=OLD).exit_code,
        rotate("notify", "--check", key_id, BECKON_READER_KEYS=OLD, BECKON_NOTIFY_PUBLIC_KEY=public).exit_code,
        rotate("notify", "--check", "n1", BECKON_NOTIFY_PUBLIC_KEY=public).exit_code,
        rotate("notify", "--check", key_id).exit_code,
    ]

    assert codes == [0, 1, 0, 1, 1]


def test_a_new_link_key_signs_and_addresses_of_the_old_one_stay_good() -> None:
    old, [put, _] = KEY_OF_LAST_YEAR, steps("link")
    new = put["change"].removeprefix("put ").partition(",")[0]
    site, attempt = UUID(int=1), "a1"
    before, after = Addresses("https://go.example", link_keys(old)), Addresses("https://go.example", link_keys(f"{new},{old}"))

    def mac(addresses: Addresses) -> str:
        return addresses.callback_path(site, attempt).rpartition("/")[2]

    assert (after.is_mac(site, attempt, mac(before)), after.is_mac(site, attempt, mac(after))) == (True, True)
    assert (before.is_mac(site, attempt, mac(after)), after.is_mac(site, "a2", mac(before))) == (False, False)


def test_a_check_of_the_link_key_is_about_the_key_that_signs() -> None:
    [put, _] = steps("link")
    new, key_id = put["change"].removeprefix("put ").partition(",")[0], put["change"].rpartition(" ")[2]

    codes = [
        rotate("link", "--check", key_id, BECKON_LINK_KEY=f"{new},{KEY_OF_LAST_YEAR}").exit_code,
        rotate("link", "--check", key_id, BECKON_LINK_KEY=f"{KEY_OF_LAST_YEAR},{new}").exit_code,
        rotate("link", "--check", key_id).exit_code,
    ]

    assert codes == [0, 1, 1]


def test_a_check_prints_no_key() -> None:
    shown = rotate("link", "--check", "link-0", BECKON_LINK_KEY=KEY_OF_LAST_YEAR).output

    assert "BECKON_LINK_KEY" in shown
    assert KEY_OF_LAST_YEAR not in shown


def test_a_dry_run_makes_no_key() -> None:
    shown = rotate("notify", "--dry-run").stdout

    assert "PRIVATE" in shown
    assert max(len(word) for word in shown.split()) < 40
