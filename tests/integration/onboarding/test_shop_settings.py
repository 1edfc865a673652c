"""A shop's name, addresses and keys, after it was made."""

import json
import re
from typing import Any

import pytest

from shared.runtime.postgres.pool import Pool
from tests.support.stories.console_client import ConsoleClient

SHOP = {
    "name": "Harbor",
    "hosts": "shop.example, https://Checkout.Example/pay",
    "back_office_hosts": "office.example",
    "currency": "eur",
    "time_zone": "Europe/Berlin",
}


async def settings_of(anna: ConsoleClient, pool: Pool) -> dict[str, Any]:
    """The newest revision."""
    settings: dict[str, Any] = json.loads(
        await pool.fetchval("SELECT settings FROM onboarding.sites WHERE site_id = $1", anna.site_id)
    )
    return settings


async def test_a_shop_moves(anna: ConsoleClient, pool: Pool) -> None:
    answer = await anna.posts(anna.site("/settings/shop"), **SHOP)

    kept = await settings_of(anna, pool)
    assert answer.status_code == 303
    assert kept["hosts"] == ["shop.example", "checkout.example"]
    assert (kept["name"], kept["currency"], kept["time_zone"]) == ("Harbor", "EUR", "Europe/Berlin")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hosts": ""}, "hosts"),
        ({"hosts": "javascript:alert(1)"}, "hosts"),
        ({"hosts": ",".join(f"s{n}.example" for n in range(11))}, "hosts"),
        ({"name": " "}, "name"),
        ({"currency": "euros"}, "currency"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"back_office_hosts": "a@b"}, "back_office_hosts"),
    ],
)
async def test_a_shop_moves_nowhere_that_is_no_place(
    anna: ConsoleClient, pool: Pool, change: dict[str, str], field: str
) -> None:
    answer = await anna.posts(anna.site("/settings/shop"), **{**SHOP, **change})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert (await settings_of(anna, pool))["revision"] == 1


async def test_a_site_key_is_replaced_before_it_is_revoked(anna: ConsoleClient, pool: Pool) -> None:
    [old] = (await settings_of(anna, pool))["site_keys"]
    last = await anna.posts(anna.site("/settings/site-keys/revoke"), site_key=old)
    await anna.posts(anna.site("/settings/site-keys"))
    revoked = await anna.posts(anna.site("/settings/site-keys/revoke"), site_key=old)

    left = (await settings_of(anna, pool))["site_keys"]
    assert (last.status_code, revoked.status_code) == (422, 303)
    assert len(left) == 1
    assert old not in left


async def test_a_revoked_secret_key_is_shown_to_nobody_any_more(anna: ConsoleClient, pool: Pool) -> None:
    shown = await anna.posts(anna.site("/keys"))
    found = re.search(r"bsk_([0-9a-z]+)_", shown.text)
    assert found is not None, "a new key is shown once"

    unknown = await anna.posts(anna.site("/settings/keys/revoke"), key_id="0" * 16)
    revoked = await anna.posts(anna.site("/settings/keys/revoke"), key_id=found.group(1))

    assert (unknown.status_code, revoked.status_code) == (422, 303)
    assert (await settings_of(anna, pool))["api_keys"] == []


@pytest.mark.parametrize(
    "path", ["/settings/shop", "/settings/site-keys", "/settings/site-keys/revoke", "/settings/keys/revoke"]
)
async def test_another_account_changes_nothing(anna: ConsoleClient, mallory: ConsoleClient, pool: Pool, path: str) -> None:
    answer = await mallory.posts(anna.site(path), **SHOP)

    assert (answer.status_code, (await settings_of(anna, pool))["revision"]) == (404, 1)
