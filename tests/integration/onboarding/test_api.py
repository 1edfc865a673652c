"""The HTTP API does what the pages do, by the same handlers, and its responses have the schemas of its document."""

import re
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from services.onboarding.consumers import apply_cart_events
from services.onboarding.web import responses, result_responses
from services.onboarding.web.openapi import DOCUMENT, api_routes, contract_of
from shared.events.cart import CartAbandoned
from shared.events.envelope import CartItem, Money
from shared.runtime.postgres.pool import Pool, transaction
from tests.support.stories.console_client import ADDRESS, PASSWORD, ConsoleClient
from tests.support.stories.console_replies import a_reply

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
FORMS_ALONE = {"/signin", "/signup", "/sites/new", "/", "/events", "/events/asyncapi.json", "/order-api", "/share/{token:str}",
               "/account", "/forgot", "/reset/{token:str}"}  # fmt: skip
"""Pages that show a form and nothing else, or lead on, or are public."""
NOT_A_PAGE = {"/sites/{site_id:uuid}/stream", "/sites/{site_id:uuid}/texting/code", "/sites/{site_id:uuid}/setup/link",
              "/sites/{site_id:uuid}/pointing/link"}  # fmt: skip
CAMPAIGN = {"abandoned_after_seconds": 1800, "delay_seconds_1": 1800, "channels_1": "push_sms"}
PACE = {
    "mode": "observe",
    "abandoned_after_seconds": 1800,
    "step_delay_seconds": "1800",
    "hours": "legal",
    "control_share_percent": 5,
}
SHOP = {"name": "Harbor & Vine", "hosts": "shop.example", "currency": "USD", "time_zone": "America/New_York"}
SENDER = {"account_sid": "AC1", "auth_token": "secret", "from_number": "+12125550100"}
DOABLE: list[tuple[str, dict[str, object]]] = [
    ("pause", {}),
    ("resume", {}),
    ("setup/link", {}),
    ("setup/link/end", {}),
    ("pointing/link", {}),
    ("settings/pace", PACE),
    ("settings/template", {"template": "{brand}: {link} Reply STOP to opt out."}),
    ("settings/sender", dict(SENDER)),
    ("settings/shop", dict(SHOP)),
    ("settings/platform", {"platform": "plain_html"}),
    ("settings/privacy", {"consent": "required", "privacy_control": "deny", "field_capture": "live"}),
    ("settings/look", {"logo": "https://shop.example/logo.png", "colour": "#7a1f3d", "language": "es"}),
    ("settings/look/preview", {"colour": "#ffd400"}),
    ("settings/site-keys", {}),
    ("settings/worker", {"worker_path": "/beckon-worker.js"}),
    ("settings/push-keys", {}),
    ("keys", {}),
    ("campaign", CAMPAIGN | {"template_1": "{brand}: {link} Reply STOP to opt out."}),
    ("campaign/preview", CAMPAIGN),
    ("texting/code", {}),
    ("texting/registration", {"state": "approved"}),
    ("texting/price", {"part_price": "0.83"}),
    ("people", {"contact": "+12125550123"}),
    ("people/suppress", {"contact": "+12125550123"}),
    ("people/export", {"contact": "+12125550123"}),
    ("people/erase", {"contact": "+12125550123"}),
    ("people/opt-outs", {"list": "+12125550199\nnobody"}),
]


class Program:
    """Nothing but a token: no cookie, no Origin, no form."""

    def __init__(self, transport: httpx.ASGITransport, site_id: UUID) -> None:
        self.http = httpx.AsyncClient(transport=transport, base_url=ADDRESS, timeout=30)
        self._site = f"/api/sites/{site_id}"

    async def signs_in(self, email: str) -> httpx.Response:
        answer = await self.http.post("/api/signin", json={"email": email, "password": PASSWORD})
        self.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return answer

    async def gets(self, path: str) -> httpx.Response:
        return await self.http.get(f"{self._site}/{path}")

    async def posts(self, path: str, fields: dict[str, object]) -> httpx.Response:
        return await self.http.post(f"{self._site}/{path}", json=fields)


@pytest.fixture
async def program(transport: httpx.ASGITransport, anna: ConsoleClient) -> Program:
    program = Program(transport, anna.site_id)
    await program.signs_in(anna.email)
    return program


def model_of(app: Starlette, path: str, method: str) -> type[responses.Body]:
    answer = contract_of(path, method).answer
    assert answer is not None
    return answer


async def a_cart(pool: Pool, site_id: UUID) -> UUID:
    """A cart that was left behind, on the console's pages."""
    cart_id = uuid4()
    left = CartAbandoned(
        event_id=uuid4(), site_id=site_id, occurred_at=NOON, received_at=NOON, cart_id=cart_id, visitor_id="v" * 22,
        items=(CartItem(product_id="W", name="Red", quantity=1, unit_price=None, path=None),),
        total=Money(minor=2450, currency="USD"), opened_at=NOON, abandoned_at=NOON, abandonment=1, planned=(), return_path=None,
    )  # fmt: skip
    async with transaction(pool) as tx:
        await apply_cart_events([left], tx)
    return cart_id


async def a_request(program: Program) -> str:
    """A request for a person's data."""
    made = await program.posts("people/export", {"contact": "anna@home.example"})
    return str(made.json()["location"].rpartition("/")[2])


def test_every_page_has_its_twin(app: Starlette) -> None:
    routes = [route for route in app.routes if isinstance(route, Route)]
    documented = {(route.path, method) for route in api_routes(routes) for method in route.methods or ()}
    pages = {
        (route.path, method)
        for route in routes
        for method in (route.methods or {"GET"}) - {"HEAD"}
        if not route.path.startswith("/api") and route.path not in FORMS_ALONE | NOT_A_PAGE | {"/signout"}
    }
    overview = {("/api/sites/{site_id:uuid}", "GET"): ("/api/sites/{site_id:uuid}/overview", "GET")}

    missing = {page for page in pages if overview.get(twin := (f"/api{page[0]}", page[1]), twin) not in documented}

    assert len(pages) > 35
    assert missing == set()


async def test_every_response_has_the_schema_of_the_document(
    app: Starlette, program: Program, anna: ConsoleClient, pool: Pool
) -> None:
    cart_id = await a_cart(pool, anna.site_id)
    request_id = await a_request(program)
    reply_id = (await a_reply(pool, anna.site_id, number="+12125550177")).event_id
    read = [route.path for route in api_routes(app.routes) if "GET" in (route.methods or ())]
    seen = set()

    for path in read:
        if path.endswith("/stream"):
            continue
        answer = await program.http.get(
            path.replace("{site_id:uuid}", str(anna.site_id))
            .replace("{cart_id:uuid}", str(cart_id))
            .replace("{request_id:uuid}", request_id)
        )
        seen.add(model_of(app, path, "GET").model_validate_json(answer.content).__class__)
    for name, fields in DOABLE:
        answer = await program.posts(name, fields)
        assert answer.status_code == 200, (name, answer.text)
        seen.add(model_of(app, f"/api/sites/{{site_id:uuid}}/{name}", "POST").model_validate_json(answer.content).__class__)

    opened = await program.posts(f"replies/{reply_id}/open", {})
    seen.add(result_responses.OpenedReply.model_validate_json(opened.content).__class__)

    assert result_responses.CartWithTimeline in seen
    assert len(seen) > 18


async def test_a_refusal_names_the_field_and_the_remedy(program: Program) -> None:
    refused = await program.posts("settings/pace", {**PACE, "abandoned_after_seconds": 1})
    elsewhere = await program.posts("campaign", {**CAMPAIGN, "template_1": "no link"})

    refusals = [responses.Refusal.model_validate_json(answer.content) for answer in (refused, elsewhere)]
    assert {refused.status_code, elsewhere.status_code} == {422}
    assert [{fault.field for fault in each.faults} for each in refusals] == [{"abandoned_after_seconds"}, {"template_1"}]
    assert all(fault.remedy.endswith(".") for each in refusals for fault in each.faults)


async def test_what_a_program_does_the_pages_show(program: Program, anna: ConsoleClient) -> None:
    made = (await program.posts("keys", {})).json()["key"]
    await program.posts("pause", {})

    settings = (await program.gets("settings")).json()
    page = await anna.http.get(anna.site("/settings"))

    assert made.startswith(f"bsk_{settings['api_keys'][0]['key_id']}_")
    assert settings["paused"] is True
    assert "Sending is paused" in page.text


async def test_a_list_may_be_sent_as_it_is_and_each_line_is_counted(program: Program) -> None:
    lines = "Phone,Email\n+12125550123,anna@mail.example\nnobody\n+1 212 555 0124,\n"
    sent = await program.http.post(
        f"{program._site}/people/opt-outs", content=lines.encode(), headers={"Content-Type": "text/csv; charset=utf-8"}
    )

    assert sent.json() == {
        "read": 3,
        "repeated": 0,
        "bad_lines": [{"line": 3, "remedy": "no phone number and no e-mail address could be read."}],
    }


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer " + "x" * 43},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer a\tb"},
    ],
)
async def test_without_a_valid_token_nothing_is_returned_and_nothing_done(
    transport: httpx.ASGITransport, anna: ConsoleClient, headers: dict[str, str]
) -> None:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS, headers=headers) as nobody:
        read = await nobody.get(f"/api/sites/{anna.site_id}/settings")
        done = await nobody.post(f"/api/sites/{anna.site_id}/pause", json={})

    assert {read.status_code, done.status_code} == {401}
    assert read.json()["reason"] == "signed_out"


async def test_a_cookie_alone_changes_nothing_by_the_api(anna: ConsoleClient) -> None:
    """A page of somebody else's can send the cookie along, and a flat object as a form; a bearer token it cannot."""
    forged = await anna.http.post(f"/api/sites/{anna.site_id}/pause", json={}, headers={"Origin": "https://evil.example"})
    unproved = await anna.http.post(f"/api/sites/{anna.site_id}/pause", content=b"{}", headers={"Content-Type": "text/plain"})

    assert {forged.status_code, unproved.status_code} == {403}
    assert (await anna.http.get(f"/api/sites/{anna.site_id}/settings")).json()["paused"] is False


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"mode": {"a": []}}', b"[" * 60_000, b'{"mode": null}']
)
async def test_a_body_that_is_no_flat_object_is_an_empty_one(program: Program, body: bytes) -> None:
    answer = await program.http.post(
        f"{program._site}/settings/pace", content=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 422
    assert answer.json()["faults"][0]["field"] == "pace"


async def test_a_program_signs_up_in_and_out(transport: httpx.ASGITransport) -> None:
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as http:
        account = {"email": "robot@shop.example", "password": PASSWORD}
        up = await http.post("/api/signup", json=account)
        wrong = await http.post("/api/signin", json={**account, "password": "not that one at all"})
        token = (await http.post("/api/signin", json=account)).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        before = await http.get("/api/sites", headers=headers)
        await http.post("/signout", headers=headers)
        after = await http.get("/api/sites", headers=headers)

    assert up.json() == {"location": "/api/sites/new"}
    assert (wrong.status_code, wrong.json()["faults"][0]["field"]) == (422, "email")
    assert (before.status_code, after.status_code) == (200, 401)


async def test_the_document_types_every_question_and_answer(anna: ConsoleClient) -> None:
    document = (await anna.http.get(DOCUMENT)).json()
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    schemas = document["components"]["schemas"]

    assert named <= set(schemas)
    untyped = [name for name, schema in schemas.items() if not schema.get("properties") and name not in ("Nothing", "Reason")]
    assert [name for name in untyped if "enum" not in schemas[name]] == []
    for path in document["paths"].values():
        for method, operation in path.items():
            assert ("requestBody" in operation) is (method == "post")
            assert "content" in operation["responses"]["200"]
