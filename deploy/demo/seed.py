"""``python -m deploy.demo.seed``: sets Beckon up for the demo shop, by the console's forms, as its merchant would.

It may run any number of times. What it has done stands in ``seeded.json``, so a later run leaves alone what somebody has
changed in the console since, and does again only what would be different now: other timing, another address, new codes.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.demo.console import Console, ConsoleError, Refused
from deploy.demo.settings import settings_from

SITE_NAME = "Harbor & Vine"
DEADLINE_SECONDS = 45.0
ASK_AGAIN_SECONDS = 0.3


@dataclass(frozen=True)
class Plan:
    """What the demo is to be set up with."""

    console: str
    ingest: str
    demo: str
    port: int
    email: str
    password: str
    abandoned_after_seconds: str
    step_delay_seconds: str
    notes: Path


@dataclass(frozen=True)
class Codes:
    """What the console has for the shop to paste, and where it wants replies posted."""

    site_key: str
    tracking: str
    confirmation: str
    replies_to: str


def plan_from(environment: Mapping[str, str]) -> Plan:
    """Read the environment; the timing is the demo's own unless it is set there."""
    settings = settings_from(environment)
    return Plan(
        console=environment["BECKON_PUBLIC_CONSOLE"],
        ingest=environment["BECKON_PUBLIC_INGEST"],
        demo=f"http://127.0.0.1:{settings.port}",
        port=settings.port,
        email=environment["BECKON_DEMO_ACCOUNT"],
        password=environment["BECKON_DEMO_PASSWORD"],
        abandoned_after_seconds=environment.get("BECKON_DEMO_ABANDONED_AFTER", "20"),
        step_delay_seconds=environment.get("BECKON_DEMO_STEP_DELAY", "10"),
        notes=settings.state / "seeded.json",
    )


class Notes:
    """What earlier runs have done: a name and a fingerprint of what it was done with."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._done: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def get(self, name: str) -> str:
        """What was noted; nothing when it was not."""
        return self._done.get(name, "")

    def put(self, name: str, value: str) -> None:
        """Note it; the file is replaced as a whole."""
        self._done[name] = value
        draft = self._file.with_suffix(".draft")
        draft.write_text(json.dumps(self._done, indent=1), "utf-8")
        draft.replace(self._file)

    def once(self, name: str, values: Mapping[str, str], act: Callable[[], object]) -> None:
        """Do it, unless it was done with the very same values."""
        fingerprint = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        if self.get(name) != fingerprint:
            act()
            self.put(name, fingerprint)


def seed(plan: Plan, client: httpx.Client) -> Codes:
    """Account, site, timing, sender, webhook, codes: each only where it is not so yet."""
    notes, console = Notes(plan.notes), Console(client, plan.console)
    console.enter(plan.email, plan.password)
    site_id = find_or_make_site(plan, console, notes)
    codes = codes_of(console, site_id)
    set_timing(plan, console, notes, site_id)
    dress(plan, console, notes, site_id)
    claim_registration(console, notes, site_id)
    connect_carrier(plan, client, console, notes, site_id, codes)
    paste_codes(plan, client, notes, codes)
    put_worker(plan, client, console, notes, site_id)
    return codes


def find_or_make_site(plan: Plan, console: Console, notes: Notes) -> str:
    """The demo's site. On another port the shop has another address, which takes another site."""
    host = f"shop.localhost:{plan.port}"
    sites: Any = console.read("/api/sites")
    known: dict[str, str] = {site["site_id"]: site["name"] for site in sites["sites"]}
    noted = notes.get("site_id")
    if noted in known and notes.get("host") == host:
        return noted
    fields = {
        "name": SITE_NAME,
        "host": host,
        "back_office_hosts": f"office.localhost:{plan.port}",
        "platform": "nexternal",
        "currency": "USD",
        "time_zone": "America/New_York",
    }
    if notes.get("host") == host and SITE_NAME in known.values():
        site_id = next(key for key, name in known.items() if name == SITE_NAME)
    else:
        notes.put("host", host)
        site_id = console.submit("/sites/new", "/sites", fields).rsplit("/sites/")[-1].split("/")[0]
    notes.put("site_id", site_id)
    return site_id


def codes_of(console: Console, site_id: str) -> Codes:
    """What the set-up page shows."""
    found: Any = console.read(f"/api/sites/{site_id}/codes")
    return Codes(found["site_key"], found["tracking"], found["confirmation"], found["replies_to"])


def set_timing(plan: Plan, console: Console, notes: Notes, site_id: str) -> None:
    """Seconds instead of half an hour, at any hour, with nobody held back."""
    timing = {
        "mode": "live",
        "abandoned_after_seconds": plan.abandoned_after_seconds,
        "step_delay_seconds": plan.step_delay_seconds,
        "hours": "always",
        "control_share_percent": "0",
    }
    settings = f"/sites/{site_id}/settings"
    notes.once("pace", timing | {"site_id": site_id}, lambda: console.submit(settings, f"{settings}/pace", timing))


def dress(plan: Plan, console: Console, notes: Notes, site_id: str) -> None:
    """The shop's icon and the colour of its labels, for what its shoppers see of Beckon."""
    look = {"logo": f"http://shop.localhost:{plan.port}/static/icon.svg", "colour": "#6d1f33", "language": "en"}
    page = f"/sites/{site_id}/settings/look"
    notes.once("look", look | {"site_id": site_id}, lambda: console.submit(page, page, look))


def claim_registration(console: Console, notes: Notes, site_id: str) -> None:
    """What only a merchant can know: the sandbox carrier takes texts of its number."""
    site = f"/sites/{site_id}"
    registration = {"state": "approved", "reference": "sandbox"}
    notes.once(
        "registration", registration, lambda: console.submit(f"{site}/texting", f"{site}/texting/registration", registration)
    )


def connect_carrier(plan: Plan, client: httpx.Client, console: Console, notes: Notes, site_id: str, codes: Codes) -> None:
    """The carrier's account into the console, and the console's address for replies into the carrier's."""
    account: dict[str, str] = _taken(client.get(f"{plan.demo}/_account")).json()
    sender = {"account_sid": account["sid"], "auth_token": account["auth_token"], "from_number": account["number"]}
    settings = f"/sites/{site_id}/settings"
    notes.once("sender", sender | {"site_id": site_id}, lambda: console.submit(settings, f"{settings}/sender", sender))
    if account["sms_url"] != codes.replies_to:
        number = f"{plan.demo}/2010-04-01/Accounts/{account['sid']}/IncomingPhoneNumbers/{account['number_sid']}.json"
        _taken(client.post(number, data={"SmsUrl": codes.replies_to}, auth=(account["sid"], account["auth_token"])))


def paste_codes(plan: Plan, client: httpx.Client, notes: Notes, codes: Codes) -> None:
    """Both codes into the shop's administration, byte for byte."""
    form = {"tracking_code": codes.tracking, "addendum": codes.confirmation}
    headers = {"Host": f"shop.localhost:{plan.port}"}
    address = f"{plan.demo}/admin/policies"
    notes.once("codes", form, lambda: _taken(client.post(address, data=form, headers=headers)))


def put_worker(plan: Plan, client: httpx.Client, console: Console, notes: Notes, site_id: str) -> None:
    """The worker file onto the shop, and its path into the console."""
    worker = _taken(client.get(f"{plan.ingest}/s/worker.js")).text
    headers = {"Host": f"shop.localhost:{plan.port}"}
    form = {"worker_file": worker}
    notes.once("worker", form, lambda: _taken(client.post(f"{plan.demo}/admin/files", data=form, headers=headers)))
    settings, path = f"/sites/{site_id}/settings", {"worker_path": "/beckon-worker.js"}
    notes.once("worker_path", path | {"site_id": site_id}, lambda: console.submit(settings, f"{settings}/worker", path))


def _taken(answer: httpx.Response) -> httpx.Response:
    if answer.is_error:
        raise ConsoleError(f"{answer.request.url.path} answered {answer.status_code}")
    return answer


def wait_for_snippet(plan: Plan, client: httpx.Client, codes: Codes) -> None:
    """The site's settings have reached who serves the snippet: from now on a page of the shop works."""
    _taken(client.get(f"{plan.ingest}/s/{codes.site_key}.js"))


def main() -> int:
    """Try until it is done: a service that has just started may not know everything yet."""
    plan = plan_from(os.environ)
    deadline = time.monotonic() + DEADLINE_SECONDS
    with httpx.Client(trust_env=False, timeout=10, follow_redirects=False) as client:
        while True:
            try:
                wait_for_snippet(plan, client, seed(plan, client))
                return 0
            except (httpx.TransportError, ConsoleError) as error:
                # A refusal stays one; and every wrong password makes the next try slower.
                if isinstance(error, Refused) or time.monotonic() > deadline:
                    print(f"the demo could not be set up: {error or type(error).__name__}", file=sys.stderr)
                    return 1
                time.sleep(ASK_AGAIN_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
