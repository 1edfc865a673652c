"""After the stories: nothing that they used is readable in logs, metrics or the raw segments of any topic; roles keep apart.

The name sorts last: everything that ran before has left its traces.
"""

import re
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser

from deploy.local.folders import folders_at
from tests.support.carrier_log import CarrierLog
from tests.support.console_api import ConsoleApi
from tests.support.database import Database
from tests.support.running import Running
from tests.support.story import Thread, tell_order

METRICS = ("ingest metrics", "orders metrics", "notify metrics", "onboarding metrics")
ROLES = {"beckon_orders", "beckon_notify", "beckon_onboarding"}


@pytest.fixture(scope="module")
def canaries(browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, secret_key: str) -> dict[str, bytes]:
    """One more whole story, and everything in it that nobody may read anywhere."""
    number = "+14235550987"
    carrier.switch(hold=False, callbacks="on", faults=[], opt_outs=False)
    story = Thread(browser, beckon, carrier, console, number)
    story.leaves_a_cart()
    story.is_reminded_once()
    tell_order(beckon, secret_key, order_id="leak", status="placed", email="canary.shopper@mail.example", phone=number)
    httpx.post(
        beckon.ingest("/v1/orders"), json={"email": 7, "phone": number}, headers={"Authorization": "Bearer bsk_zz_secretcanary"}
    )
    secrets = beckon.secrets()
    account = httpx.get(f"{beckon.ports.address('demo')}/_account").json()
    return {
        "a phone number": number.removeprefix("+").encode(),
        "a phone number as typed": b"423 555 0987",
        "an e-mail address": story.email.encode(),
        "an address that only a server told": b"canary.shopper@mail.example",
        "a secret key": secret_key.split("_", 2)[2].encode(),
        "a key that was refused": b"secretcanary",
        "the carrier's token": account["auth_token"].encode(),
        "notify's private key": secrets["notify_key"].encode(),
        "ingest's private key": secrets["ingest_key"].encode(),
        "the link key": secrets["link_key"].encode(),
        "the console's password": secrets["console_password"].encode(),
        "a database password": secrets["role_passwords"]["notify"].encode(),
    }


def test_nothing_is_readable_in_logs(beckon: Running, canaries: dict[str, bytes]) -> None:
    files = [path for path in folders_at(beckon.state).logs.iterdir() if not path.name.startswith("demo")]

    assert {path.name for path in files} >= {"ingest.log", "orders.log", "notify.log", "onboarding.log", "kafka.log"}
    assert found_in(files, canaries) == []
    assert addresses_in(files) == []


def addresses_in(files: list[Path]) -> list[str]:
    """What looks like somebody's IP address, other than those of this machine."""
    seen = {m.decode() for path in files for m in re.findall(rb"\b(?:\d{1,3}\.){3}\d{1,3}\b", path.read_bytes())}
    return sorted(address for address in seen if not address.startswith(("127.", "0.", "9.", "17.", "4.")))


def test_nothing_is_readable_in_the_raw_segments_of_any_topic(beckon: Running, canaries: dict[str, bytes]) -> None:
    segments = sorted(folders_at(beckon.state).kafka.rglob("*.log"))

    assert any("storefront-events" in str(path) and path.stat().st_size for path in segments)
    assert found_in(segments, canaries) == []


def test_nothing_is_readable_in_metrics(beckon: Running, canaries: dict[str, bytes]) -> None:
    pages = {name: httpx.get(f"{beckon.ports.address(name)}/metrics").content for name in METRICS}

    assert all(b"beckon_" in page for page in pages.values())
    assert [(name, what) for name, page in pages.items() for what, canary in canaries.items() if canary in page] == []


def found_in(files: list[Path], canaries: dict[str, bytes]) -> list[tuple[str, str]]:
    """Which canary stands in which file."""
    return [(path.name, what) for path in files for what, canary in canaries.items() if canary in path.read_bytes()]


def test_services_connect_by_their_own_roles_and_by_no_other(beckon: Running, database: Database) -> None:
    rows = database.rows(
        "SELECT DISTINCT usename, application_name FROM pg_stat_activity WHERE datname = 'beckon' AND pid <> pg_backend_pid()"
    )

    assert {row["usename"] for row in rows} == ROLES
    assert {(row["usename"], row["application_name"]) for row in rows} == {(r, r.replace("_", "-")) for r in ROLES}


LOOKS = {
    "orders": "SELECT 1 FROM orders.sites",
    "notify": "SELECT 1 FROM notify.sites",
    "onboarding": "SELECT 1 FROM onboarding.sites",
}


@pytest.mark.parametrize("role", LOOKS)
def test_no_role_can_look_into_anothers_schema(beckon: Running, role: str) -> None:
    password = beckon.secrets()["role_passwords"][role]
    port = beckon.ports.of("PostgreSQL")
    own = Database(f"postgresql://beckon_{role}:{password}@127.0.0.1:{port}/beckon")

    assert own.rows(LOOKS[role])
    for other, look in LOOKS.items():
        if other != role:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                own.rows(look)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        own.rows("SELECT 1 FROM pg_authid")
