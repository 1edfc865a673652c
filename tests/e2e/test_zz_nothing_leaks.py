"""A story whose every secret is known: none is readable in logs, metrics or the raw segments of any topic; roles keep apart.

What all the other stories leave behind is looked through when their Beckon is stopped (``conftest.py``).
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import httpx
import pytest
from playwright.sync_api import Browser, Playwright

from deploy.local.folders import folders_at
from tests.support.browsers.shoppers import Shopper, chromium
from tests.support.processes.database import Database
from tests.support.processes.forwarder import Wire, forwarded_from
from tests.support.processes.running import Running
from tests.support.stories.carrier_log import CarrierLog
from tests.support.stories.console_api import ConsoleApi
from tests.support.stories.leaks import PEOPLE
from tests.support.stories.story import Thread

Canaries = dict[str, bytes]
METRICS = ("ingest metrics", "sources metrics", "orders metrics", "notify metrics", "onboarding metrics")
ROLES = {"beckon_sources", "beckon_orders", "beckon_notify", "beckon_onboarding"}


BROWSER_ADDRESS, SERVER_ADDRESS = "127.77.66.55", "127.77.66.44"
NAME, STREET = "Wilhelmina Canary", "4711 Warbler Lane"
NUMBER, TOLD_EMAIL = "+14235550987", "canary.shopper@mail.example"


@pytest.fixture(scope="module")
def wires(beckon: Running) -> Iterator[dict[str, Wire]]:
    """Ways to ingest and notify on which they see an address that nobody else has."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(forwarded_from(BROWSER_ADDRESS, beckon.ports.of(name))) for name in ("ingest", "notify")
        }


@pytest.fixture(scope="module")
def far_browser(playwright: Playwright, beckon: Running, wires: dict[str, Wire]) -> Iterator[Browser]:
    """A browser that takes these ways."""
    rules = ", ".join(f"MAP *:{beckon.ports.of(name)} 127.0.0.1:{wire.port}" for name, wire in wires.items())
    with chromium(playwright, f"--host-resolver-rules={rules}") as browser:
        yield browser


@pytest.fixture(scope="module")
def canaries(far_browser: Browser, beckon: Running, carrier: CarrierLog, console: ConsoleApi, secret_key: str) -> Canaries:
    """One more whole story, and everything in it that nobody may read anywhere."""
    carrier.switch(hold=False, callbacks="on", faults=[], opt_outs=False)
    story = Thread(far_browser, beckon, carrier, console, NUMBER)
    story.leaves_a_cart()
    story.shopper.types_who_and_where(NAME, STREET)
    story.assert_reminded_once()
    Shopper(far_browser, beckon).follows(story.handset.link())
    a_server_reports_too_much(beckon, secret_key)
    secrets = beckon.secrets()
    account = httpx.get(f"{beckon.ports.address('demo')}/_account").json()
    return {
        "a phone number": NUMBER.removeprefix("+").encode(),
        "a phone number as typed": b"423 555 0987",
        "an e-mail address": story.email.encode(),
        "an address that only a server reported": TOLD_EMAIL.encode(),
        "a name": NAME.encode(),
        "a street": STREET.encode(),
        "the address of a browser": BROWSER_ADDRESS.encode(),
        "the address of a shop's server": SERVER_ADDRESS.encode(),
        "a secret key": secret_key.split("_", 2)[2].encode(),
        "a key that was refused": b"secretcanary",
        "the carrier's token": account["auth_token"].encode(),
        "notify's private key": secrets["notify_key"].encode(),
        "ingest's private key": secrets["ingest_key"].encode(),
        "the console's private key": secrets["console_key"].encode(),
        "the link key": secrets["link_key"].encode(),
        "the console's password": secrets["console_password"].encode(),
        "a database password": secrets["role_passwords"]["notify"].encode(),
    }


def a_server_reports_too_much(beckon: Running, secret_key: str) -> None:
    """Orders with a name and an address that nobody asked for, one that cannot be read, one with a wrong key, half a beacon."""
    whole = {
        "order_id": "leak",
        "status": "placed",
        "email": TOLD_EMAIL,
        "phone": NUMBER,
        "name": NAME,
        "ship_to": {"street": STREET},
    }
    with httpx.Client(transport=httpx.HTTPTransport(local_address=SERVER_ADDRESS)) as server:
        orders = beckon.ingest("/v1/orders")
        assert server.post(orders, json=whole, headers={"Authorization": f"Bearer {secret_key}"}).status_code == 200
        assert server.post(
            orders, json={"email": 7, "phone": NUMBER, "name": NAME}, headers={"Authorization": "Bearer bsk_zz_secretcanary"}
        ).is_client_error
        assert server.post(beckon.ingest("/v1/beacons"), content=f'{{"v":1,"k":"{TOLD_EMAIL}","e":[{{"{NAME}"').is_client_error


def test_what_is_searched_for_was_used_and_would_be_found(canaries: Canaries, wires: dict[str, Wire], tmp_path: Path) -> None:
    planted = tmp_path / "planted.log"
    planted.write_bytes(b" ".join(canaries.values()))

    assert all(wire.connections for wire in wires.values()), "services have seen the browser's address"
    assert PEOPLE.findall(planted.read_bytes()), "what is looked for when Beckon stops is of the same kind"
    assert found_in([planted], canaries) == [("planted.log", what) for what in canaries]


def test_nothing_is_readable_in_logs(beckon: Running, canaries: Canaries) -> None:
    files = list(folders_at(beckon.state).logs.iterdir())

    assert {path.name for path in files} >= {
        "ingest.log",
        "orders.log",
        "notify.log",
        "onboarding.log",
        "kafka.log",
        "demo.log",
    }
    assert found_in(files, canaries) == []
    assert addresses_in(files) == []


def addresses_in(files: list[Path]) -> list[str]:
    """What looks like somebody's IP address, other than those of this machine."""
    seen = {m.decode() for path in files for m in re.findall(rb"\b(?:\d{1,3}\.){3}\d{1,3}\b", path.read_bytes())}
    return sorted(address for address in seen if not address.startswith(("127.", "0.", "9.", "17.", "4.")))


def test_nothing_is_readable_in_the_raw_segments_of_any_topic(beckon: Running, canaries: Canaries) -> None:
    segments = sorted(folders_at(beckon.state).kafka.rglob("*.log"))

    assert any("storefront-events" in str(path) and path.stat().st_size for path in segments)
    assert found_in(segments, canaries) == []


def test_nothing_is_readable_in_metrics(beckon: Running, canaries: Canaries) -> None:
    pages = {name: httpx.get(f"{beckon.ports.address(name)}/metrics").content for name in METRICS}

    assert all(b"beckon_" in page for page in pages.values())
    assert [(name, what) for name, page in pages.items() for what, canary in canaries.items() if canary in page] == []


def found_in(files: list[Path], canaries: Canaries) -> list[tuple[str, str]]:
    """Which canary stands in which file."""
    return [(path.name, what) for path in files for what, canary in canaries.items() if canary in path.read_bytes()]


def test_services_connect_by_their_own_roles_and_by_no_other(beckon: Running, database: Database) -> None:
    rows = database.rows(
        "SELECT DISTINCT usename, application_name FROM pg_stat_activity WHERE datname = 'beckon' AND pid <> pg_backend_pid()"
    )

    assert {row["usename"] for row in rows} == ROLES
    assert {(row["usename"], row["application_name"].split()[0]) for row in rows} == {(r, r.replace("_", "-")) for r in ROLES}


STATEMENTS = {
    "sources": "SELECT 1 FROM sources.sites",
    "orders": "SELECT 1 FROM orders.sites",
    "notify": "SELECT 1 FROM notify.sites",
    "onboarding": "SELECT 1 FROM onboarding.sites",
}


@pytest.mark.parametrize("role", STATEMENTS)
def test_no_role_can_read_anothers_schema(beckon: Running, role: str) -> None:
    password = beckon.secrets()["role_passwords"][role]
    port = beckon.ports.of("PostgreSQL")
    own = Database(f"postgresql://beckon_{role}:{password}@127.0.0.1:{port}/beckon")

    assert own.rows(STATEMENTS[role])
    for other, statement in STATEMENTS.items():
        if other != role:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                own.rows(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        own.rows("SELECT 1 FROM pg_authid")
