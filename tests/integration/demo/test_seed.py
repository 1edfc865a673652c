"""Setting up the demo: any number of times, to the same end."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import httpx
import pytest

from deploy.demo.console import Refused
from deploy.demo.seed import Plan, seed
from tests.support.processes.demo import DemoProcess

CODES = {
    "site_key": "bk_1",
    "tracking": "<script>_beckon.push(['setSiteKey','bk_1'])</script>\n<script async src=\"http://127.0.0.1:1/s/bk_1.js\"></script>",
    "confirmation": "<script>_beckon.push(['setOrder',{orderID:'[OrderNo]'}])</script>",
    "replies_to": "http://127.0.0.1:1/in/twilio/site-1",
}
WORKER = "// Beckon's worker, version 1\n"
SESSION = "__Host-beckon=session-1"


@dataclass
class FakeConsole:
    """The forms and the API of the console as its README documents them, and the one file that ingest has for shops."""

    passwords: dict[str, str] = field(default_factory=dict)
    sites: list[dict[str, str]] = field(default_factory=list)
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def post(self, path: str, form: dict[str, str], cookie: str) -> tuple[int, dict[str, str]]:
        self.posts.append((path, form))
        if path in ("/signin", "/signup"):
            known = self.passwords.get(form["email"])
            if (known is None) == (path == "/signin") or known not in (None, form["password"]):
                return 422, {}
            self.passwords[form["email"]] = form["password"]
            return 303, {"Set-Cookie": f"{SESSION}; Path=/; Secure; HttpOnly", "Location": "/"}
        if cookie != SESSION or form.get("csrf_token") != "token-1":
            return 403, {}
        if path == "/sites":
            self.sites.append({"site_id": "site-1", "name": form["name"]})
        return 303, {"Location": "/sites/site-1/setup"}

    def get(self, path: str) -> str:
        if path == "/api/sites":
            return json.dumps({"sites": self.sites})
        if path == "/s/worker.js":
            return WORKER
        if path.endswith("/codes"):
            return json.dumps(CODES)
        return '<form><input type="hidden" name="csrf_token" value="token-1"></form>'

    def posted_to(self, end: str) -> list[dict[str, str]]:
        return [form for path, form in self.posts if path.endswith(end)]


def serve(console: FakeConsole) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, headers = console.post(self.path, dict(parse_qsl(body)), self.headers.get("Cookie", ""))
            self.send_response(status)
            for name, value in (headers | {"Content-Length": "0"}).items():
                self.send_header(name, value)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(console.get(self.path).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test reads ``posts``."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def console() -> FakeConsole:
    """A console that nobody has an account at."""
    return FakeConsole()


@pytest.fixture
def plan(console: FakeConsole, demo: DemoProcess, tmp_path: Path) -> Iterator[Plan]:
    """What the demo is to be set up with at that console."""
    server = serve(console)
    yield Plan(
        console=f"http://127.0.0.1:{server.server_port}",
        ingest=f"http://127.0.0.1:{server.server_port}",
        demo=f"http://127.0.0.1:{demo.port}",
        port=demo.port,
        email="demo@beckon.example",
        password="a long password",
        abandoned_after_seconds="20",
        step_delay_seconds="10",
        notes=tmp_path / "seeded.json",
    )
    server.shutdown()
    server.server_close()


def run(plan: Plan) -> None:
    with httpx.Client(trust_env=False) as client:
        seed(plan, client)


def test_the_first_run_sets_everything_up(plan: Plan, console: FakeConsole, demo: DemoProcess) -> None:
    run(plan)

    (site,) = console.posted_to("/sites")
    assert (site["host"], site["back_office_hosts"]) == (f"shop.localhost:{demo.port}", f"office.localhost:{demo.port}")
    (pace,) = console.posted_to("/pace")
    (look,) = console.posted_to("/look")
    assert look["logo"].endswith("/static/icon.svg")
    assert (pace["abandoned_after_seconds"], pace["hours"], pace["control_share_percent"]) == ("20", "always", "0")
    assert [form["state"] for form in console.posted_to("/registration")] == ["approved"]
    account = demo.client.get("/_account").json()
    (sender,) = console.posted_to("/sender")
    assert (sender["account_sid"], sender["from_number"]) == (account["sid"], account["number"])
    assert account["sms_url"] == CODES["replies_to"]
    assert CODES["tracking"] + "</head>" in demo.at("shop").get("/").text
    assert demo.at("shop").get("/beckon-worker.js").text == WORKER
    assert [form["worker_path"] for form in console.posted_to("/worker")] == ["/beckon-worker.js"]


def test_a_later_run_leaves_alone_what_was_changed_since(plan: Plan, console: FakeConsole, demo: DemoProcess) -> None:
    run(plan)
    demo.at("shop").post("/admin/policies", data={"tracking_code": "<!-- mine -->", "addendum": ""})

    run(plan)

    assert [len(console.posted_to(end)) for end in ("/sites", "/pace", "/sender", "/signup")] == [1, 1, 1, 1]
    assert "<!-- mine --></head>" in demo.at("shop").get("/").text


def test_another_timing_is_set_and_nothing_else_is_repeated(plan: Plan, console: FakeConsole) -> None:
    run(plan)

    run(replace(plan, abandoned_after_seconds="5"))

    assert [form["abandoned_after_seconds"] for form in console.posted_to("/pace")] == ["20", "5"]
    assert [len(console.posted_to(end)) for end in ("/sites", "/sender")] == [1, 1]


def test_a_site_that_was_made_just_before_a_crash_is_found_again(plan: Plan, console: FakeConsole) -> None:
    run(plan)
    plan.notes.write_text(json.dumps({"host": f"shop.localhost:{plan.port}"}), "utf-8")

    run(plan)

    assert len(console.posted_to("/sites")) == 1


def test_a_wrong_password_is_a_refusal(plan: Plan) -> None:
    run(plan)

    with pytest.raises(Refused):
        run(replace(plan, password="another long password"))
