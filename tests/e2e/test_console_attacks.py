"""The console under attack: forged forms, planted sessions, other accounts' ids, scripts in titles, guessing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Dialog

from services.onboarding.accounts.throttle import delay_seconds
from tests.support.processes.database import Database
from tests.support.processes.running import Running
from tests.support.stories.console_api import ConsoleApi

PASSWORD = "correct horse battery staple"
FORM_PATHS = ("/pause", "/resume", "/keys", "/settings/pace", "/settings/template", "/settings/sender")
PAGE_PATHS = ("", "/carts", "/setup", "/settings")


_merchants = count(1)


class Merchant:
    """Somebody with an account of their own and a browser that obeys them."""

    def __init__(self, beckon: Running, email: str) -> None:
        self.address = beckon.console("").rstrip("/")
        self.email = email
        # Each from an address of its own: who signs up by the dozen has to wait.
        transport = httpx.HTTPTransport(local_address=f"127.0.1.{next(_merchants)}")
        self.client = httpx.Client(base_url=self.address, headers={"Origin": self.address}, timeout=30, transport=transport)

    def signs_up(self) -> None:
        """Makes the account and keeps its cookie."""
        answer = self.client.post("/signup", data={"email": self.email, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        self.cookie = answer.headers["set-cookie"]
        self.client.headers["Cookie"] = self.cookie.split(";")[0]

    def token(self, path: str = "/sites/new") -> str:
        """The token that this session's forms bear."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(path).text)
        assert found is not None, "a page behind a session has a form"
        return found.group(1)


@pytest.fixture
def mallory(beckon: Running) -> Iterator[Merchant]:
    """A merchant with bad intentions."""
    merchant = Merchant(beckon, f"mallory-{uuid4().hex[:8]}@shop.example")
    merchant.signs_up()
    yield merchant
    merchant.client.close()


@pytest.mark.parametrize("path", PAGE_PATHS)
def test_anothers_site_is_not_there(mallory: Merchant, console: ConsoleApi, path: str) -> None:
    assert mallory.client.get(f"/sites/{console.site_id}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/carts", "/overview", "/codes", f"/carts/{UUID(int=7)}"])
def test_anothers_site_is_not_there_for_programs_either(mallory: Merchant, console: ConsoleApi, path: str) -> None:
    assert mallory.client.get(f"/api/sites/{console.site_id}{path}").status_code == 404


@pytest.mark.parametrize("path", FORM_PATHS)
def test_anothers_site_cannot_be_changed(mallory: Merchant, console: ConsoleApi, path: str) -> None:
    before = console.codes(), console.get("/api/sites")

    answer = mallory.client.post(f"/sites/{console.site_id}{path}", data={"csrf_token": mallory.token(), "template": "x"})

    assert answer.status_code == 404
    assert (console.codes(), console.get("/api/sites")) == before


@pytest.mark.parametrize("path", FORM_PATHS)
@pytest.mark.parametrize("forged", ["no token", "another session's token", "another origin"])
def test_a_form_that_was_not_ours_changes_nothing(
    beckon: Running, mallory: Merchant, console: ConsoleApi, path: str, forged: str
) -> None:
    own = Merchant(beckon, f"victim-{uuid4().hex[:8]}@shop.example")
    own.signs_up()
    own.client.post("/sites", data={"csrf_token": own.token(), "name": "Victim", "host": "victim.example"})
    site_id = own.client.get("/api/sites").json()["sites"][0]["site_id"]
    fields = {"no token": {}, "another session's token": {"csrf_token": mallory.token()}}.get(
        forged, {"csrf_token": own.token()}
    )
    headers = {"Origin": "https://evil.example"} if forged == "another origin" else {}

    answer = own.client.post(f"/sites/{site_id}{path}", data=fields, headers=headers)

    assert answer.status_code == 403
    assert own.client.get("/api/sites").json()["sites"][0]["paused"] is False


def test_a_session_that_was_planted_before_signing_in_is_worth_nothing(beckon: Running, mallory: Merchant) -> None:
    planted = "A" * 43
    client = httpx.Client(base_url=mallory.address, headers={"Origin": mallory.address, "Cookie": f"__Host-beckon={planted}"})

    answer = client.post("/signin", data={"email": mallory.email, "password": PASSWORD})

    assert answer.status_code == 303
    assert planted not in answer.headers["set-cookie"]
    assert client.get("/sites/new").headers.get("location") == "/signin"


def test_the_session_cookie_is_for_this_host_alone_and_no_script(mallory: Merchant) -> None:
    flags = {part.strip().lower() for part in mallory.cookie.split(";")}

    assert mallory.cookie.startswith("__Host-")
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags)


def test_signing_out_ends_the_session_everywhere(mallory: Merchant) -> None:
    mallory.client.post("/signout", data={"csrf_token": mallory.token()})

    assert mallory.client.get("/sites/new").headers.get("location") == "/signin"


def test_an_unknown_account_and_a_wrong_password_look_the_same(beckon: Running, mallory: Merchant) -> None:
    client = httpx.Client(base_url=mallory.address, headers={"Origin": mallory.address})

    answers = [
        client.post("/signin", data={"email": email, "password": "wrong password indeed"})
        for email in (mallory.email, f"nobody-{uuid4().hex[:8]}@shop.example")
    ]

    texts = [re.sub(r'value="[^"]*@[^"]*"', "", answer.text) for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert texts[0] == texts[1]


def test_guessing_a_password_locks_nobody_out(beckon: Running) -> None:
    guessed = Merchant(beckon, f"guessed-{uuid4().hex[:8]}@shop.example")
    guessed.signs_up()
    client = httpx.Client(base_url=guessed.address, headers={"Origin": guessed.address}, timeout=40)

    answers = [client.post("/signin", data={"email": guessed.email, "password": f"guess number {n}"}) for n in range(7)]
    right = client.post("/signin", data={"email": guessed.email, "password": PASSWORD})

    assert {answer.status_code for answer in answers} == {422}
    assert answers[-1].elapsed >= timedelta(seconds=delay_seconds({"account": 6})), "guessing gets slower"
    assert right.status_code == 303


SCRIPTS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
]


def test_scripts_in_titles_never_run(browser: Browser, beckon: Running, console: ConsoleApi, database: Database) -> None:
    cart_id = planted_cart(database, console)
    names = "[" + ",".join(f'{{"product_id":"p","name":{quoted(script)},"quantity":1}}' for script in SCRIPTS[:3]) + "]"
    database.run("UPDATE onboarding.carts SET items = $1 WHERE cart_id::text = $2", names, cart_id)
    page = browser.new_context().new_page()
    dialogs: list[str] = []

    def opened(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", opened)
    page.goto(beckon.console("/signin"))
    page.get_by_label("E-mail").fill("demo@beckon.example")
    page.get_by_label("Password").fill(beckon.secrets()["console_password"])
    page.get_by_role("button", name="Sign in").click()

    for path in ("/carts", f"/carts/{cart_id}"):
        page.goto(beckon.console(f"/sites/{console.site_id}{path}"))
        assert page.get_by_text("p, p, p").first.is_visible()  # by their numbers: such a name is not shown at all
        assert "alert(1)" not in page.content()

    assert dialogs == []


def quoted(text: str) -> str:
    """As JSON."""
    return '"' + text.replace('"', '\\"') + '"'


def planted_cart(database: Database, console: ConsoleApi) -> str:
    """A cart that the list of carts shows first."""
    cart_id = str(uuid4())
    database.run(
        """
        INSERT INTO onboarding.carts (site_id, cart_id, visitor_id, state, abandoned, opened_at, changed_at)
        VALUES ($1::text::uuid, $2::text::uuid, 'v', 'abandoned', true, now(), now())
        """,
        console.site_id,
        cart_id,
    )
    return cart_id


@pytest.mark.parametrize("path", ["/signin", "/signup", "/events", "/order-api"])
def test_every_page_has_a_strict_policy_and_nothing_from_outside(beckon: Running, path: str) -> None:
    answer = httpx.get(beckon.console(path))

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text)
